"""The program without its edges: collect, judge, report. Composition only; each part knows nothing of the next.

sources      both witnesses, read at the same time
identity     which gateway they belong to
measuring    samples and tables become indicators and rows
sections/    what was measured, in the document's words
judge        what the checks say
verdict      the exit code
report       the document
"""
