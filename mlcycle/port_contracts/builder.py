"""What every builder of services keeps to: for the suite of whoever writes an adapter.

Each contract takes a builder and a generated service's folder, with its package, that it may change; see
`feature_store` for how to run them. It raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from mlcycle.ports import Builder

Contract = Callable[[Builder, Path], None]

_SERVICE = "contract_api"


def builds_what_answers_until_it_is_left(builder: Builder, source: Path) -> None:
    """The same content is the same build, whatever its labels; other content is another.

    A started build answers at its address, and nobody does once its context is left.
    """
    built = builder.build(name=_SERVICE, source=source, labels={"project": "contract"})
    assert builder.build(name=_SERVICE, source=source, labels={}) == built, "the same content was built anew"
    with builder.start(built.path, environ={}) as running:
        running.wait_ready(path="/version")
        with urlopen(f"{running.url}/version", timeout=30) as answer:
            assert answer.status == 200
        url = running.url
    assert not _answers(url), f"the service still answers at {url}"
    (source / "README.md").write_text("Another text.\n")
    other = builder.build(name=_SERVICE, source=source, labels={"project": "contract"})
    assert (other.tag != built.tag, other.shell_digest != built.shell_digest) == (True, True)


CONTRACTS: tuple[Contract, ...] = (builds_what_answers_until_it_is_left,)


def _answers(url: str) -> bool:
    try:
        urlopen(f"{url}/version", timeout=5).close()
    except URLError:
        return False
    return True
