"""Standard output, standard error and the files of `-o`, which are written whole or not at all."""

import os
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from llmgw_report import plugins
from llmgw_report.config.options import BY_NAME
from llmgw_report.errors import ReportError, UsageError
from llmgw_report.printable import visible

FORMATS = plugins.modules("renderers")
Colour = Callable[[str], str]
#: Columns of what is not printed on a terminal.
WIDTH = 100
NOT_WHOLE = "the report was not printed whole; write a file with -o"
PAGE_NOT_WHOLE = "free some space, or print it somewhere else"


def show(document: str, environment: Mapping[str, str], colour: Colour | None = None, hint: str = NOT_WHOLE) -> None:
    """The document; a reader that went away early has what it wanted."""
    text = colour(document) if colour and _is_coloured(environment) else document
    try:
        _write(text)
    except UnicodeEncodeError:  # a document is UTF-8 whatever the locale: every format says the same
        _write(text.encode())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter would complain once more at its end
    except OSError as error:
        message = f"standard output: {error.strerror or error}"
        raise ReportError(message, hint) from error


def columns() -> int:
    """How wide a line may be: as COLUMNS or the terminal has it, else `WIDTH`."""
    from shutil import get_terminal_size  # it brings every kind of compression

    return get_terminal_size((WIDTH, 0)).columns


def _write(text: Any) -> None:  # noqa: ANN401 - text or bytes, which click tells apart
    # In colour: it would look through the whole document for codes to take out, and only ours are in it.
    click.echo(text, nl=False, color=True)


def _is_coloured(environment: Mapping[str, str]) -> bool:
    """NO_COLOR (no-color.org) over FORCE_COLOR (force-color.org) over what standard output is."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and environment.get("TERM") != "dumb"


def eprint(line: str) -> None:
    """One line on standard error, without secrets and controls: with a line feed, a path could forge a verdict.

    That nobody can read it changes no exit code.
    """
    with suppress(OSError):
        click.echo(safe_line(line), err=True)


def safe_line(line: str) -> str:
    """The line without secrets and without controls."""
    from llmgw_report.redaction import redact  # `--help` does without

    return visible(redact(line))


def with_variable(error: click.ClickException) -> click.ClickException:
    """The error with the environment variable that holds the value: click names the option, which nobody typed."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return error
    message = error.message.replace("Recognized values: , ", "Recognized values: ")  # click lists "" as well
    name = error.param.name or ""
    from_variable = error.ctx.get_parameter_source(name) is click.core.ParameterSource.ENVIRONMENT
    hint = BY_NAME[name.replace("_", "-")].variable if from_variable else error.param_hint
    return click.BadParameter(message, error.ctx, error.param, hint)


def wrong_call(error: click.ClickException) -> None:
    """What click found wrong with the command line."""
    context = getattr(error, "ctx", None)
    if context is not None:
        eprint(context.get_usage())
        eprint(f"Try '{context.command_path} --help' for help.")
    eprint(f"Error: {error.format_message()}")


def explain(error: ReportError) -> None:
    """What went wrong, and what to do."""
    eprint(f"Error: {error.message}")
    if error.hint:
        eprint(f"Hint: {error.hint}")


def own_fault(error: Exception, arguments: Sequence[str]) -> None:
    """One line; the traceback may hold data and is shown only on request, line by line as all else."""
    if "--debug" in arguments:
        import traceback  # only a bug pays for it

        for line in "".join(traceback.format_exception(error)).splitlines():
            eprint(line)
    eprint(f"Error: a bug of llmgw-report: {type(error).__name__}: {error}")
    eprint("Hint: run again with --debug and report what it prints")


class Output(Struct, frozen=True, kw_only=True):
    """One file and its format; `typed` is its path as the command line has it."""

    path: Path
    format: str
    typed: str


def outputs(given: Sequence[str]) -> tuple[Output, ...]:
    """What `-o` asks for; UsageError for an unknown format or a place that cannot be written, before any slow work."""
    found = tuple(_output(text) for text in given)
    for output in found:
        _require_writable(output)
    paths = [output.path.resolve() for output in found]
    for output, path in zip(found, paths, strict=True):
        if paths.count(path) > 1:
            message = f"-o {output.typed}: named twice"
            raise UsageError(message, "one file holds one document: name another one")
    return found


