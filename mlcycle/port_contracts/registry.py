"""What every registry of models keeps to: for the suite of whoever writes an adapter.

Each contract takes a registry and a folder for packages of its own; see `feature_store` for how to run them.
It uses names of models of its own, so that one registry may do for all. It raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlcycle.ports import Registry, Standing, Version

Contract = Callable[[Registry, Path], None]

_SIGNATURE = {
    "request": [
        {"name": "carrier", "dtype": "string", "nullable": False},
        {"name": "seats", "dtype": "int64", "nullable": True},
    ],
    "task": "binary_classification",
}


def registers_the_same_once(registry: Registry, folder: Path) -> None:
    """The same package with the same evidence is the same version, whoever asks again."""
    first, again = (_register(registry, folder, "contract.once") for _ in range(2))
    assert first == again, f"{first} is not {again}"
    assert (first.model, first.package_digest, first.evidence_digest) == ("contract.once", "a" * 64, "b" * 64)
    assert first.aliases == ()


def registers_other_content_as_another_version(registry: Registry, folder: Path) -> None:
    """Another package, or other evidence for the same one. Versions of two models have nothing in common."""
    given: tuple[dict[str, Any], ...] = ({}, {"package_digest": "c" * 64}, {"evidence_digest": "d" * 64})
    versions = [_register(registry, folder, "contract.other", **changed) for changed in given]
    assert len({version.version for version in versions}) == 3
    for version in versions:
        assert registry.get("contract.other", version.version) == version
    assert _register(registry, folder, "contract.another").model == "contract.another"


def gives_the_package_back(registry: Registry, folder: Path) -> None:
    """Every file of it, byte for byte, also after the folder it came from is gone."""
    package = _package(folder / "given")
    expected = _content(package)
    version = _register(registry, folder, "contract.files", package=package)
    for path in sorted(package.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    found = registry.get("contract.files", version.version)
    assert found is not None
    assert _content(Path(found.package_path)) == expected


def knows_nothing_of_what_is_not_there(registry: Registry, folder: Path) -> None:
    """Neither a model, a version nor an alias that is not there is an error."""
    version = _register(registry, folder, "contract.there")
    assert registry.standing("contract.no_such") == Standing(aliases={}, tags={})
    assert registry.get("contract.no_such", "1") is None
    assert registry.get("contract.there", str(int(version.version) + 1)) is None
    assert registry.standing("contract.there").aliases == {}
    registry.delete_alias("contract.there", "champion")


def points_an_alias_at_one_version(registry: Registry, folder: Path) -> None:
    """The last that was set, and to the same one twice; other aliases stay where they are."""
    one, two = (
        _register(registry, folder, "contract.alias", evidence_digest=digit * 64).version for digit in "ef"
    )
    registry.set_alias("contract.alias", "first", one)
    for version in (one, two, two):
        registry.set_alias("contract.alias", "champion", version)
        assert registry.standing("contract.alias").aliases == {"first": one, "champion": version}
    assert (_aliases(registry, one), _aliases(registry, two)) == (("first",), ("champion",))
    for _ in range(2):
        registry.delete_alias("contract.alias", "champion")
        assert registry.standing("contract.alias").aliases == {"first": one}


def keeps_the_last_value_of_a_tag(registry: Registry, folder: Path) -> None:
    """Of the model, each tag apart."""
    _register(registry, folder, "contract.tags")
    registry.set_tag("contract.tags", "other", "é")
    for value in ("1", "2"):
        registry.set_tag("contract.tags", "rollout", value)
        assert registry.standing("contract.tags").tags == {"other": "é", "rollout": value}


CONTRACTS: tuple[Contract, ...] = (
    registers_the_same_once,
    registers_other_content_as_another_version,
    gives_the_package_back,
    knows_nothing_of_what_is_not_there,
    points_an_alias_at_one_version,
    keeps_the_last_value_of_a_tag,
)


def _register(
    registry: Registry, folder: Path, model: str, package: Path | None = None, **changed: Any
) -> Version:
    given: dict[str, Any] = {"package_digest": "a" * 64, "evidence_digest": "b" * 64, **changed}
    return registry.register(
        model=model,
        package=package or _package(folder / "package"),
        run_id="",
        signature=_SIGNATURE,
        tags={"mlcycle.project": "contract"},
        **given,
    )


def _package(folder: Path) -> Path:
    (folder / "deep").mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "model.onnx").write_bytes(bytes(range(256)))
    (folder / "deep" / "more.txt").write_text("é")
    return folder


def _content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _aliases(registry: Registry, version: str) -> tuple[str, ...]:
    found = registry.get("contract.alias", version)
    return found.aliases if found else ()
