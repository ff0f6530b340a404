"""The evidence of an evaluation: what was judged, on what, and each verdict; bound to one package."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlcycle.steps.manifest import canonical_json, sha256
from mlcycle.task import CheckResult, Table, Verdict, WorkError

FILE = "evidence.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A verified evaluation. `verdict` is the worst one of the gates that count."""

    package_digest: str
    dataset_version: str
    champion: str | None
    gates: tuple[CheckResult, ...]
    verdict: Verdict
    digest: str


def write(
    folder: Path,
    *,
    package_digest: str,
    dataset_version: str,
    champion: str | None,
    gates: Sequence[CheckResult],
    metrics: Mapping[str, Any],
) -> str:
    """Write `evidence.json` and return its digest. It has no clock and no path: same scores, same bytes."""
    content = canonical_json(
        {
            "package_digest": package_digest,
            "dataset_version": dataset_version,
            "champion": champion,
            "gates": [asdict(gate) for gate in gates],
            "metrics": dict(metrics),
        }
    )
    (folder / FILE).write_bytes(content)
    return sha256(content)


def verify(folder: Path, *, package_digest: str, evidence_digest: str) -> Evidence:
    """Read the evidence again, right before something rests on it.

    evidence_digest: the evaluation's data version, as the engine stored it. Raises WorkError: MLC520 if the
    file is not the one that was written, MLC521 if it judges another package, MLC522 if a gate that counts
    has not passed.
    """
    path = folder / FILE
    content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    if sha256(content) != evidence_digest:
        raise WorkError(
            "MLC520",
            "evidence.json is not the file that the evaluation wrote",
            help="run the evaluation again (`mlcycle run --force --select evaluation`)",
        )
    evidence = _read(content, evidence_digest)
    if evidence.package_digest != package_digest:
        raise WorkError(
            "MLC521",
            f"the evidence judges package {evidence.package_digest[:12]}, not {package_digest[:12]}",
            help="run the evaluation of this package",
        )
    blocking = [gate for gate in evidence.gates if gate.blocks]
    if blocking:
        first = blocking[0]
        raise WorkError("MLC522", f"{first.name} is {first.verdict}: {first.message}", step=first.name)
    return evidence


def _read(content: bytes, digest: str) -> Evidence:
    found = json.loads(content)
    gates = tuple(check(gate) for gate in found["gates"])
    return Evidence(
        package_digest=found["package_digest"],
        dataset_version=found["dataset_version"],
        champion=found["champion"],
        gates=gates,
        verdict=overall(gates),
        digest=digest,
    )


def check(gate: Mapping[str, Any]) -> CheckResult:
    """A gate's result as it was written."""
    table = gate.get("table")
    if table is None:
        return CheckResult(**gate)
    rows = tuple(tuple(row) for row in table["rows"])
    read = Table(title=table["title"], columns=tuple(table["columns"]), rows=rows)
    return CheckResult(**{**gate, "table": read})


def overall(gates: Sequence[CheckResult]) -> Verdict:
    """The worst verdict of gates with severity error: fail, then inconclusive, then pass."""
    counting = [gate.verdict for gate in gates if gate.severity == "error"]
    if "fail" in counting:
        return "fail"
    if "inconclusive" in counting:
        return "inconclusive"
    return "pass" if "pass" in counting else "not_applicable"
