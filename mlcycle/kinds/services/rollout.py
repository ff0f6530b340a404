"""Put a proven package in place: `instant` gives it all traffic at once."""

from __future__ import annotations

import json

from mlcycle.kinds.gates.evidence import Evidence, verify
from mlcycle.kinds.services.replay import FILE
from mlcycle.steps.manifest import canonical_json, sha256
from mlcycle.task import Input, Outcome, Task, WorkError

CHAMPION = "champion"


def start(task: Task) -> Outcome:
    """Verify everything again, make the version champion and point the service at it.

    A rollout trusts no earlier decision: gates, replay and registration must each speak of this very package.
    Doing it twice changes nothing. Raises WorkError MLC623 to MLC625, and those of `evidence.verify`.
    """
    config = task.node.config
    digest = task.inputs["package"].data_version
    evaluation, registration = task.inputs["evaluation"], task.inputs["registration"]
    evidence = verify(evaluation.path, package_digest=digest, evidence_digest=evaluation.data_version)
    _verify_replay(task.inputs["replay"], digest, task.inputs["service"].data_version)
    version = _verify_registration(task, registration, evidence)
    previous = _champion(task, str(registration.record["model"]), version)
    active = {
        "project": task.node.group,
        "service": config["service"],
        "model": str(registration.record["model"]),
        "version": version,
        "package": digest,
        "evidence": evidence.digest,
        "bento": str(task.inputs["service"].record["tag"]),
        "path": str(task.inputs["service"].record["path"]),
    }
    task.ports.builder.activate(f"{task.node.group}/{config['service']}", active)
    meaning = {key: active[key] for key in ("service", "model", "package", "evidence", "bento")}
    (task.out / "rollout.json").write_bytes(canonical_json({**meaning, "kind": config["rollout"]["kind"]}))
    return Outcome(
        figures={"version": version, "previous": previous, "package": digest[:12]},
        key_figure=f"version {version} is champion",
        record={"version": version, "previous": previous, "champion": active["model"], **active},
    )


def _verify_replay(replay: Input, package: str, service: str) -> None:
    """The replay's own file, which must be the one whose digest the engine stored."""
    path = replay.path / FILE
    content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    if sha256(content) != replay.data_version:
        raise WorkError(
            "MLC623", "replay.json is not the file that the replay wrote", help="run the replay again"
        )
    found = json.loads(content)
    if found["package_digest"] != package or found["service"] != service:
        raise WorkError(
            "MLC624",
            f"the replay was of package {found['package_digest'][:12]} in {found['service']}, "
            f"not of {package[:12]} in {service}",
            help="run the replay of this service",
        )
    if found["verdict"] != "pass":
        raise WorkError("MLC625", f"the replay's verdict is {found['verdict']}", step="replay")


def _verify_registration(task: Task, registration: Input, evidence: Evidence) -> str:
    """The registry's version, as the registry has it now."""
    model, number = str(registration.record["model"]), str(registration.record["version"])
    version = task.ports.registry.get(model, number)
    if version is None:
        raise WorkError(
            "MLC626", f"the registry has no version {number} of {model}", help="register it again"
        )
    if (version.package_digest, version.evidence_digest) != (evidence.package_digest, evidence.digest):
        raise WorkError(
            "MLC627",
            f"version {number} of {model} was registered for another package, or on other evidence",
            help="register this package again",
        )
    return number


def _champion(task: Task, model: str, version: str) -> str | None:
    """Point the alias at `version`; returns the version it replaced, if there was another one."""
    registry = task.ports.registry
    before = registry.by_alias(model, CHAMPION)
    if before is not None and before.version == version:
        return None
    registry.set_alias(model, CHAMPION, version)
    return before.version if before is not None else None
