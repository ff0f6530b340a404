"""What nodes and checks are called for a person."""

from __future__ import annotations

from mlcycle.graph.node import Node


def short(name: str) -> str:
    """A node's name without its project, where the heading has that: `models/late/training`."""
    return name.partition("/")[2] or name


def labels(node: Node) -> dict[str, str]:
    """The name of each check of a node -> what to call it: `metric roc_auc` for the gate `gate.0.metric`."""
    named = {check.name: check.name for check in node.checks}
    return named | {step.name: _gate(step.kind, step.config) for step in node.steps if step.name in named}


def _gate(kind: str, config: object) -> str:
    if not isinstance(config, dict):
        return kind
    words = [kind, str(config.get("metric", ""))]
    words += ["on folds"] if config.get("on") == "folds" else []
    words += [f"against {config['against']}"] if "against" in config else []
    words += [f"by {', '.join(config['by'])}"] if config.get("by") else []
    words += [f"weighted by {config['sample_weight']}"] if "sample_weight" in config else []
    return " ".join(word for word in words if word)
