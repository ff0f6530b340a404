"""The request-time program of some features: what has to be computed, and looked up, for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlcycle.lowering.resolved import Feature, ResolvedView


def ordered(inputs: Iterable[Feature], views: Mapping[str, ResolvedView]) -> tuple[Feature, ...]:
    """The features to compute at request time, each after those that it reads."""
    found: dict[str, Feature] = {}
    open_now: set[str] = set()

    def add(feature: Feature) -> None:
        if feature.full_name in found or feature.full_name in open_now or feature.expression is None:
            return
        open_now.add(feature.full_name)
        for other in _found(feature.others, views):
            add(other)
        found[feature.full_name] = feature

    for feature in inputs:
        add(feature)
    return tuple(found.values())


def _found(names: Iterable[str], views: Mapping[str, ResolvedView]) -> tuple[Feature, ...]:
    parts = (name.partition(".") for name in names)
    pairs = ((views.get(view), feature) for view, _, feature in parts)
    return tuple(view.features[f] for view, f in pairs if view is not None and f in view.features)


def looked_up(
    features: Iterable[Feature], views: Mapping[str, ResolvedView]
) -> dict[str, tuple[Feature, ...]]:
    """View -> its features that have to be looked up, in the view's own order."""
    needed: set[str] = set()
    for feature in features:
        needed |= {feature.full_name, *feature.others}
    found = {
        name: tuple(f for f in view.features.values() if f.expression is None and f.full_name in needed)
        for name, view in views.items()
    }
    return {name: chosen for name, chosen in found.items() if chosen}
