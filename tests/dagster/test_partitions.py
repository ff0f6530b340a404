"""Partitions in Dagster: what a run reads is shown, and a backfill reads what it was asked for."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
