"""The files of `-o`, which are written whole or not at all."""

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from llmgw_report import plugins
from llmgw_report.errors import ReportError, UsageError

FORMATS = plugins.modules("renderers")


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
