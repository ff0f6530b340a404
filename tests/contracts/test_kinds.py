"""Every kind that is installed keeps to the same contracts; its example is that of its reference page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlcycle.contracts import CONTRACTS, Contract
from mlcycle.language.kinds import GROUP, SLOTS, find_kinds
from mlcycle.language.slots import bases

KINDS = find_kinds(())
EXAMPLES = Path(__file__).resolve().parents[2] / "docs/reference/examples"
OUTSIDE = Path(__file__).resolve().parents[1] / "plugin_example"
INSTALLED = [(slot, name) for slot in SLOTS for name in KINDS.names(slot)]
#: Kinds that a bare word or another key stands for in a spec.
SHORT: Mapping[tuple[str, str], dict[str, Any]] = {
    ("packages", "onnx"): {"kind": "onnx"},
    ("packages", "ubj"): {"kind": "ubj"},
    ("rollouts", "instant"): {"kind": "instant"},
}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
@pytest.mark.parametrize(("slot", "name"), INSTALLED, ids=lambda part: part)
def test_a_kind_keeps_to(contract: Contract, slot: str, name: str) -> None:
    contract(KINDS, slot, _example(slot, name))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
@pytest.mark.parametrize(
    ("slot", "example"),
    [
        ("clean", {"kind": "keep_between", "column": "distance", "min": 200.0, "max": 3000.0}),
        ("preprocess", {"kind": "max_abs", "columns": ["distance"]}),
    ],
    ids=["keep_between", "max_abs"],
)
def test_an_outside_kind_keeps_to(
    contract: Contract, slot: str, example: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(OUTSIDE))
    value = f"mlcycle_example_kinds.{example['kind']}"
    point = EntryPoint(name=f"{slot}.{example['kind']}", value=value, group=GROUP)
    contract(find_kinds((point,)), slot, example)


def test_the_contracts_can_fail() -> None:
    with pytest.raises(AssertionError, match="has no docstring"):
        CONTRACTS[0](_Broken(), "preprocess", {"kind": "standardize", "columns": ["a"]})  # type: ignore[arg-type]


def test_every_slot_has_a_base_of_its_own() -> None:
    assert set(bases()) == set(SLOTS)


def _example(slot: str, name: str) -> dict[str, Any]:
    if (slot, name) in SHORT:
        return SHORT[slot, name]
    spec = yaml.load((EXAMPLES / f"{slot}.{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    found = [
        part for part in _mappings(spec) if part.get("kind") == name or (name in part and name == "python")
    ]
    assert found, f"the example of {slot}.{name} does not use it"
    return {"kind": name, **found[0]}


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _mappings(part)


class _Broken:
    """Kinds whose only one explains nothing."""

    def spec_class(self, slot: str, name: str) -> type:
        return type("Spec", (), {"__doc__": None})
