"""One file per check; its docstring is its documentation, its name its slug.

A check is a module with `DEFAULT`, a `Threshold`, with `FED_BY`, which says what its figures come from, and with
`check(snapshot, threshold)`, which yields a `Finding` for each subject that it judged or could not judge. It
reads the snapshot alone: no clock, no file, no other check. Bounds can differ by subject: those of one are
`threshold.of(subject)`.
"""
