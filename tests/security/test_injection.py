"""Texts and names of a spec in all that is generated from it: same code and structure, other values."""

from __future__ import annotations

import ast
import json
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mlcycle.checks.run import check
from mlcycle.emit.tree import generated
from mlcycle.graph.column import DType
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_bytes
from tests.support.graphs import FixedSchemas

_HOSTILE = (
    "'''\"\"\"\nimport os; os.system('id')#",
    "}}{{ 7 * 7 }}{% raw %}",
    "a: [b, {c: *d}] # e",
    "`x` | <script>alert(1)</script>\n# h\n- i",
    "$(id) `id` ; id & \\",
    "\xa0\ud7ff\U0001f600\ufffd\u0301",
)


def spec(text: str, column: str, other: str) -> str:
    """A spec with a text wherever there is prose, and two columns of any name; JSON is YAML too."""
    columns = {
        column: {"dtype": "float64", "nullable": True, "description": text},
        other: {"dtype": "string"},
    }
    label = {"label": {"dtype": "bool", "available_after": "1d"}, "at": {"dtype": "timestamp"}}
    keys = {"id": {"dtype": "string", "unique": True}, "place": {"dtype": "string"}}
    source = {"kind": "parquet", "path": "data/a.parquet", "timestamp": "at", "description": text}
    made: dict[str, Any] = {
        "mlcycle": 1,
        "name": "shop",
        "description": text,
        "owner": {"team": text},
        "sources": {"events": {**source, "columns": {**columns, **label, **keys}}},
        "entities": {"place": {"key": "place", "description": text}},
        "feature_views": {
            "own": {"source": "events", "columns": [column], "description": text},
            "past": {
                "source": "events", "entity": "place", "columns": [other], "owner": {"team": text},
                "description": text,
            },
        },
        "models": {
            "m": {
                "task": "binary_classification", "label": "events.label",
                "horizon": "1h", "features": ["own", "past"],
                "description": text, "card": {"intended_use": text, "out_of_scope": [text], "caveats": text},
            }
        },
        "services": {"s": {"model": "m", "description": text}},
    }  # fmt: skip
    return json.dumps(made, ensure_ascii=False)


def outline(name: str, content: str) -> object:
    """What a file is made of, without the values in it."""
    match name.rpartition(".")[2]:
        case "py":
            return _shape(ast.parse(content))
        case "yaml":
            return _form(yaml.safe_load(content))
        case "json":
            return _form(json.loads(content))
        case "md":
            tokens = MarkdownIt("commonmark").enable("table").parse(content)
            return [(t.type, [c.type for c in t.children or () if c.type != "text"]) for t in tokens]
    raise AssertionError(f"{name} is a kind of file that nobody looks at here")


def _shape(node: ast.AST) -> object:
    """The syntax tree without constants and names of fields."""
    below = [_shape(child) for child in ast.iter_child_nodes(node)]
    return type(node).__name__ if not below else (type(node).__name__, below)


def _form(value: object) -> object:
    """Lists and mappings as they are nested; keys may be columns, so they count by number."""
    if isinstance(value, dict):
        return ["mapping", *sorted((_form(each) for each in value.values()), key=repr)]
    return ["list", *map(_form, value)] if isinstance(value, list) else "value"


def outlines(text: str, column: str, other: str) -> dict[str, object] | None:
    """The outline of every generated file, None where the spec is refused."""
    data = spec(text, column, other).encode(errors="replace")
    loaded = load_bytes(data, "specs/shop.yaml", find_kinds(outside=()))
    table: dict[str, DType] = {"id": "string", "place": "string", "at": "timestamp", "label": "bool"}
    schemas = FixedSchemas({"data/a.parquet": {**table, column: "float64", other: "string"}})
    graph = check(loaded, find_kinds(outside=()), schemas)[0] if loaded.project is not None else None
    if graph is None:
        return None
    return {name: outline(name, content) for name, content in generated(graph).items()}


#: A column whose name is no Python name, so that it gets an alias as hostile ones do.
_PLAIN = outlines("plain", "a b", "c d")
_COLUMNS = st.text(min_size=1, max_size=20)


@given(text=st.text(min_size=1, max_size=60), column=_COLUMNS, other=_COLUMNS)
@example(text=_HOSTILE[0], column=_HOSTILE[4], other='"x"')
@example(text=_HOSTILE[1], column="{{ x }}", other="{% x %}")
@example(text=_HOSTILE[2], column="a: b", other="# c")
@example(text=_HOSTILE[3], column="| a | `b`", other="<b>c</b>")
@example(text=_HOSTILE[5], column="\U0001f600 x", other="'''")
@settings(max_examples=40, deadline=None)
def test_no_text_and_no_name_changes_what_is_generated(text: str, column: str, other: str) -> None:
    assert _PLAIN is not None
    found = outlines(text, f"{column} x", f"{other} y")
    assert found is None or found == _PLAIN


def test_the_hostile_examples_are_not_all_refused() -> None:
    assert [outlines(text, "a b", "c d") is not None for text in _HOSTILE].count(True) >= 5
    assert outlines("x", "| `a` </b> {{ x }}", "'\"# \\ $(id)") is not None
