"""Our names as Dagster's."""

from __future__ import annotations

import re

import dagster as dg

#: The one job of a code location; schedules and the page select assets from it.
JOB = "mlcycle"

#: A run tag: `true` runs every selected asset even if nothing changed; else the names of those to run.
FORCE_TAG = "mlcycle/force"

#: What asked for a run, where that was no person, and the id of the retraining that it is.
CAUSE_TAG = "mlcycle/cause"
REQUEST_TAG = "mlcycle/retraining"

PROJECT_TAG = "mlcycle/project"
PID_TAG = "mlcycle/pid"
HOST_TAG = "mlcycle/host"


def asset_key(node: str) -> dg.AssetKey:
    """The parts of a node's name."""
    return dg.AssetKey(node.split("/"))


def op_name(node: str) -> str:
    """A node's name with the letters that Dagster allows in the name of an op."""
    return check_name(node.replace("/", "__"))


def check_name(name: str) -> str:
    """A check's name with the letters that Dagster allows."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def cause_tags(cause: str) -> dict[str, str]:
    """The tag that says what asked for a run; none where a person did."""
    return {CAUSE_TAG: cause} if cause else {}


def is_forced(tags: dict[str, str], node: str) -> bool:
    """Whether a run's tags ask for a node to run though nothing changed."""
    value = tags.get(FORCE_TAG, "")
    return value == "true" or node in value.split(",")
