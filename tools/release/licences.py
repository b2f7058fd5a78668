"""The licence of a package in the words of SPDX, which is one, in however many ways its metadata name it.

What a package says in SPDX's words comes first, then a name that means one licence, then the text of the licence, then
a classifier: these name families more often than licences, and one of them contradicts the text beside it.
"""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from tools.release.running import ReleaseError

#: Names that mean one licence, without regard to small letters.
NAMES = {
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
#: What all of a text of a licence has to have in it, the narrower licence first.
TEXTS = {
    "BSD-3-Clause": ("Redistribution and use in source and binary forms", "Neither the name of"),
    "BSD-2-Clause": ("Redistribution and use in source and binary forms",),
    "MIT": ("Permission is hereby granted, free of charge, to any person obtaining a copy",),
}
FILE = re.compile(r"(LICEN[CS]E|COPYING)(\W.*)?", re.IGNORECASE)
IDENTIFIER = re.compile(r"(?!LicenseRef-)[\w.-]+")


def element(package: Distribution) -> dict[str, Any]:
    """CycloneDX's element for it: an identifier or an expression, and whether we conclude it from a text."""
    metadata = package.metadata
    declared = [metadata[name] for name in ("License-Expression", "License") if metadata[name]]
    classifiers = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier", []) if one.startswith("License")]
    texts = list(_texts(package))
    for found, acknowledgement in (
        (next(filter(None, map(_named, declared)), None), "declared"),
        (next(filter(None, map(_recognised, texts)), None), "concluded"),
        (next(filter(None, map(_named, classifiers)), None), "declared"),
    ):
        if found and IDENTIFIER.fullmatch(found):
            return {"license": {"id": found, "acknowledgement": acknowledgement}}
        if found:
            return {"expression": found, "acknowledgement": acknowledgement}
    said = ", ".join(map(repr, [*declared, *classifiers])) or "nothing"
    raise ReleaseError(
        f"{package.name} says {said} about its licence: which one of SPDX is it? tools/release/licences.py"
    )


def _named(name: str) -> str | None:
    """What a name means: an expression of SPDX means itself."""
    try:
        return canonicalize_license_expression(name)
    except InvalidLicenseExpression:
        return NAMES.get(name.casefold())


def _recognised(text: str) -> str | None:
    words = " ".join(text.split())
    return next((name for name, phrases in TEXTS.items() if all(phrase in words for phrase in phrases)), None)


def _texts(package: Distribution) -> Iterator[str]:
    """The texts of licences beside the metadata."""
    for file in package.files or ():
        if ".dist-info" in file.parts[0] and FILE.fullmatch(file.name):
            yield file.read_text("utf-8")
