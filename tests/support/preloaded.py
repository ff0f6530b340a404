"""Imports what a run imports. A process forked from one that has done so begins its work at once."""

from __future__ import annotations

import importlib

from mlcycle.serving import feast_library

_LIBRARIES = (
    "mlflow.tracking",
    "bentoml",
    "mlcycle.cli.commands.run",
    "mlcycle.dagster.execute",
    "mlcycle.kinds.features.store",
    "mlcycle.kinds.gates.evaluate",
    "mlcycle.kinds.packages.package",
    "mlcycle.kinds.services.replay",
    "mlcycle.kinds.sources.materialize",
    "mlcycle.kinds.trainers.training",
    "mlcycle.kinds.trainers.xgboost.work",
)

feast_library.load()
for name in _LIBRARIES:
    importlib.import_module(name)
