"""The entry point of `llmgw-report` and of `python -m llmgw_report`.

Modules that Python has not loaded by itself are imported where a failure of it is reported: a damaged installation, or
a file in the working directory with the name of a module. Python would exit 1, and 1 means "unhealthy".
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from types import ModuleType
    from typing import Any, NoReturn
else:
    ModuleType = type(sys)

_HERE = os.path.dirname(__file__)  # noqa: PTH120 - a start without pathlib is sooner
#: What msgspec imports of typing_extensions, and of typing where that is not installed.
_EXTENDED = ("NotRequired", "Required", "get_type_hints")
#: What libraries import and most runs never use, and what of it they import by name: click inspect (with ast, dis and
#: tokenize) and gettext, urllib.parse ipaddress, shutil every kind of compression, uuid platform, msgspec
#: textwrap, typing_extensions and its inspection of types, jinja2 hashlib (with OpenSSL, which is 4 MiB), json, random,
#: its caches of bytecode (with pickle and tempfile), and what compiles templates, which a wheel has done.
_LATE: Mapping[str, Collection[str]] = {
    "ast": ("literal_eval",),
    "bz2": (),
    "gettext": ("gettext", "ngettext"),
    "hashlib": ("sha1",),
    "inspect": ("getattr_static",),
    "ipaddress": (),
    "jinja2.bccache": ("BytecodeCache", "FileSystemBytecodeCache", "MemcachedBytecodeCache"),
    "jinja2.compiler": ("CodeGenerator", "generate"),
    "jinja2.lexer": ("get_lexer", "Lexer", "TokenStream"),
    "jinja2.parser": ("Parser",),
    "json": (),
    "lzma": (),
    "msgspec.inspect": (),
    "platform": (),
    "random": ("choice", "randrange"),
    "textwrap": (),
    "typing_extensions": _EXTENDED,
}


def run() -> NoReturn:
    """Run the command as a process and end the process.

    Without garbage collection, and without tearing down every module: a run is a tenth of a second, and a
    fifth of it would go into freeing memory that the system is about to take back.
    """
    gc.disable()
    try:
        _occupy_standard_streams()
        from contextlib import suppress

        from llmgw_report.signals import catch

        catch(run.__code__)
        _load_late()
        from llmgw_report.cli import main

        code = int(main(sys.argv[1:]))  # a file that is cut may return nothing
    except BaseException as error:  # noqa: BLE001 - Python would exit 1
        _not_run(error)
    for stream in (sys.stdout, sys.stderr):
        # The reader has gone, or the disk is full, which was reported. None: it was closed before the start.
        with suppress(OSError, AttributeError):
            stream.flush()
    os._exit(code)


class _Late(ModuleType):
    """Stands for a module until something of it is used that is not among the `known`.

    `imported` are the names that others import of it. `importlib.util.LazyLoader` would do the same for the module
    alone, and not with Python 3.11: there the second `import` of a module loads it.
    """

    def __init__(self, name: str, imported: Collection[str], known: Mapping[str, object]) -> None:
        super().__init__(name)
        self._imported = imported
        vars(self).update({one: _Named(self, one) for one in imported} | dict(known))

    def __getattr__(self, name: str) -> object:
        if name == "__path__" and self._imported:  # `from` asks whether it is a package; none of those is
            raise AttributeError(name)
        return getattr(self.load(), name)

    def load(self) -> ModuleType:
        """The module itself, which takes the place of this one."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        from importlib import import_module

        module = import_module(self.__name__)
        vars(self).update(vars(module))
        return module


class _Named:
    """Stands for a function or a class of such a module until it is called, asked for something or derived from."""

    def __init__(self, module: _Late, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, *given: object, **named: object) -> object:
        return self._itself()(*given, **named)

    def __getattr__(self, name: str) -> object:
        return getattr(self._itself(), name)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._itself())

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type, ...]:
        return (self._itself(),)

    def _itself(self) -> Any:  # noqa: ANN401 - whatever it is
        return getattr(self._module.load(), self._name)


def _load_late() -> None:
    """Have those modules loaded when something of them is used."""
    import typing  # as click does

    # What one of them is asked at once: uuid wants to know the name of the system, msgspec what typing has as well.
    known: Mapping[str, Mapping[str, object]] = {
        "platform": {"system": lambda: os.uname().sysname} if hasattr(os, "uname") else {},
        "typing_extensions": {name: getattr(typing, name) for name in _EXTENDED},
    }
    for name, imported in _LATE.items():
        sys.modules.setdefault(name, _Late(name, imported, known.get(name, {})))


def _not_run(error: BaseException) -> NoReturn:
    """Report an interrupt, a lack of memory or a broken installation where the program could not do it itself."""
    try:
        word, code, said, hint = _reason(error)
    except BaseException:  # noqa: BLE001 - what it needs may be what is broken
        word, code = "INTERNAL", 4
        said, hint = _damage() or (_said(error), "")
    explained = [f"{name}: {text}" for name, text in (("Error", said), ("Hint", hint)) if text]
    lines = (*explained, f"llmgw-report: {word} exit={code}", "")
    try:
        os.write(2, "\n".join(lines).encode(errors="backslashreplace"))
    finally:
        os._exit(code)


def _reason(error: BaseException) -> tuple[str, int, str, str]:
    """The word, the exit code, the message and the hint of what ended the run."""
    from llmgw_report import installation
    from llmgw_report.errors import MORE_MEMORY, lack_of_memory

    if lacking := lack_of_memory(error):
        return "INTERNAL", 4, lacking, MORE_MEMORY
    if not isinstance(error, Exception):
        from signal import SIGINT

        from llmgw_report.signals import Stopped

        if isinstance(error, KeyboardInterrupt):
            error = Stopped(SIGINT)
        if isinstance(error, Stopped):
            return error.word, 128 + error.number, "", ""
    if not os.path.isdir(_HERE):  # noqa: PTH112 - nothing is imported for it
        said = f"not started: {_HERE} is in an archive, and files beside the modules are read"
        hint = "install llmgw-report with pip, or unpack the archive and put the folder on PYTHONPATH"
        return "INTERNAL", 4, said, hint
    if installation.IS_WHOLE and (known := installation.no_bug(error)):
        return "INTERNAL", 4, f"not started: {known.message}", known.hint
    return "INTERNAL", 4, _said(error), ""


def _damage() -> tuple[str, str] | None:
    """What is damaged and the remedy, where what would explain it is: also the file that compares the others."""
    said, hint = "this installation is damaged", "install llmgw-report again"
    try:
        from llmgw_report import installation

        found = installation.damage() if installation.IS_WHOLE else None
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it
        return f"not started: {_HERE}/installation.py: {said}: {error}", hint
    return (f"not started: {found[0]}: {said}: {found[1]}", hint) if found else None


def _said(error: BaseException) -> str:
    return f"not started: {type(error).__name__}: {error}"


def _occupy_standard_streams() -> None:
    """Open each closed standard stream on the null device: else a report or a database gets its number.

    Lowest first, so that every one is the number that is free.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    run()
