"""In which order features of views that cross each other are resolved, and which of them go in a circle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from mlcycle.kinds.interface import RowFeature
from mlcycle.language.project import FeatureView

#: `view.feature`. It may find too much (inside a text): then an order is kept that nobody needed.
_REFERENCE = re.compile(r'"?\b([a-z][a-z0-9_]*)"?\."?(\w+)')

Place = tuple[str, str]


def crossing(views: Mapping[str, FeatureView]) -> dict[Place, tuple[Place, ...]]:
    """Every computed feature, (view, feature), with the computed features that it names."""
    computed = {(view, name) for view, spec in views.items() for name in spec.features}
    found = {}
    for view, spec in views.items():
        for name, feature in spec.features.items():
            texts = feature.mentions() if isinstance(feature, RowFeature) else ()
            named = [place for text in texts for place in _REFERENCE.findall(text)]
            found[view, name] = tuple(place for place in named if place in computed)
    return found


def in_order(
    needs: Mapping[Place, tuple[Place, ...]],
) -> tuple[tuple[Place, ...], tuple[tuple[Place, ...], ...]]:
    """An order in which each follows what it needs, and the circles that had to be cut open for it."""
    needs = dict(needs)
    circles: list[tuple[Place, ...]] = []
    while True:
        try:
            return tuple(TopologicalSorter(needs).static_order()), tuple(circles)
        except CycleError as error:
            circle = tuple(reversed(error.args[1]))[:-1]
            circles.append(circle)
            needs[circle[0]] = tuple(place for place in needs[circle[0]] if place not in circle)
