"""`--css`, `--template` and `--template-dir`: read and checked before anything is measured."""

from collections.abc import Sequence
from pathlib import Path

from llmgw_report import plugins, resources
from llmgw_report.cli.layers import Typed
from llmgw_report.config.layers import Layers, first, place
from llmgw_report.config.look import READERS, Look
from llmgw_report.errors import UsageError


def look(found: Layers) -> Look:
    """What all places together want; UsageError for a file that is not there."""
    css, css_origin = first(found, lambda file: file.report.css, None)
    files, origin = first(found, lambda file: file.report.templates, ())
    folder, folder_origin = first(found, lambda file: file.report.template_dir, None)
    if folder is not None and not Path(folder).is_dir():
        message = f"{place(folder_origin, 'template-dir')} {folder}: not a folder"
        raise UsageError(message, "name a folder that holds templates such as report.html.j2")
    templates = {_format(file, place(origin, "template")): file for file in files}
    if len(templates) < len(files):
        message = f"{place(origin, 'template')}: two templates of one format"
        raise UsageError(message, "give one for each of html, md and text")
    text = _text(css, place(css_origin, "css")) if css else ""
    return Look(css=text, sheet=css, templates=templates, folder=folder)


def printed(typed: Typed, chosen: Look, written: Sequence[str]) -> str:
    """The format of standard output: the one asked for, else that of a template which no file is written with, else md.

    UsageError for a template on the command line that would render nothing.
    """
    unwritten = [name for name in chosen.templates if name not in written]
    found = typed["format"] or next(iter(unwritten), "md")
    for name, file in chosen.templates.items():
        if typed["template"] and name not in {found, *written}:
            message = f"--template {file}: it renders {name}, and no {name} is written"
            raise UsageError(message, f"add -f {name}, or -o {name}=FILE")
    return str(found)


def _format(file: str, where: str) -> str:
    """The format that a template's name says: `weekly.html.j2` is for html."""
    path = Path(file)
    if not path.is_file():
        message = f"{where} {file}: no such file"
        raise UsageError(message, "name a template, for example weekly.html.j2")
    extension = Path(path.stem).suffix.removeprefix(".").lower()
    for name in READERS:
        if path.suffix == ".j2" and extension in plugins.load("renderers", name).EXTENSIONS:
            return name
    message = f"{where} {file}: its name does not say which format it renders"
    raise UsageError(message, "name it after the format: NAME.html.j2, NAME.md.j2 or NAME.txt.j2")


def _text(file: str, where: str) -> str:
    try:
        return resources.text(Path(file))
    except (OSError, UnicodeDecodeError) as error:
        message = f"{where} {file}: {getattr(error, 'strerror', None) or 'not text'}"
        raise UsageError(message, "name a readable style sheet in UTF-8") from error
