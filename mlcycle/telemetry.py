"""What the tools would report about their use, and how that is off. Leaf: imports nothing of ours."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """An environment variable that keeps a tool from reporting, or from loading what it should not."""

    tool: str
    variable: str
    value: str
    what: str


SWITCHES = (
    Switch(
        tool="dagster",
        variable="DAGSTER_DISABLE_TELEMETRY",
        value="yes",
        what="usage of its commands and page",
    ),
    Switch(tool="mlflow", variable="MLFLOW_DISABLE_TELEMETRY", value="true", what="usage of its API"),
    Switch(
        tool="bentoml", variable="BENTOML_DO_NOT_TRACK", value="true", what="builds and starts of services"
    ),
    Switch(tool="feast", variable="FEAST_USAGE", value="False", what="usage of its commands"),
    Switch(tool="nannyml", variable="NML_DISABLE_USAGE_LOGGING", value="1", what="usage of its calculators"),
    Switch(tool="dvc", variable="DVC_NO_ANALYTICS", value="true", what="usage of its commands"),
    Switch(
        tool="mlflow",
        variable="MLFLOW_ALLOW_PICKLE_DESERIALIZATION",
        value="false",
        what="(loads no pickled models)",
    ),
)


def silence(environ: MutableMapping[str, str]) -> None:
    """Set every switch that is not set yet, before the first import of a tool; children inherit it."""
    for switch in SWITCHES:
        environ.setdefault(switch.variable, switch.value)
