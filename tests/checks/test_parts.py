"""What only kinds from outside can get wrong of each other."""

from __future__ import annotations

from dataclasses import replace

from mlcycle.checks.parts import category_codes
from mlcycle.kinds.interface import TrainerKind
from tests.support.graphs import lowered

SPEC = """mlcycle: 1
sources:
  flights: {kind: csv, path: tables/flights.csv, timestamp: scheduled_departure}
feature_views:
  schedule: {source: flights, columns: [carrier]}
models:
  age:
    task: regression
    label: flights.distance
    features: [schedule]
    preprocess: [{kind: categorical, columns: carrier}]
"""


class Numbers(TrainerKind):
    """A trainer that knows numbers alone."""

    kind: str = "numbers"


def test_codes_for_a_trainer_that_takes_numbers_alone() -> None:
    found = lowered(SPEC)
    assert list(category_codes(found)) == []
    model = found.resolution.models["age"]
    other = replace(model, parts=replace(model.parts, trainer=Numbers.model_construct(kind="numbers")))
    (refused,) = category_codes(replace(found, resolution=replace(found.resolution, models={"age": other})))
    assert (refused.code, refused.span.line) == ("MLC362", 11)
    assert refused.message == "the trainer `numbers` would take the codes of `categorical` for numbers"
