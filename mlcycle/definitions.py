"""What `workspace.yaml` names: the graph of every spec of this root, for `dagster dev`.

The environment is `local` unless the variable MLCYCLE_ENVIRONMENT names another.
"""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg

from mlcycle.language.workspace import find_root, load_workspace
from mlcycle.projects import definitions
from mlcycle.telemetry import silence


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of all specs around the working directory."""
    silence(os.environ)
    root = find_root(Path.cwd())
    workspace = load_workspace(root)
    environment = workspace.environment(os.environ.get("MLCYCLE_ENVIRONMENT", "local"))
    return definitions(root, workspace.specs, environment)
