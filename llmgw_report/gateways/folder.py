"""Reads a gateway's folder: `gateway.toml` with what it inherits, and the queries beside it."""

import re
from pathlib import Path
from typing import Any

import msgspec

from llmgw_report import plugins, resources
from llmgw_report.config import values
from llmgw_report.errors import UsageError
from llmgw_report.gateways import definition, mistakes, variants
from llmgw_report.gateways.definition import BUILT_IN, MARKER, Gateway, MetricMapping
from llmgw_report.gateways.macros import expanded
from llmgw_report.gateways.mistakes import HINT
from llmgw_report.model.database import Query
from llmgw_report.model.quantities import LIMITED, QUANTITIES
from llmgw_report.plugins import nearest


def names() -> tuple[str, ...]:
    """Gateways that come with the program."""
    return plugins.folders("gateways", MARKER)


def is_gateway(folder: Path) -> bool:
    """Whether a folder holds a definition."""
    return resources.exists(folder / MARKER)


def definition_in(folder: Path) -> Gateway:
    """The definition in a folder, with what it inherits; UsageError says what is wrong with it."""
    file = folder / MARKER
    found, bases = _with_bases(folder, ())
    try:
        gateway = msgspec.convert(found, Gateway)
    except msgspec.ValidationError as error:
        raise mistakes.explained(file, found, Gateway, error) from error
    _validate(gateway, file)
    named = msgspec.structs.replace(gateway, name=folder.resolve().name, folder=str(folder), bases=bases)
    return variants.completed(named)


def _with_bases(folder: Path, seen: tuple[Path, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The keys of a definition over those that it extends, and the folders of these, the nearest first."""
    file = folder / MARKER
    if folder.resolve() in seen:
        raise UsageError(f"{file}: it extends itself", HINT)
    try:
        found: dict[str, Any] = msgspec.toml.decode(resources.text(_inside(file, folder)))
    except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
        message = f"{file}: {error}"
        raise UsageError(message, HINT) from error
    name = found.get("extends")
    if not isinstance(name, str):
        return found, ()
    base = other(name, folder, "extends")
    inherited, others = _with_bases(base, (*seen, folder.resolve()))
    return variants.over(inherited, found), (str(base), *others)


def other(name: str, folder: Path, what: str) -> Path:
    """The folder of a definition that one in `folder` names: one that comes with the program, else its neighbour.

    Never one that a path leads to, since anybody writes definitions.
    """
    places = (BUILT_IN / name, folder.resolve().parent / name)
    found = next((place for place in places if is_gateway(place)), None)
    if found is None or not re.fullmatch(r"\w[\w.-]*", name):
        message = f"{folder / MARKER}: it {what} {name!r}, which is no gateway"
        raise UsageError(message, nearest(name, names()))
    return found


def queries_of(gateway: Gateway) -> tuple[Query, ...]:
    """The gateway's own queries without macros, those of what it extends included."""
    paths: dict[str, Path] = {}
    for folder in map(Path, (*reversed(gateway.bases), gateway.folder)):
        paths |= {path.name: _inside(path, folder) for path in folder.glob("*.sql")}
    found = (definition.load(path, builtin=True) for _, path in sorted(paths.items()))
    return tuple(msgspec.structs.replace(query, sql=expanded(query.sql, gateway.dialect)) for query in found)


def _inside(path: Path, folder: Path) -> Path:
    """The path, if it leads to a file inside the folder.

    A definition may come from anybody, and a link in it must not bring other files into a report. Links within the
    folder are fine: the files of a mounted ConfigMap are such.
    """
    if path.resolve().is_relative_to(folder.resolve()) and path.is_file():
        return path
    message = f"{path}: not a file in this folder"
    raise UsageError(message, "copy into the gateway's folder what its links lead to")


def _validate(gateway: Gateway, file: Path) -> None:
    """UsageError for a quantity or role that the vocabulary does not have, with the nearest one that it has."""
    for name, mappings in gateway.metrics.items():
        if name not in QUANTITIES:
            message = f"{file}: unknown quantity {name!r} in metrics"
            raise UsageError(message, nearest(name, tuple(QUANTITIES)))
        for mapping in mappings:
            _validate_roles(name, mapping, file)
            _validate_mapping(mapping, file)
    if gateway.write_delay is not None:
        values.duration(gateway.write_delay, f"{file}: write-delay")


def _validate_roles(name: str, mapping: MetricMapping, file: Path) -> None:
    """UsageError for a role that the quantity does not have, or has to have."""
    for role in (*mapping.labels, *mapping.const, *mapping.values):
        if role not in QUANTITIES[name].roles:
            message = f"{file}: {name} has no role {role!r}, which {mapping.family} maps"
            raise UsageError(message, nearest(role, QUANTITIES[name].roles))
    if (of := mapping.const.get("of", LIMITED[0])) not in LIMITED:
        message = f"{file}: {mapping.family} is no limit of {of!r}"
        raise UsageError(message, nearest(of, LIMITED))
    if name == "health" and "instance" not in {*mapping.labels, *mapping.const}:
        message = f"{file}: health of {mapping.family} has no role 'instance', and is of nothing without it"
        raise UsageError(message, 'such as: labels = { provider = "provider", instance = "provider" }')


def _validate_mapping(mapping: MetricMapping, file: Path) -> None:
    """UsageError for the shape of a label that is not mapped, for a recovery that is none, for a division by 0."""
    if mapping.split and not all(part.divide > 0 for part in mapping.split.parts):
        raise UsageError(f"{file}: a part of {mapping.split.family} is divided by less than 1", HINT)
    for role in mapping.split.labels if mapping.split else ():
        if role not in mapping.labels:
            message = f"{file}: the split of {mapping.family} is joined on {role!r}, which the mapping has no label for"
            raise UsageError(message, nearest(role, tuple(mapping.labels)))
    for label in mapping.shapes:
        if label not in mapping.all_labels:
            message = f"{file}: {mapping.family} has a shape for {label!r}, which is none of its labels"
            raise UsageError(message, nearest(label, mapping.all_labels))
    if mapping.recovery not in {None, "none", "request"}:
        values.duration(mapping.recovery, f"{file}: recovery of {mapping.family}")


def validate_shapes(gateway: Gateway) -> None:
    """UsageError for a shape that is not a regular expression."""
    mappings = (mapping for found in gateway.metrics.values() for mapping in found)
    for shape in (shape for mapping in mappings for shape in mapping.shapes.values()):
        try:
            re.compile(shape)
        except (re.error, RecursionError, OverflowError) as error:
            message = f"{Path(gateway.folder) / MARKER}: the shape {shape!r} is not a regular expression: {error}"
            raise UsageError(message, HINT) from error
