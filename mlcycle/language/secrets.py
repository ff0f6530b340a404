"""Secrets are named, never written: `${env:NAME}` stands for an environment variable until it is used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, unquote

from pydantic import PlainValidator, WithJsonSchema

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.language.base import problem
from mlcycle.language.words import found

_REFERENCE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
#: What takes an address apart; parts shorter than this are no secrets, and words of messages.
_PARTS = re.compile(r"[:/@?&=\s]+")
_TELLING = 4
_PASSWORD = re.compile(r"://[^/@\s:]*:([^/@\s]+)@|[?&](?i:ssl)?(?i:password)=([^&#\s]+)")


def references(text: str) -> tuple[str, ...]:
    """The environment variables that a text names."""
    return tuple(_REFERENCE.findall(text))


def resolve(text: str, environ: Mapping[str, str], span: Span = NOWHERE) -> str:
    """The text with every reference replaced; to be called where the value is used, and never stored.

    Raises Refused (MLC892) for a variable that is not set, without showing any value.
    """
    missing = [name for name in references(text) if name not in environ]
    if missing:
        message = f"the environment variable `{missing[0]}` is not set"
        raise Refused(
            (Diagnostic(code="MLC892", message=message, span=span, help=f"export {missing[0]}=..."),)
        )
    return _REFERENCE.sub(lambda match: environ[match[1]], text)


def fill(config: Mapping[str, Any], environ: Mapping[str, str], span: Span = NOWHERE) -> dict[str, Any]:
    """A step's config with every reference below its `connect` replaced; nothing else is looked at.

    To be called where the values are used, and never stored. Raises Refused (MLC892) as `resolve` does.
    """
    if "connect" not in config:
        return dict(config)
    filled = {
        key: resolve(value, environ, span) if isinstance(value, str) else value
        for key, value in config["connect"].items()
    }
    return {**config, "connect": filled}


def hide(text: str, written: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """A message without the values of the variables that the `connect` of a config names, and without the
    parts that a library may have taken an address apart into."""
    named = (n for v in written.get("connect", {}).values() if isinstance(v, str) for n in references(v))
    values = [environ[name] for name in named if environ.get(name)]
    parts = [part for value in values for part in _PARTS.split(value) if len(part) >= _TELLING]
    known = [form for value in (*values, *parts) for form in (value, quote(value, safe=""), unquote(value))]
    for form in sorted(set(known), key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def variable(value: object) -> str:
    """A secret: one reference to an environment variable, and nothing else."""
    if not isinstance(value, str) or _REFERENCE.fullmatch(value) is None:
        raise problem("MLC114", "a secret is named, never written", help="write `${env:NAME}`")
    return value


def location(value: object) -> str:
    """A URL or path that may name secrets, but holds none."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise problem("MLC104", f"expected a URL or a path, found {found(value)}")
    password = _PASSWORD.search(value)
    if password is not None and _REFERENCE.sub("", password[1] or password[2]):
        help_line = "name an environment variable: `${env:NAME}`"
        raise problem("MLC114", "a password is written in this file", help=help_line)
    if "${" in _REFERENCE.sub("", value):
        raise problem("MLC114", "this is not a reference to a secret", help="write `${env:NAME}`")
    return value


#: A secret, by name.
Secret = Annotated[
    str,
    PlainValidator(variable),
    WithJsonSchema(
        {"type": "string", "description": "`${env:NAME}`.", "pattern": r"^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$"}
    ),
]
#: Where something is: a URL or a path below the root. It may hold `${env:NAME}`.
Location = Annotated[
    str,
    PlainValidator(location),
    WithJsonSchema({"type": "string", "description": "A URL or a path; secrets as `${env:NAME}`."}),
]
