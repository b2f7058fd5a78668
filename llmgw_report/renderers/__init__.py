"""One file is one format: `md.py` is `--format md`. Modules that begin with an underscore are shared between formats.

Every format module has `render(report) -> str` and `EXTENSIONS`, the file extensions it answers to.
A format for people also has a second parameter, `language`; one for programs is in English, whoever asks for it.
"""