def refuse_inputs_as_outputs(files: Sequence[Output], inputs: Iterable[str | None]) -> None:
    """UsageError if a document would take the place of what it is made of."""
    if not files:  # in a folder that is gone no name can be resolved, and none has to be
        return
    read = {Path(name).resolve(): name for name in inputs if name and name != "-"}
    for file in files:
        if file.path.resolve() in read:
            message = f"-o {file.typed}: is {read[file.path.resolve()]}, which is read"
            raise UsageError(message, "name another file")


def write(output: Output, text: str) -> None:
    """Beside the target, synced, and renamed over it: a reader sees the old file or the new one."""
    problem = _problem(output.path)  # again: another user may have put a link there in the meantime
    if problem:
        raise ReportError(f"-o {output.path}: {problem}", "the report was not written; choose another place")
    path = output.path.resolve()  # a link within its folder stays one
    # Named before it is made: a signal between making and naming it would leave it behind.
    temporary = path.with_name(f".{path.name[:30]}.{os.urandom(8).hex()}")
    try:
        try:
            with os.fdopen(_new(temporary, like=path), "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o777)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync(path.parent)
    except OSError as error:
        message = f"-o {output.typed}: {error.strerror or error}"
        raise ReportError(message, "the report was not written; free some space or choose another place") from error


def _output(text: str) -> Output:
    """With an absolute path: it is relative to where the command was typed, also when the demo works elsewhere."""
    name, equals, path = text.partition("=")
    if not text:
        message = "-o: empty"
        raise UsageError(message, "an unset variable? name a file")
    if "-" in {text, path}:
        message = f"-o {text}: standard output is no file"
        raise UsageError(
            message, f"print it with -f {name if name in FORMATS else 'FORMAT'}, or name a file such as ./-"
        )
    if equals and name in FORMATS:
        return Output(path=Path(path).absolute(), format=name, typed=path)
    suffix = Path(text).suffix.removeprefix(".").lower()
    found = suffix if suffix in FORMATS else next((one for one in FORMATS if suffix in _extensions(one)), None)
    if found is None:
        message = f"-o {text}: no format for the extension {suffix!r}"
        raise UsageError(message, f"write -o FORMAT=FILE with one of {', '.join(FORMATS)}")
    return Output(path=Path(text).absolute(), format=found, typed=text)


def _extensions(name: str) -> tuple[str, ...]:
    extensions: tuple[str, ...] = plugins.load("renderers", name).EXTENSIONS
    return extensions


def _require_writable(output: Output) -> None:
    try:
        problem = _problem(output.path)
    except OSError as error:  # a name too long, a folder that nobody may look into
        problem = error.strerror or str(error)
    except RuntimeError:  # of Python before 3.13
        problem = "is a link to itself"
    if problem:
        message = f"-o {output.typed}: {problem}"
        raise UsageError(message, "name a file in an existing folder that this user may write")


def _problem(path: Path) -> str | None:
    folder = path.resolve().parent
    if path.is_dir():
        return "is a directory"
    if path.exists() and not path.is_file():
        return "is not a regular file"  # a rename would put one in the place of a device or a pipe
    if path.exists() and not os.access(path, os.W_OK):
        return "is read-only"
    if not folder.is_dir():
        return f"{folder} is not a directory"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} cannot be written"
    return _link_problem(path) if path.is_symlink() else None


def _link_problem(path: Path) -> str | None:
    """Why a link is not followed.

    A rename to where it leads goes round the system's own protection, which is for files that are opened through links.
    """
    folder, target = path.parent.resolve(), path.resolve()
    if not target.is_relative_to(folder):
        return f"is a link out of its folder, to {target}"
    about = folder.stat()
    owners = {os.geteuid(), about.st_uid}
    if about.st_mode & stat.S_IWOTH and path.lstat().st_uid not in owners:
        return "is a link of another user in a folder that everyone can write to"
    return None


def _new(temporary: Path, like: Path) -> int:
    """A descriptor of a new file, for its owner's eyes only until it has the mode of the one that it replaces."""
    return os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if like.exists() else 0o666)


def _sync(folder: Path) -> None:
    """The new name as well; not every file system can, and the file itself is safe already."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
