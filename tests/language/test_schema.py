"""The JSON Schema: current, valid, and of one mind with the compiler."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mlcycle.language.kinds import SLOTS, find_kinds
from mlcycle.language.schema import write
from tests.diagnostics.bad_cases import FOLDER
from tests.support.documents import plain

#: What a schema cannot say: rules between keys, or about the file's name.
_BEYOND = {"MLC109", "MLC110", "MLC117", "MLC119", "MLC120", "MLC121"}


@pytest.fixture(scope="module")
def schema(repository: Path) -> dict[str, Any]:
    text = (repository / "schema" / "mlcycle.schema.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def _errors(schema: dict[str, Any], path: Path) -> list[str]:
    document = json.loads(json.dumps(plain(path.read_bytes(), path.name).data()))
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(document)]


def test_the_files_are_current(repository: Path, tmp_path: Path) -> None:
    write(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        assert (repository / "schema" / path.name).read_text() == path.read_text(), (
            "python -m mlcycle.language.schema schema"
        )


def test_it_is_a_schema(schema: dict[str, Any]) -> None:
    jsonschema.Draft7Validator.check_schema(schema)


def test_the_example_is_valid_and_names_it(schema: dict[str, Any], repository: Path) -> None:
    path = repository / "specs" / "flight_delays.yaml"
    assert _errors(schema, path) == []
    first = path.read_text().splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == repository / "schema" / "mlcycle.schema.json"


def test_mlcycle_yaml_is_valid(repository: Path) -> None:
    schema = json.loads((repository / "schema" / "workspace.schema.json").read_text())
    assert _errors(schema, repository / "mlcycle.yaml") == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("MLC1*.yaml")), ids=lambda path: path.stem)
def test_it_refuses_what_the_compiler_refuses(path: Path, schema: dict[str, Any]) -> None:
    if path.stem[:6] not in _BEYOND:
        assert _errors(schema, path)


def test_every_key_of_every_kind_is_explained(schema: dict[str, Any]) -> None:
    unexplained = [
        f"{name}.{key}"
        for name, model in schema["$defs"].items()
        for form in (model, *model.get("anyOf", []))
        for key, value in form.get("properties", {}).items()
        if "description" not in value and key != "kind"
    ]
    assert unexplained == []


def test_every_kind_is_in_it(schema: dict[str, Any]) -> None:
    text = json.dumps(schema)
    kinds = find_kinds(outside=())
    assert all(f'"const": "{name}"' in text for slot in SLOTS for name in kinds.names(slot))
