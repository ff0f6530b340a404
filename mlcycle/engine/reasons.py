"""Which parts of an identity changed, said in the author's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlcycle.diagnostics.span import Span
from mlcycle.engine.decisions import Reason
from mlcycle.engine.differences import Path, differences
from mlcycle.engine.places import same
from mlcycle.graph.libraries import ABSENT
from mlcycle.graph.node import Node
from mlcycle.store.result import IdentityParts

_SHOWN = 3
_MOST = 5
_READABLE = 24
_NUMBERED = re.compile(r"^(?P<list>[a-z_]+)\.(?P<index>\d+)(\.[a-z0-9_]+)?$")


Nearer = Callable[[Span, Path], Span]


def reasons(
    node: Node, before: IdentityParts, after: IdentityParts, nearer: Nearer = same
) -> tuple[Reason, ...]:
    """Every difference between the parts of the last result and those of now; empty when they are equal.

    nearer: finds the line of a key below the place of a node or step.
    """
    return (
        *_observed(node, before, after),
        *_inputs(node, before, after),
        *_config(node, before, after, nearer),
        *_code(before, after),
        *_libraries(before, after),
        *_rest(node, before, after),
    )


def _observed(node: Node, before: IdentityParts, after: IdentityParts) -> Iterator[Reason]:
    for fact in sorted({*before.observed, *after.observed}):
        old, new = before.observed.get(fact), after.observed.get(fact)
        if old == new and (fact in before.observed) == (fact in after.observed):
            continue
        scheme, _, rest = fact.partition(":")
        if scheme in ("file", "files"):
            yield Reason(kind="data", text=f"data changed: {rest}", span=node.span)
        elif scheme == "version":
            yield Reason(kind="data", text=f"data changed: {rest}{_versions(old, new)}", span=node.span)
        elif scheme == "snapshot":
            yield Reason(kind="data", text=f"another snapshot is pinned: {_short(new)}", span=node.span)
        elif scheme == "now":
            yield Reason(kind="observed", text=f"time passed: {old} -> {new}")
        elif scheme == "online_store":
            yield Reason(kind="observed", text=f"the online store is another: {old or 'unknown'} -> {new}")
        elif scheme == "predictions":
            yield Reason(
                kind="observed", text=f"predictions of {rest}: {_closed(new)}, before {_closed(old)}"
            )
        elif scheme == "champion":
            yield Reason(
                kind="observed", text=f"the champion of {rest} is another: {_short(old)} -> {_short(new)}"
            )


def _inputs(node: Node, before: IdentityParts, after: IdentityParts) -> Iterator[Reason]:
    for role in sorted({*before.inputs, *after.inputs}):
        old, new = before.inputs.get(role), after.inputs.get(role)
        if old == new:
            continue
        if new is None:
            yield Reason(kind="input", text=f"input {role} is gone")
        elif old is None:
            yield Reason(kind="input", text=f"input {role} ({node.inputs[role]}) is new")
        else:
            yield Reason(kind="input", text=f"input {role} changed: {node.inputs[role]}")


def _config(node: Node, before: IdentityParts, after: IdentityParts, nearer: Nearer) -> Iterator[Reason]:
    found = list(_config_changes(node, before, after, nearer))
    yield from found[:_MOST]
    if len(found) > _MOST:
        yield Reason(kind="config", text=f"{len(found) - _MOST} more keys changed", span=node.span)


def _config_changes(
    node: Node, before: IdentityParts, after: IdentityParts, nearer: Nearer
) -> Iterator[Reason]:
    for found in differences(before.config, after.config):
        yield Reason(kind="config", text=found.said(), span=nearer(node.span, found.path))
    old_steps = {step["name"]: step for step in before.steps}
    new_steps = {step["name"]: step for step in after.steps}
    spans = {step.name: step.span for step in node.steps}
    for name in dict.fromkeys((*old_steps, *new_steps)):
        place, span = author_path(name), spans.get(name, node.span)
        if name not in new_steps:
            yield Reason(kind="config", text=f"{place} was taken out", span=node.span)
        elif name not in old_steps:
            yield Reason(kind="config", text=f"{place} is new", span=span)
        else:
            old, new = old_steps[name], new_steps[name]
            for found in differences(_meant(old), _meant(new)):
                yield Reason(kind="config", text=found.said(place), span=nearer(span, found.path))
    if list(old_steps) != list(new_steps) and old_steps.keys() == new_steps.keys():
        yield Reason(kind="config", text="the order of steps changed", span=node.span)


def _meant(step: Mapping[str, Any]) -> dict[str, Any]:
    return {**step["config"], "work": step["work"]}


def author_path(step: str) -> str:
    """`gate.0.metric` as the author wrote it: `gates[0]`; other step names stay as they are."""
    match = _NUMBERED.match(step)
    if match is None:
        return step
    name = {"gate": "gates", "signal": "signals"}.get(match["list"], match["list"])
    return f"{name}[{match['index']}]"


def _code(before: IdentityParts, after: IdentityParts) -> Iterator[Reason]:
    if before.work != after.work:
        yield Reason(kind="code", text=f"its work is another function: {before.work} -> {after.work}")
    names = {*before.code, *after.code}
    changed = sorted(name for name in names if before.code.get(name) != after.code.get(name))
    if changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        yield Reason(kind="code", text=f"this step's code changed ({', '.join(changed[:_SHOWN])}{more})")


def _libraries(before: IdentityParts, after: IdentityParts) -> Iterator[Reason]:
    for name in sorted({*before.libraries, *after.libraries}):
        old, new = before.libraries.get(name), after.libraries.get(name)
        if old is not None and new is not None and old != new:
            yield Reason(kind="library", text=f"library {name} changed: {old} -> {new}")
        elif old != new and ABSENT not in (old, new):
            yield Reason(
                kind="library", text=f"library {name} {new} is used now" if new else f"{name} is not used now"
            )


def _rest(node: Node, before: IdentityParts, after: IdentityParts) -> Iterator[Reason]:
    if before.checks != after.checks:
        names = {*before.checks, *after.checks}
        changed = sorted(name for name in names if before.checks.get(name) != after.checks.get(name))
        yield Reason(kind="checks", text=f"its checks changed: {', '.join(changed)}", span=node.span)
    if before.sample != after.sample:
        yield Reason(kind="sample", text=f"another share of the rows: {before.sample:g} -> {after.sample:g}")


def _closed(fact: str | None) -> str:
    """`1,200 requests and 300 labels until 2013-12-05 00:00` of an observed fact."""
    if fact is None:
        return "none"
    until, requests, labels = fact.split(" ")
    return f"{int(requests):,} requests and {int(labels):,} labels until {until[:16].replace('T', ' ')}"


def _versions(old: str | None, new: str | None) -> str:
    """` (version 3 -> 4)`, where both are short enough to be read."""
    shown = [value for value in (old, new) if value and len(value) <= _READABLE]
    return f" ({shown[0]} -> {shown[1]})" if len(shown) == 2 else ""


def _short(value: str | None) -> str:
    return value[:12] if value else "none"
