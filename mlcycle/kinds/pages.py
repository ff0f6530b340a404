"""The reference pages of the kinds: what a kind's docstrings say, and an example that the suite checks.

    python -m mlcycle.kinds.pages docs/kinds

writes those that are not current and prints their names. The examples there are
`examples/<slot>.<kind>.yaml`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlcycle.language.kinds import SLOTS, Kinds, find_kinds
from mlcycle.language.schema import json_schema
from mlcycle.language.slots import SlotSpec, bases

_NOTATIONS = {"s|m|h|d|w": "duration", "%": "share", "KiB": "size"}


def pages(kinds: Kinds, examples: Path) -> dict[str, str]:
    """File name -> content, of a page for each kind and the index."""
    made = {
        f"{slot}.{name}.md": _page(kinds, slot, name, examples)
        for slot in SLOTS
        for name in kinds.names(slot)
    }
    return {"README.md": _index(kinds), **made}


def _index(kinds: Kinds) -> str:
    lines = ["# Kinds", "", "`kind:` picks a variant. A package of your own can add kinds to every slot.", ""]
    nouns = {slot: base.noun for slot, base in bases().items()}
    for slot in SLOTS:
        lines += [f"## {slot}", "", f"The kinds of {nouns[slot]}.", ""]
        lines += [
            f"- [`{name}`]({slot}.{name}.md): {_summary(kinds, slot, name)}" for name in kinds.names(slot)
        ]
        lines.append("")
    return "\n".join(lines)


def _summary(kinds: Kinds, slot: str, name: str) -> str:
    return _doc(kinds.spec_class(slot, name)).split("\n\n", 1)[0].replace("\n", " ")


def _doc(model: type[SlotSpec]) -> str:
    return inspect.getdoc(model) or ""


def _page(kinds: Kinds, slot: str, name: str, examples: Path) -> str:
    model = kinds.spec_class(slot, name)
    schema = json_schema(kinds, model)
    example = (examples / f"{slot}.{name}.yaml").read_text(encoding="utf-8")
    parts = [f"# `{name}`: a kind of {model.noun}", _doc(model), "## Keys", "\n".join(_keys(schema))]
    return "\n\n".join([*parts, "## Example", f"```yaml\n{example}```"]) + "\n"


def _keys(schema: Mapping[str, Any]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    yield "| key | value | default | |"
    yield "|---|---|---|---|"
    for key, field in schema["properties"].items():
        if key == "kind":
            continue
        default = "required" if key in required else _default(field)
        description = field.get("description", "").replace("|", "\\|").replace("\n", " ")
        yield f"| `{key}` | {_type(field, schema)} | {default} | {description} |"


def _default(field: Mapping[str, Any]) -> str:
    value = field.get("default")
    if value is None or value in ({}, [], ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _type(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What may be written, in a few words."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(choice, schema) for choice in field["anyOf"]))
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "$ref" in field:
        return _type(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    kind = field.get("type", "")
    if kind == "array":
        return f"list of {_type(field.get('items', {}), schema)}"
    if kind == "string":
        return next((word for part, word in _NOTATIONS.items() if part in field.get("pattern", "")), "text")
    words = {"integer": "whole number", "boolean": "true or false", "object": "mapping"}
    return words.get(kind, kind or "any value") if isinstance(kind, str) else "value"


def write(folder: Path) -> list[str]:
    """Write the pages that differ and remove those of kinds that are gone; returns the names of both."""
    wanted = pages(find_kinds(outside=()), folder / "examples")
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    for name, text in wanted.items():
        if there.get(name) != text:
            (folder / name).write_text(text, encoding="utf-8")
    for name in there.keys() - wanted.keys():
        (folder / name).unlink()
    return sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))


if __name__ == "__main__":
    print("\n".join(write(Path(sys.argv[1]))))
