"""Typed filters: the only way for a value to enter generated text.

Each filter names the language it writes and returns one inert value of it, whatever it was given.
"""

from __future__ import annotations

import json as _json
import math
import re
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from markupsafe import escape

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>#|~&$]|\A[-+=]|(?<=\d)[.)](?=\s|\Z)")
#: Line breaks as Python, Markdown and terminals know them, and characters that change how text is shown.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")

#: How long ruff lets a line of generated code get.
_WIDTH = 88
_PAIR = re.compile(r"\\\\|\\u(?P<high>d[89ab][0-9a-f]{2})\\u(?P<low>d[c-f][0-9a-f]{2})")


def py(value: Any) -> str:
    """A Python literal of None, bool, int, finite float, str, tuple, list and mapping, as ruff formats it."""
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no Python literal")
        return repr(value)
    if isinstance(value, str):
        return _py_text(str(value))
    if isinstance(value, list):
        return f"[{', '.join(map(py, value))}]"
    if isinstance(value, tuple):
        return f"({py(value[0])},)" if len(value) == 1 else f"({', '.join(map(py, value))})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{py(k)}: {py(v)}" for k, v in value.items()) + "}"
    raise TypeError(f"`py` takes plain values, not {type(value).__name__}")


def literal(value: Any, indent: int, column: int) -> str:
    """`py` over as many lines as ruff gives it where a comma follows.

    indent: of the line that it stands in; column: where in that line it begins.
    """
    flat = py(value)
    if column + len(flat) < _WIDTH or not value or not isinstance(value, list | tuple | Mapping):
        return flat
    inner = indent + 4
    if isinstance(value, Mapping):
        keys = [f"{py(key)}: " for key in value]
        items = [
            key + literal(each, inner, inner + len(key))
            for key, each in zip(keys, value.values(), strict=True)
        ]
    else:
        items = [literal(each, inner, inner) for each in value]
    opened, closed = "{}" if isinstance(value, Mapping) else "[]" if isinstance(value, list) else "()"
    lines = "".join(f"{' ' * inner}{item},\n" for item in items)
    return f"{opened}\n{lines}{' ' * indent}{closed}"


def _py_text(text: str) -> str:
    """A literal in double quotes unless single ones need fewer escapes: what a formatter leaves alone."""
    if '"' not in text:
        return '"' + repr("'" + text)[2:]
    if text.count('"') > text.count("'"):
        return repr(text)
    return '"' + repr(text)[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def identifier(value: str) -> str:
    """A Python name, checked and never escaped: the emitter chooses names, authors do not."""
    if not _IDENTIFIER.fullmatch(value):
        raise ValueError(f"{value!r} is not an identifier")
    return value


def json(value: Any, indent: int | None = None) -> str:
    """A JSON value; ASCII only."""
    return _json.dumps(value, ensure_ascii=True, allow_nan=False, indent=indent)


def yaml(value: Any) -> str:
    """A YAML value on one line: JSON, but for what YAML reads otherwise. Takes no floats."""
    if isinstance(value, float):
        raise TypeError("YAML reads `1e-05` as text: write the number as text, or in another unit")
    return _PAIR.sub(_long_escape, json(value).replace("\x7f", "\\x7f"))


def _long_escape(match: re.Match[str]) -> str:
    """A surrogate pair, which YAML takes for two characters, as one long escape; a backslash as it is."""
    if match["high"] is None:
        return match[0]
    point = 0x10000 + ((int(match["high"], 16) - 0xD800) << 10) + (int(match["low"], 16) - 0xDC00)
    return f"\\U{point:08x}"


def shell(value: str) -> str:
    """One word of a POSIX shell."""
    if "\x00" in value:
        raise ValueError("a shell word cannot hold NUL")
    return shlex.quote(value)


def md(value: Any) -> str:
    """Plain words inside one line of Markdown: no markup, no HTML, no line break."""
    return _MARKDOWN.sub(r"\\\g<0>", _CONTROLS.sub(" ", str(value)).strip())


def code(value: Any) -> str:
    """A code span of Markdown, fenced by more backticks than the text holds."""
    text = _CONTROLS.sub(" ", str(value)).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text[:1] in ("`", "") or text[-1:] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def html(value: Any) -> str:
    """Text of an HTML element or of a quoted attribute."""
    return str(escape(str(value)))


FILTERS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "py": py,
        "literal": literal,
        "identifier": identifier,
        "json": json,
        "yaml": yaml,
        "shell": shell,
        "md": md,
        "code": code,
        "html": html,
    }
)
