"""The reference of the language, made from the models and their docstrings.

    python -m mlcycle.language.reference docs/reference

writes one page for a spec, one for `mlcycle.yaml`, and one for every built-in kind with its example, which is
`examples/<slot>.<kind>.yaml` there; the suite checks that it is a spec without a mistake.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from mlcycle.language.base import SpecModel
from mlcycle.language.docstrings import class_doc, field_docs
from mlcycle.language.kinds import SLOTS, Kinds, find_kinds
from mlcycle.language.project import Project
from mlcycle.language.slots import SlotSpec, bases
from mlcycle.language.walk import options
from mlcycle.language.words import choice
from mlcycle.language.workspace import WorkspaceSpec

_PLAIN = {str: "text", int: "a whole number", float: "a number", bool: "`true` or `false`"}


def pages(kinds: Kinds, examples: Path) -> dict[str, str]:
    """Path -> content of every page; `examples` is the folder of the kinds' examples."""
    made = {
        "README.md": _index(kinds),
        "spec.md": _page("A spec", Project, kinds),
        "workspace.md": _page("`mlcycle.yaml`", WorkspaceSpec, kinds),
    }
    for slot in SLOTS:
        for name in kinds.names(slot):
            model = kinds.spec_class(slot, name)
            example = (examples / f"{slot}.{name}.yaml").read_text(encoding="utf-8")
            page = _page(f"{model.noun.capitalize()} `{name}`", model, kinds, up="../")
            made[f"{slot}/{name}.md"] = f"{page}\n## Example\n\n```yaml\n{example}```\n"
    return made


def write(folder: Path) -> None:
    """Write all pages and remove those that are no longer made."""
    wanted = pages(find_kinds(outside=()), folder / "examples")
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _index(kinds: Kinds) -> str:
    lines = [
        "# Reference\n",
        "* [A spec](spec.md): all keys",
        "* [`mlcycle.yaml`](workspace.md)\n",
        "## Kinds\n",
    ]
    for slot, base in bases().items():
        lines.append(f"### {slot}\n\n{class_doc(base)}\n")
        for name in kinds.names(slot):
            lines.append(f"* [`{name}`]({slot}/{name}.md): {class_doc(kinds.spec_class(slot, name))}")
        lines.append("")
    return "\n".join(lines)


def _page(title: str, model: type[SpecModel], kinds: Kinds, up: str = "") -> str:
    parts = [f"# {title}\n\n{_section(model, kinds, up)}"]
    parts += [f"## {_title(one)}\n\n{_section(one, kinds, up)}" for one in _below(model)]
    return "\n".join(parts)


def _section(model: type[SpecModel], kinds: Kinds, up: str) -> str:
    docs = field_docs(model)
    rows = ["| key | value | |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        required = " *(required)*" if field.is_required() and (model, name) != (Project, "name") else ""
        value = f"`{name}`" if name == "kind" and not isinstance(field.annotation, str) else None
        words = (
            _choices(field.annotation) if value and issubclass(model, SlotSpec) else _words(field, kinds, up)
        )
        meaning = f"{docs.get(name, 'What it is.')}{required}"
        rows.append(f"| `{field.alias or name}` | {words}{_default(field)} | {meaning} |")
    return f"{inspect.getdoc(model) or ''}\n\n" + "\n".join(rows) + "\n"


def _below(model: type[SpecModel]) -> list[type[SpecModel]]:
    """The models of the mappings inside, in the order of their keys; kinds have pages of their own."""
    found: dict[type[SpecModel], None] = {}

    def visit(one: type[SpecModel]) -> None:
        for field in one.model_fields.values():
            for inner in _leaves(field.annotation):
                for model in _variants(inner):
                    if model not in found:
                        found[model] = None
                        visit(model)

    visit(model)
    return list(found)


def _variants(inner: Any) -> Iterator[type[SpecModel]]:
    if not (isinstance(inner, type) and issubclass(inner, SpecModel)):
        return
    if not issubclass(inner, SlotSpec):
        yield inner
    elif not inner.slot:
        none = Kinds(found={})
        yield from (inner.choose(name, none) for name in inner.known(none))


def _leaves(annotation: Any) -> Iterator[Any]:
    for option in options(annotation):
        arguments = get_args(option)
        if get_origin(option) in (dict, tuple):
            yield from _leaves(arguments[1] if get_origin(option) is dict else arguments[0])
        else:
            yield option


def _words(field: FieldInfo, kinds: Kinds, up: str) -> str:
    annotation: Any = field.annotation
    if field.metadata and not any(_is_model(leaf) for leaf in _leaves(annotation)):
        annotation = Annotated[annotation, *field.metadata]
    return _of(annotation, kinds, up)


def _of(annotation: Any, kinds: Kinds, up: str) -> str:
    told = [_option(option, kinds, up) for option in _forms(annotation) if option is not type(None)]
    return " or ".join(dict.fromkeys(told))


def _forms(annotation: Any) -> Iterator[Any]:
    """The members of a union, with what each is annotated with."""
    if get_origin(annotation) in (Union, UnionType):
        for option in get_args(annotation):
            yield from _forms(option)
    else:
        yield annotation


def _option(option: Any, kinds: Kinds, up: str) -> str:
    arguments = get_args(option)
    if get_origin(option) is Annotated:
        described = str(TypeAdapter(option).json_schema().get("description", "")).rstrip(".")
        return described[0].lower() + described[1:] if described else _of(arguments[0], kinds, up)
    if get_origin(option) is Literal:
        return _choices(option)
    if get_origin(option) is dict:
        return f"for each name: {_of(arguments[1], kinds, up)}"
    if get_origin(option) is tuple:
        return f"a list of: {_of(arguments[0], kinds, up)}"
    if isinstance(option, type) and issubclass(option, SlotSpec) and option.slot:
        links = (f"[`{name}`]({up}{option.slot}/{name}.md)" for name in kinds.names(option.slot))
        return f"a {option.noun}: {', '.join(links)}"
    if _is_model(option):
        titles = [_title(one) for one in _variants(option)]
        sections = ", ".join(f"[{title.lower()}](#{title.lower().replace(' ', '-')})" for title in titles)
        return f"a mapping: {sections}"
    return _PLAIN.get(option, "any value")


def _is_model(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, SpecModel)


def _title(model: type[SpecModel]) -> str:
    """A heading of its own for each model: its class's name in words."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__).capitalize()


def _choices(annotation: Any) -> str:
    return choice([str(one) for one in get_args(annotation)])


def _default(field: FieldInfo) -> str:
    if field.is_required() or field.default in (None, ()) or field.default_factory is not None:
        return ""
    value = str(field.default).lower() if isinstance(field.default, bool) else field.default
    listed = ", ".join(map(str, value)) if isinstance(value, tuple) else value
    return f"; `{listed}` if left out"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
