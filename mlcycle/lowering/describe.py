"""What each node is, in a sentence, where its author wrote none. Shown, never hashed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlcycle.graph.node import Node
from mlcycle.language.owner import Owner

_STEPS = {"clean": "cleaned", "derive": "derived", "contract": "checked"}

_OF_A_MODEL = {
    "rows": "The rows of `{0}`, each with what later events came to, where that is known already.",
    "dataset": "The rows that `{0}` learns from and is judged by, with what was known at each prediction.",
    "split": "Which rows of `{0}` train, which stop the training early, and which judge it.",
    "training": "`{0}`, fitted to its training rows after preprocessing, beside a baseline.",
    "package": "The model package of `{0}`: one graph of preprocessing and model, and what serving needs.",
    "evaluation": "What the gates found about `{0}` on its test rows.",
    "registration": "The version of `{0}` in the registry, bound to its package and to its evidence.",
    "card": "The model card of `{0}`, from recorded results.",
    "sheet": "The data sheet of the dataset of `{0}`: what is known of it, and what was measured.",
}
_OF_A_SERVICE = {
    "service": "The generated service `{0}`, built to be started.",
    "replay": "Test rows sent to `{0}` over HTTP, and the scores of training beside those that came back.",
    "rollout": "Which version `{0}` serves.",
    "predictions": "A table of predictions by the model of `{0}`.",
}


def described(node: Node, owner: Owner | None) -> Node:
    """The node with a description and an owner: its own, else these."""
    given: Mapping[str, Any] = node.documentation
    made = {"description": given.get("description") or sentence(node)}
    if owner is not None:
        made["owner"] = given.get("owner") or owner.model_dump(exclude_none=True)
    return replace(node, documentation={**given, **made})


def sentence(node: Node) -> str:
    """What a node is, from its name and its config."""
    match node.name.split("/")[1:]:
        case ["sources", name]:
            done = dict.fromkeys(_STEPS.get(step.name.partition(".")[0], "") for step in node.steps)
            return f"Rows of `{name}`, read from `{node.config['path']}`{_listed([d for d in done if d])}."
        case ["partitions", name]:
            every = node.config["every"]
            return f"Rows of `{name}`, read from `{node.config['path']}`, a {every} at a time."
        case ["sheets", name]:
            return f"The data sheet of `{name}`: what is known of it, and what was measured."
        case ["features", name]:
            return (
                f"The features of `{name}` for each `{node.config['entity']}`, from when on they were known."
            )
        case ["feature_store"]:
            return "The feature views as they are declared to the feature store."
        case ["online", name]:
            return f"The newest values of `{name}`, ready to be looked up."
        case ["models", name, part]:
            return _OF_A_MODEL[part].format(name)
        case ["monitors", name]:
            return f"What `{name}` found in the predictions of `{node.config['service']}`, chunk by chunk."
        case ["services", name, part]:
            return _OF_A_SERVICE[part].format(name)
    raise ValueError(f"no node is called {node.name}")


def _listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(f", {word}" for word in words)
    return f", {', '.join(words[:-1])} and {words[-1]}"
