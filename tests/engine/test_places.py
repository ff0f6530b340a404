from __future__ import annotations

from pathlib import Path

import pytest

from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.engine.differences import Path as Keys
from mlcycle.engine.places import Places
from tests.support.documents import plain

FILE = "specs/p.yaml"
SPEC = """\
models:
  late:
    horizon: 2h
    trainer:
      kind: xgboost
      params: {max_depth: 6, eta: 0.1}
    gates:
      - {kind: metric, min: 0.66}
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "specs").mkdir()
    (tmp_path / FILE).write_text(SPEC)
    return Places(tmp_path)


@pytest.mark.parametrize(
    ("thing", "path", "line", "column"),
    [
        (("models", "late", "trainer"), ("params", "max_depth"), 6, 27),
        (("models", "late", "trainer"), ("params", "subsample"), 6, 15),
        (("models", "late"), ("horizon_seconds",), 3, 14),
        (("models", "late", "gates", 0), ("min",), 8, 29),
        (("models", "late", "gates", 0), ("confidence",), 8, 9),
    ],
)
def test_a_key_is_found_below_its_step(
    places: Places, thing: Keys, path: Keys, line: int, column: int
) -> None:
    tree = plain(SPEC.encode(), FILE)
    for span in (tree.find(thing).span, tree.key_span(thing)):
        found = places.nearer(span, path)
        if path[-1] in ("confidence",):
            assert found == span
        else:
            assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize("span", [NOWHERE, Span("specs/none.yaml", 3, 1, 3, 5), Span(FILE, 99, 1, 99, 2)])
def test_without_a_nearer_place_the_given_one_stays(places: Places, span: Span) -> None:
    assert places.nearer(span, ("min",)) == span


def test_a_spec_that_cannot_be_read_keeps_the_place(places: Places) -> None:
    (places.root / FILE).write_text("a: [\n")
    span = Span(FILE, 1, 1, 1, 2)

    assert places.nearer(span, ("a",)) == span
