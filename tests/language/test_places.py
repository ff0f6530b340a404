"""A place leads to the path of what was written there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle.language import tree
from mlcycle.language.places import Places
from tests.support.documents import plain

Steps = tuple[str | int, ...]


def _written(node: tree.Node, path: Steps = ()) -> Iterator[tuple[Steps, tree.Span]]:
    if isinstance(node, tree.Mapping):
        for key, entry in node.entries.items():
            yield (*path, key), entry.key
            yield (*path, key), entry.value.span
            yield from _written(entry.value, (*path, key))
    elif isinstance(node, tree.Sequence):
        for index, item in enumerate(node.items):
            yield (*path, index), item.span
            yield from _written(item, (*path, index))


@pytest.mark.parametrize("spec", ["flight_delays", "employment", "mail_triage"])
def test_every_key_and_value_of_the_examples(repository: Path, spec: str) -> None:
    root = plain((repository / f"specs/{spec}.yaml").read_bytes(), spec)
    places = Places(root)
    written = list(_written(root))
    assert len(written) > 300
    for path, span in written:
        assert places.path(span) == path


def test_a_part_of_a_text_is_in_it_and_what_is_nowhere_has_no_path() -> None:
    root = plain(b"a: [one, two three]\nb:\n  c: 1\n", "a.yaml")
    (_, two) = root.find(("a",)).items  # type: ignore[attr-defined]
    assert Places(root).path(replace(two.span, column=two.span.column + 4)) == ("a", 1)
    assert Places(root).path(replace(two.span, line=9, end_line=9)) == ()
