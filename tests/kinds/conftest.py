"""One lifecycle over a slice of flights, trained once for the whole run of the suite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.lifecycle import Trained


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory, example_data: Path) -> Trained:
    """About 20,000 flights: split, trained, packaged and evaluated, with MLflow over SQLite."""
    from tests.support.datasets import flights_dataset
    from tests.support.lifecycle import Lifecycle, mlflow_ports, trained

    folder = tmp_path_factory.mktemp("flights")
    frame = flights_dataset(example_data)
    return trained(Lifecycle.over(folder, mlflow_ports(folder), frame, "binary_classification"))
