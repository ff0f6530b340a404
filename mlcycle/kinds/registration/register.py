"""Register a package that has passed its gates."""

from __future__ import annotations

import json

from mlcycle.kinds.gates.evidence import verify
from mlcycle.steps.package import load
from mlcycle.task import Outcome, Task


def register(task: Task) -> Outcome:
    """Verify package and evidence again, and register them once.

    Dagster lets a run of this node alone pass a failed gate by; the evidence's own record does not.
    """
    package, evaluation = task.inputs["package"], task.inputs["evaluation"]
    evidence = verify(
        evaluation.path, package_digest=package.data_version, evidence_digest=evaluation.data_version
    )
    loaded = load(package.path / "package", package.data_version)
    project, _, model, _ = task.node.name.split("/")
    name = f"{project}.{model}"
    request = [{"name": c.name, "dtype": c.dtype, "nullable": c.nullable} for c in loaded.manifest.request]
    version = task.ports.registry.register(
        model=name,
        package=package.path / "package",
        package_digest=package.data_version,
        evidence_digest=evidence.digest,
        run_id=str(task.inputs["training"].record.get("run_id", "")),
        signature={"request": request, "task": loaded.manifest.task},
        tags={"mlcycle.project": project, "mlcycle.model": model, "mlcycle.verdict": evidence.verdict},
    )
    record = {
        "model": name,
        "version": version.version,
        "package_digest": package.data_version,
        "evidence_digest": evidence.digest,
        "package_path": version.package_path,
        "run_id": version.run_id,
    }
    content = {"model": name, "package_digest": package.data_version, "evidence_digest": evidence.digest}
    (task.out / "registration.json").write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    return Outcome(
        figures={"version": version.version, "verdict": evidence.verdict},
        key_figure=f"{name} version {version.version}",
        record=record,
    )
