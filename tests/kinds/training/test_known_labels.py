"""With `predict_at` a row may be predicted so late that features of earlier labels hold its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from mlcycle.kinds.training.dataset import refuse_known_labels
from mlcycle.task import WorkError

EVENT = datetime(2013, 3, 1, 8, tzinfo=UTC)
CONFIG = {"predict_at": "asked", "label_known_after_seconds": 24 * 3600}


def rows(*hours: float) -> pl.DataFrame:
    """Rows of one event time, predicted so many hours after it."""
    asked = [EVENT + timedelta(hours=each) for each in hours]
    times = {"event_timestamp": [EVENT] * len(hours), "predict_at": asked}
    return pl.DataFrame(times, schema=dict.fromkeys(times, pl.Datetime("us", "UTC")))


def test_a_row_predicted_when_its_label_is_known_is_refused() -> None:
    with pytest.raises(WorkError, match=r"^2 rows .* predicted 2013-03-02 08:00 UTC") as refused:
        refuse_known_labels(rows(-2, 24, 30), CONFIG)
    assert refused.value.code == "MLC834"


def test_earlier_rows_and_models_without_such_features_pass() -> None:
    refuse_known_labels(rows(-2, 0, 23.9), CONFIG)
    refuse_known_labels(rows(30), {"predict_at": "asked"})
