"""Importing Feast by way of the service's own loader."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

_LOAD = """
import os, typeguard
from mlcycle.serving import feast_library
before = typeguard.typechecked
feast = feast_library.load()
assert typeguard.typechecked is before
assert "typeguard" not in feast.Field.__init__.__code__.co_names, "instrumented by typeguard"
assert [name for name in os.environ if name.startswith("PROMETHEUS_")] == []
assert feast_library.load() is feast
"""


def test_feast_is_not_instrumented_and_changes_nothing_around_it() -> None:
    done = subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
