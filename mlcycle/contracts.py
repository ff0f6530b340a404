"""What every kind keeps to, ours and those of outside packages, as checks that a test suite runs.

    from mlcycle.contracts import CONTRACTS
    from mlcycle.language.kinds import find_kinds

    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
    def test_max_abs(contract):
        kinds = find_kinds()
        contract(kinds, "preprocess", {"kind": "max_abs", "columns": ["distance"]})

Each takes the kinds that are installed, a slot, and a small valid example of the kind as plain data. It
raises AssertionError with one sentence.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from mlcycle.graph.canonical import canonical
from mlcycle.kinds.interface import RolloutKind, Setting
from mlcycle.language.docstrings import class_doc, field_docs
from mlcycle.language.kinds import Kinds
from mlcycle.language.slots import SlotSpec

Example = Mapping[str, Any]
Contract = Callable[[Kinds, str, Example], None]

#: The parameters of a step's work, by slot. Slots that are not here have no step of their own.
SIGNATURES: Mapping[str, tuple[str, ...]] = {
    "sources": ("config", "root"),
    "clean": ("frame", "config"),
    "features": ("frame", "config", "keys", "timestamp"),
    "splits": ("dataset", "config"),
    "preprocess": ("config",),
    "trainers": ("job", "config"),
    "gates": ("config", "scores"),
    "analyses": ("config", "window"),
    "triggers": ("config", "facts"),
    "signals": ("config", "chunks", "reference", "port"),
}


def explains_itself(kinds: Kinds, slot: str, example: Example) -> None:
    """The kind and each of its fields has a docstring: hover text in an editor, and the reference page."""
    spec = kinds.spec_class(slot, example["kind"])
    assert class_doc(spec), f"{_name(slot, example)} has no docstring"
    silent = [name for name, text in field_docs(spec).items() if not text and name != "kind"]
    assert not silent, f"{_name(slot, example)} says nothing of {', '.join(silent)}"


def refuses_what_it_does_not_know(kinds: Kinds, slot: str, example: Example) -> None:
    """A misspelt key is an error, never ignored."""
    found = _refusals(kinds, slot, {**example, "no_such_key": 1})
    assert found == ["extra_forbidden"], f"{_name(slot, example)} with a key it does not have: {found}"


def lowers_to_plain_data(kinds: Kinds, slot: str, example: Example) -> None:
    """Its config is plain JSON, is the same each time, and a description counts for nothing in it."""
    spec = _make(kinds, slot, example)
    config = canonical(_config(spec))
    assert config == canonical(_config(_make(kinds, slot, example))), f"{_name(slot, example)} varies"
    if "description" in type(spec).model_fields:
        described = _make(kinds, slot, {**example, "description": "Another."})
        assert canonical(_config(described)) == config, f"{_name(slot, example)} hashes its description"


def names_work_that_is_there(kinds: Kinds, slot: str, example: Example) -> None:
    """The function it names can be imported and takes what its slot gives."""
    spec = _make(kinds, slot, example)
    work = getattr(spec, "work_name", lambda: getattr(type(spec), "work", None))()
    if work is None or hasattr(spec, "python"):
        return
    module, _, function = work.partition(":")
    found = getattr(importlib.import_module(module), function, None)
    assert found is not None, f"{_name(slot, example)} names {work}, which does not exist"
    given = tuple(inspect.signature(found).parameters)
    assert given == SIGNATURES[slot], f"{work} takes {given}, not {SIGNATURES[slot]}"


CONTRACTS: tuple[Contract, ...] = (
    explains_itself,
    refuses_what_it_does_not_know,
    lowers_to_plain_data,
    names_work_that_is_there,
)


def _make(kinds: Kinds, slot: str, example: Example) -> SlotSpec:
    return kinds.make(slot, {key: _frozen(value) for key, value in example.items()})


def _refusals(kinds: Kinds, slot: str, example: Example) -> list[str]:
    try:
        _make(kinds, slot, example)
    except ValidationError as error:
        return [found["type"] for found in error.errors()]
    return []


def _frozen(value: Any) -> Any:
    """Lists as tuples, which is how a spec's sequences arrive."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {key: _frozen(part) for key, part in value.items()}
    return value


def _config(spec: SlotSpec) -> Any:
    if isinstance(spec, RolloutKind):
        return spec.plan(Setting(task="binary_classification", has_timestamp=True))
    config = getattr(spec, "config", None)
    return config() if config is not None else None


def _name(slot: str, example: Example) -> str:
    return f"`{example['kind']}` of {slot}"
