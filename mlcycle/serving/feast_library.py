"""Feast imported so that it leaves the rest of the process alone, in a third of the time."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_VARIABLES = ("PROMETHEUS_MULTIPROCESS_DIR", "PROMETHEUS_MULTIPROC_DIR")


def load() -> ModuleType:
    """The module `feast`.

    Its metrics, imported with the first read, point two environment variables at a folder of their own. That
    would turn every Prometheus value of this process and of its children (a service, say) into files there.
    So the client is imported first, and what Feast wrote to the environment is taken back.
    """
    if "feast.metrics" not in sys.modules:
        before = {name: os.environ.get(name) for name in _VARIABLES}
        with _undecorated():
            for module in ("prometheus_client", "feast.metrics", "feast.infra.online_stores.sqlite"):
                importlib.import_module(module)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
    return importlib.import_module("feast")


@contextmanager
def _undecorated() -> Iterator[None]:
    """Let typeguard leave alone what it decorates.

    Feast has its own functions check the types of their arguments, for which typeguard parses the whole
    module anew for each of them: two thirds of the time that importing Feast takes. Who calls Feast here is
    typed.
    """
    typeguard: Any = importlib.import_module("typeguard")
    checked = typeguard.typechecked
    typeguard.typechecked = _as_it_is
    try:
        yield
    finally:
        typeguard.typechecked = checked


def _as_it_is(target: Any = None, **_: Any) -> Any:
    return _as_it_is if target is None else target
