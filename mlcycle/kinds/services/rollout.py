"""Let a proven package take over its service, by the plan of its rollout."""

from __future__ import annotations

import json

from mlcycle.kinds.gates.evidence import Evidence, verify
from mlcycle.kinds.services.build import FOLDER
from mlcycle.kinds.services.replay import FILE
from mlcycle.rollout.codec import decode_plan
from mlcycle.rollout.state import Release, State
from mlcycle.rollout.words import in_short
from mlcycle.steps.manifest import canonical_json, sha256
from mlcycle.task import Input, Outcome, Task, WorkError


def start(task: Task) -> Outcome:
    """Verify everything again, and start the rollout: what follows of it is not this node's to wait for.

    A rollout trusts no earlier decision: gates, replay and registration must each speak of this very package.
    Doing it twice changes nothing. Raises WorkError MLC623 to MLC627, and those of `evidence.verify`.
    """
    config = task.node.config
    digest = task.inputs["package"].data_version
    evaluation, registration = task.inputs["evaluation"], task.inputs["registration"]
    evidence = verify(evaluation.path, package_digest=digest, evidence_digest=evaluation.data_version)
    _verify_replay(task.inputs["replay"], digest, task.inputs["service"].data_version)
    version = _verify_registration(task, registration, evidence)
    service = task.inputs["service"]
    release = Release(
        model=str(registration.record["model"]),
        version=version,
        package=digest,
        evidence=evidence.digest,
        bento=str(service.record["tag"]),
        path=str(service.record["path"]),
        folder=str(service.path / FOLDER),
    )
    state = task.ports.rollouts.start(
        f"{task.node.group}/{config['service']}",
        release,
        decode_plan(config["rollout"]),
        operation=f"{task.run_id}/{task.node.name}/{version}",
    )
    meaning = {key: getattr(release, key) for key in ("model", "package", "evidence", "bento")}
    content = {**meaning, "service": config["service"], "rollout": config["rollout"]}
    (task.out / "rollout.json").write_bytes(canonical_json(content))
    return _outcome(release, state)


def _outcome(release: Release, state: State) -> Outcome:
    champion, rollout = state.champion, state.rollout
    known = {
        "version": release.version,
        "package": release.package[:12],
        "champion": champion.version if champion is not None else None,
        "previous": state.previous.version if state.previous is not None else None,
    }
    return Outcome(
        figures=known,
        key_figure=in_short(state),
        record={**known, "generation": state.generation, "rollout": rollout.id if rollout else None},
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
