"""What people know about data and no program can measure: the questions of a data sheet."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import PlainValidator, WithJsonSchema

from mlcycle.language.base import SpecModel, documentation, problem
from mlcycle.language.names import Text
from mlcycle.language.words import found, shown

_ADDRESS = re.compile(r"https?://[^\s/?#]+[^\s]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def license(value: object) -> str:
    """An SPDX licence expression in its canonical spelling, or the address of the licence's text."""
    text = _text(value, "a licence such as `CC-BY-4.0`")
    if _ADDRESS.fullmatch(text):
        return text
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        help_line = "write an SPDX identifier such as `CC-BY-4.0`, or the address of its text"
        raise problem("MLC380", f"{shown(value)} is no licence that SPDX knows", help=help_line) from None


def address(value: object) -> str:
    """The address of a page; only its form is looked at."""
    text = _text(value, "an address such as `https://example.com/data`")
    if _ADDRESS.fullmatch(text) is None:
        help_line = "write it whole, such as `https://example.com/data`"
        raise problem("MLC381", f"{shown(value)} is not the address of a page", help=help_line)
    return text


def day(value: object) -> str:
    """A day as `2014-03-01`."""
    from datetime import date

    text = _text(value, "a day such as `2014-03-01`")
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "no day").isoformat()
    except ValueError:
        raise problem("MLC382", f"{shown(value)} is not a day", help="write it as `2014-03-01`") from None


def _text(value: object, expected: str) -> str:
    if not isinstance(value, str):
        raise problem("MLC104", f"expected {expected}, found {found(value)}")
    return value


License = Annotated[
    str,
    PlainValidator(license),
    WithJsonSchema(
        {
            "type": "string",
            "description": "An SPDX licence expression such as `CC-BY-4.0`, or the address of its text.",
        }
    ),
]
Address = Annotated[
    str,
    PlainValidator(address),
    WithJsonSchema(
        {"type": "string", "description": "The address of a page.", "pattern": f"^{_ADDRESS.pattern}$"}
    ),
]
Day = Annotated[
    str,
    PlainValidator(day),
    WithJsonSchema({"type": "string", "description": "A day.", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]


class Sheet(SpecModel):
    """What a data sheet says beyond what is measured; a question that is left out is shown as not answered.

    The questions are those of Gebru et al., Datasheets for Datasets (2021).
    """

    noun: ClassVar[str] = "data sheet"

    purpose: Text | None = documentation()
    """Motivation: what the data was made for."""
    creators: Text | None = documentation()
    """Motivation: who made it, and on whose behalf."""
    funding: Text | None = documentation()
    """Motivation: who paid for it."""
    instances: Text | None = documentation()
    """Composition: what a row stands for."""
    coverage: Text | None = documentation()
    """Composition: what it is a sample of, how it was drawn, and who or what is missing."""
    known_errors: Text | None = documentation()
    """Composition: errors, noise and repetitions that are known."""
    sensitive_content: Text | None = documentation()
    """Composition: what is personal, confidential or offensive, and whether people can be recognized."""
    collection: Text | None = documentation()
    """Collection: how the data was acquired: by which instruments, people or programs."""
    period: Text | None = documentation()
    """Collection: when it was collected, if that is not when it happened."""
    consent: Text | None = documentation()
    """Collection: whether the people that it tells of knew, agreed, and can withdraw."""
    ethics_review: Text | None = documentation()
    """Collection: who reviewed whether it may be collected and used."""
    preparation: Text | None = documentation()
    """Preparation: what was done to it before it is read here."""
    labeling: Text | None = documentation()
    """Preparation: how labels came about, and by whom."""
    raw_data: Text | None = documentation()
    """Preparation: where the data is as it was before."""
    used_for: tuple[Text, ...] | None = documentation()
    """Uses: what it has been used for."""
    not_for: tuple[Text, ...] | None = documentation()
    """Uses: what it must not be used for."""
    risks: Text | None = documentation()
    """Uses: what about its making may harm somebody when it is used, and what can be done about that."""
    license: License | None = documentation()
    """Distribution: its licence: an SPDX identifier such as `CC-BY-4.0`, or the address of its text."""
    citation: Text | None = documentation()
    """Distribution: how to cite it."""
    url: Address | None = documentation()
    """Distribution: the page that it comes from."""
    published: Day | None = documentation()
    """Distribution: the day on which it was published."""
    access: Text | None = documentation()
    """Distribution: who may have it, and what else restricts that."""
    maintainer: Text | None = documentation()
    """Maintenance: who keeps it."""
    updates: Text | None = documentation()
    """Maintenance: how often it changes, and who tells those that use it."""
    retention: Text | None = documentation()
    """Maintenance: how long it is kept, and what becomes of older versions."""
    corrections: Text | None = documentation()
    """Maintenance: where errors are reported, and whether others may add to it."""
