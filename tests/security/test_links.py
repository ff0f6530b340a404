"""Links that arrive with a spec lead checking, building and planning nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.targets import CANARY, SPEC, Target, target, watched

_OWN = SPEC.replace("features: [schedule]}", 'features: [schedule], trainer: {python: "own.secret:fit"}}')
#: Where the link lies, where it leads to, and how check, build and plan end; 0 where nothing needs it.
_LINKS = [
    ("flights.csv", "secret.csv", (0, 1, 1)),
    ("specs/other.yaml", "secret.yaml", (1, 1, 1)),
    ("mlcycle.yaml", "secret.yaml", (1, 1, 1)),
    ("own", "", (1, 1, 1)),
    ("own/secret.py", "secret.py", (1, 1, 1)),
    ("build", "", (0, 1, 0)),
    ("build/shop", "", (0, 1, 0)),
    ("build/shop/services", "", (0, 1, 0)),
    ("build/shop/services/delay_api", "", (0, 1, 0)),
    (".mlcycle/schemas.json", "secret.yaml", (0, 0, 0)),
    (".mlcycle/schemas.part", "secret.yaml", (0, 0, 0)),
]


def _linked(folder: Path, inside: str, outside: str) -> Target:
    made = target(folder)
    if inside.startswith("own"):
        made.write("specs/shop.yaml", _OWN)
    made.link(inside, outside)
    return made


@pytest.mark.slow
def test_links_out_of_the_project_are_not_followed(tmp_path: Path) -> None:
    targets = [_linked(tmp_path / str(i), *link[:2]) for i, link in enumerate(_LINKS)]
    for (inside, _, statuses), made, done in zip(
        _LINKS, targets, watched(targets, ("check", "build", "plan")), strict=True
    ):
        assert tuple(each.status for each in done.values()) == statuses, (inside, done)
        assert not [seen for each in done.values() for seen in each.forbidden], inside
        assert not [each for each in done.values() if CANARY in each.output], inside
        assert made.untouched(), inside


@pytest.mark.slow
def test_checking_and_building_write_through_no_linked_state(tmp_path: Path) -> None:
    made = target(tmp_path)
    made.link(".mlcycle")
    (done,) = watched([made], ("check", "build"))
    assert {name: (each.status, each.forbidden) for name, each in done.items()} == {
        "check": (0, ()),
        "build": (0, ()),
    }
    assert made.untouched()


@pytest.mark.slow
def test_the_hook_would_notice(tmp_path: Path) -> None:
    made = target(tmp_path)
    (done,) = watched([made], (f"build --output {made.outside}",))
    assert all(each.forbidden for each in done.values())
    assert not made.untouched()
