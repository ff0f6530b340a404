"""Write the model card from what the other nodes recorded; it measures nothing itself and has no clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlcycle.emit.card import CardText, CardView, card_text
from mlcycle.kinds.gates.evidence import Evidence, verify
from mlcycle.kinds.registration import tables
from mlcycle.task import Outcome, Task

_TEXTS = (
    ("intended_use", "Intended use"),
    ("out_of_scope", "Out of scope"),
    ("caveats", "Caveats"),
    ("ethics", "Ethics"),
)
#: How the cause begins of what a retraining asked for.
_RETRAINING = "retraining "


def write(task: Task) -> Outcome:
    """Write `model_card.md`: the author's texts, data, features, gates, groups, digests."""
    package, evaluation = task.inputs["package"], task.inputs["evaluation"]
    evidence = verify(
        evaluation.path, package_digest=package.data_version, evidence_digest=evaluation.data_version
    )
    manifest = json.loads((package.path / "package" / "manifest.json").read_bytes())
    training = json.loads((task.inputs["training"].path / "training.json").read_bytes())
    config = task.node.config
    author = {**config, **config.get("card", {})}
    view = CardView(
        title=str(config.get("title") or config.get("model") or task.node.name.split("/")[2]),
        description=str(author.get("description") or ""),
        facts=_facts(task, manifest, training, evidence, author),
        texts=_texts(author),
        tables=(
            tables.sides(task.inputs["dataset"].figures, task.inputs["split"].figures),
            *tables.signs(task.inputs["split"].checks, config.get("accepted", {})),
            tables.gates(evidence),
            tables.metrics(evaluation.figures),
            *tables.folds(training, evaluation.figures),
            *tables.groups(evidence),
            tables.features(config.get("features", manifest["features"])),
            *tables.importance(training),
        ),
    )
    text = card_text(view)
    (task.out / "model_card.md").write_text(text, encoding="utf-8")
    return Outcome(figures={"characters": len(text)}, key_figure="model_card.md")


def _facts(
    task: Task,
    manifest: Mapping[str, Any],
    training: Mapping[str, Any],
    evidence: Evidence,
    author: Mapping[str, Any],
) -> tuple[tuple[str, str], ...]:
    registered = task.inputs["registration"].record
    facts = {
        "model": f"{registered.get('model')} version {registered.get('version')}",
        "owner": _owner(author.get("owner")),
        "task": manifest["task"].replace("_", " "),
        "trained because": next((c for c in task.inputs["training"].cause if c.startswith(_RETRAINING)), ""),
        "predicted before the event": tables.duration(manifest["horizon_seconds"]),
        **task.node.config.get("rows", {}),
        "decision": f"true from a score of {manifest['threshold']:g}" if manifest.get("threshold") else "",
        "verdict of the gates": evidence.verdict.replace("_", " "),
        "trees": "" if training["best_round"] is None else f"{training['best_round']:,} rounds",
        "package digest": task.inputs["package"].data_version,
        "evidence digest": evidence.digest,
        "dataset version": evidence.dataset_version,
        "split version": task.inputs["split"].data_version,
        "libraries": ", ".join(
            f"{name} {version}" for name, version in sorted(training["libraries"].items())
        ),
    }
    return tuple((name, value) for name, value in facts.items() if value)


def _owner(owner: Any) -> str:
    if isinstance(owner, Mapping):
        return ", ".join(str(value) for value in owner.values() if value)
    return str(owner or "")


def _texts(author: Mapping[str, Any]) -> tuple[CardText, ...]:
    found = []
    for key, title in _TEXTS:
        value = author.get(key)
        if isinstance(value, list | tuple):
            found.append(CardText(title=title, items=tuple(map(str, value))))
        elif value:
            found.append(CardText(title=title, text=str(value)))
    return tuple(found)
