"""Generate a service's folder around a model package, and build it into a bento."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlcycle import __version__
from mlcycle.emit.render import write_tree
from mlcycle.emit.service import active_package, service_files
from mlcycle.emit.service_view import service_view
from mlcycle.kinds.services.wheel import runtime_wheel, wheel_name
from mlcycle.steps.package import MANIFEST, load
from mlcycle.task import Outcome, Task

FOLDER = "service"


def build(task: Task) -> Outcome:
    """Write `service/` and build it: the generated shell, the runtime's wheel and the package by its digest.

    The data version is the bento's content, so that the same declaration, package and runtime change nothing.
    """
    package = task.inputs["package"]
    folder = task.out / FOLDER
    source = package.path / "package"
    load(source, package.data_version)
    _copy(source, folder / "packages" / package.data_version)
    write_tree(folder, _files(task, source, package.data_version))
    task.progress("building the bento", 0.3)
    config = task.node.config
    labels = {"project": task.node.group, "model": config["model"], "package": package.data_version[:12]}
    built = task.ports.builder.build(name=config["name"], source=folder, labels=labels)
    return Outcome(
        data_version=built.tag,
        figures={"tag": built.tag, "package": package.data_version[:12]},
        key_figure=built.tag,
        record={
            "tag": built.tag,
            "path": str(built.path),
            "shell_digest": built.shell_digest,
            "limits": dict(config["limits"]),
        },
    )


def _files(task: Task, package: Path, digest: str) -> dict[str, str | bytes]:
    manifest: Mapping[str, Any] = json.loads((package / MANIFEST).read_bytes())
    view = service_view(
        project=task.node.group,
        spec_file=task.node.span.file,
        service=task.node.config,
        declared=manifest,
    )
    return {
        **service_files(view),
        "packages/active.json": active_package(digest),
        f"wheels/{wheel_name(__version__)}": runtime_wheel(__version__),
    }


def _copy(source: Path, target: Path) -> None:
    """The files of a package that was verified; nothing else of its folder."""
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        shutil.copyfile(path, target / path.name)
