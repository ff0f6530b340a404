"""The generated folder of a service."""

from __future__ import annotations

import json

from mlcycle.emit.openapi import openapi
from mlcycle.emit.render import render
from mlcycle.emit.service_view import ServiceView

_TEMPLATES = ("service.py", "request.py", "bentofile.yaml", "README.md")


def service_files(view: ServiceView) -> dict[str, str]:
    """The text of every generated file by its name: the same declaration gives the same bytes."""
    files = {name: render(f"service/{name}.j2", view) for name in _TEMPLATES}
    files["openapi.json"] = openapi(view)
    return files


def active_package(digest: str) -> str:
    """The text of `packages/active.json`, which names the package that the service starts with."""
    return json.dumps({"package": digest}) + "\n"
