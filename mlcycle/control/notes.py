"""What the last look at a rollout saw, in a small file beside the traffic document, for whoever asks.

It is no evidence: that goes to the audit trail with the step it was for.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlcycle.control.tick import Look

FILE = "seen.json"


def write(folder: Path, look: Look) -> None:
    """Replace the note with what `look` saw; without a rollout there is none."""
    path = folder / FILE
    if look.rollout is None:
        path.unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".", delete=False) as draft:
        json.dump(_plain(look), draft, sort_keys=True)
    Path(draft.name).replace(path)


def read(folder: Path, generation: int) -> Mapping[str, Any] | None:
    """The note on a stage: `at`, `rollout`, `stage`, `requests`, `evidence` (as the audit trail has it),
    `waiting`, `behind`. None if nobody has looked at it since `generation`."""
    try:
        found = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("generation") == generation else None


def _plain(look: Look) -> dict[str, Any]:
    rollout = look.rollout
    return {
        "generation": look.state.generation,
        "at": look.at.isoformat(),
        "rollout": rollout.id if rollout is not None else None,
        "stage": rollout.stage if rollout is not None else None,
        "requests": look.requests,
        "evidence": [asdict(found) for found in look.evidence],
        "waiting": list(look.waiting),
        "behind": look.behind,
    }
