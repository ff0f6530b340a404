"""Loads a package in a process of its own first: a graph that kills whoever runs it kills that one.

python -m mlcycle.serving.trial FOLDER DIGEST
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mlcycle.serving import watchdog
from mlcycle.steps.manifest import PackageError
from mlcycle.steps.package import load

#: The longest a package may take to be read and to score its examples.
SECONDS = 60.0

_REFUSED = 4


def tried(folder: Path, digest: str, *, seconds: float = SECONDS) -> None:
    """Return if the package in `folder` loads and gives its recorded scores. Raises PackageError if not."""
    # -P: what lies in the service's folder is not looked at for modules.
    command = [sys.executable, "-P", "-m", "mlcycle.serving.trial", str(folder), digest]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise PackageError(f"package {digest[:12]} was not loaded within {seconds:g} s") from None
    said = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode == _REFUSED and said:
        raise PackageError(said[-1])
    if done.returncode != 0:
        raise PackageError(f"package {digest[:12]} ended the process that tried it ({done.returncode})")


def main(arguments: list[str], owner: str | None) -> int:
    """Load the package in a folder and say what is wrong with it. Returns the exit status."""
    watchdog.tie(owner)
    folder, digest = arguments
    try:
        load(Path(folder), digest)
    except PackageError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ.get(watchdog.OWNER)))
