"""Modules that are loaded when something of them is used, and not when they are imported."""

import os
import sys
from collections.abc import Collection, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

#: What libraries import and most runs never use, and what of it they import by name: click inspect (with ast, dis and
#: tokenize), urllib.parse ipaddress, shutil every kind of compression, uuid platform, msgspec its inspection of types,
#: jinja2 hashlib (with OpenSSL, which is 4 MiB), json, random, its caches of bytecode (with pickle and tempfile), and
#: what compiles templates, which a wheel has done.
_LATE: Mapping[str, Collection[str]] = {
    "ast": ("literal_eval",),
    "bz2": (),
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
}
#: What one of them is asked at once: uuid wants to know the name of the system.
_KNOWN: Mapping[str, Mapping[str, object]] = {
    "platform": {"system": lambda: os.uname().sysname} if hasattr(os, "uname") else {}
}
#: msgspec asks for it first, and takes typing where it is not there.
_ABSENT = "typing_extensions"


def load_late() -> None:
    """Have the modules of the list loaded when something of them is used."""
    for name, imported in _LATE.items():
        sys.modules.setdefault(name, _Late(name, imported, _KNOWN.get(name, {})))
    if _ABSENT not in sys.modules:
        absent: dict[str, None] = {_ABSENT: None}  # how Python is given a module that is not found
        sys.modules.update(absent)  # type: ignore[arg-type]
        import msgspec  # noqa: F401

        del sys.modules[_ABSENT]


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
