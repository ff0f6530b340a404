"""Whatever is wrong with a spec's shape: every mistake has a place in the file, and nothing crashes."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.diagnostics.render import as_github, as_json, as_text
from mlcycle.language.kinds import Kinds, find_kinds
from mlcycle.language.load import Loaded, load_bytes
from mlcycle.language.project import Project
from mlcycle.language.text import lines
from mlcycle.language.walk import model_at
from tests.support.documents import plain

Path_ = tuple[str | int, ...]
_EXAMPLE = yaml.safe_load(Path(__file__).parents[2].joinpath("specs", "flight_delays.yaml").read_bytes())
_WORDS = [
    "kind",
    "python",
    "extends",
    "name",
    "parquet",
    "5%",
    "never",
    "3h",
    "a.b",
    "late",
    "",
    "x" * 300,
    "é 東",
]
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**62)
    | st.floats(-2, 2)
    | st.sampled_from(_WORDS)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=3),
    max_leaves=6,
)


@lru_cache
def _kinds() -> Kinds:
    return find_kinds(outside=())


def _load(document: Any) -> Loaded:
    text = yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    return load_bytes(text.encode(), "shop.yaml", _kinds())


def _paths(value: Any, above: Path_ = ()) -> list[Path_]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(path for key, item in items for path in _paths(item, (*above, key)))]


def _put(document: Any, path: Path_, value: Any) -> Any:
    if not path:
        return value
    copy = deepcopy(document)
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return copy


def _holds(loaded: Loaded) -> None:
    rows = lines(loaded.text)
    for found in loaded.diagnostics:
        assert 1 <= found.span.line <= len(rows)
        assert 1 <= found.span.column <= len(rows[found.span.line - 1]) + 1
        assert found.code[:4] in ("MLC0", "MLC1", "MLC3", "MLC5")
        assert found.message
    assert (loaded.project is None) == bool(loaded.diagnostics)
    for render in (as_json, as_github):
        render(loaded.diagnostics)
    as_text(loaded.diagnostics, {loaded.file: loaded.text})


@pytest.mark.slow
@given(st.sampled_from(_paths(_EXAMPLE)), _VALUES)
@settings(max_examples=120, deadline=None)
def test_any_value_anywhere(path: Path_, value: Any) -> None:
    _holds(_load(_put(_EXAMPLE, path, value)))


@pytest.mark.slow
@given(st.sampled_from([path for path in _paths(_EXAMPLE) if path and isinstance(path[-1], str)]))
@settings(deadline=None)
def test_any_key_removed(path: Path_) -> None:
    holder = deepcopy(_EXAMPLE)
    document = holder
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    _holds(_load(document))


def _keys_of_models() -> list[Path_]:
    """Paths whose last step is a key of the language, not a name that the author chose."""
    data = plain(yaml.safe_dump(_EXAMPLE).encode(), "shop.yaml").data()
    named = [path for path in _paths(_EXAMPLE) if path and isinstance(path[-1], str)]
    return [path for path in named if model_at(Project, data, path[:-1], _kinds()) is not None]


@pytest.mark.slow
@given(st.sampled_from(_keys_of_models()))
@settings(deadline=None)
def test_any_key_misspelt_is_found_where_it_stands(path: Path_) -> None:
    slip = f"{path[-1]}z"
    loaded = _load(_put(_EXAMPLE, (*path[:-1], slip), 1))
    (found,) = loaded.diagnostics
    row = lines(loaded.text)[found.span.line - 1]
    assert found.code == "MLC101"
    assert row[found.span.column - 1 : found.span.end_column - 1] == slip
    assert found.help == f"did you mean `{path[-1]}`?"
