from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import TypeAdapter

from mlcycle.emit.openapi import openapi
from mlcycle.emit.render import write_tree
from mlcycle.emit.service import service_files
from mlcycle.emit.service_view import ServiceView, service_view
from tests.support.packages import manifest
from tests.support.services import LIMITS, request_type, view

GOLDEN = Path(__file__).resolve().parent.parent / "golden"

AWKWARD: dict[str, Any] = {
    "model": "m",
    "task": "regression",
    "request": [
        {"name": "Arrival Delay", "dtype": "float64", "nullable": True},
        {"name": "class", "dtype": "string", "nullable": False},
        {"name": "schema", "dtype": "int64", "nullable": False},
        {"name": "model_name", "dtype": "bool", "nullable": False},
        {"name": "_x", "dtype": "date", "nullable": True},
        {"name": 'a"""b', "dtype": "string", "nullable": True},
    ],
    "lookups": [
        {
            "view": "a_b",
            "store_name": "s",
            "keys": ["class"],
            "features": [{"name": "x y", "dtype": "int64"}],
        },
        {"view": "ab", "store_name": "s", "keys": ["class"], "features": [{"name": "z", "dtype": "bool"}]},
        {
            "view": "text",
            "store_name": "s",
            "keys": ["class"],
            "features": [{"name": "z", "dtype": "string"}],
        },
    ],
}

PLAIN: dict[str, Any] = {
    "model": "m",
    "task": "multiclass_classification",
    "request": [{"name": "x", "dtype": "int64", "nullable": False}],
    "lookups": [],
}

MOMENT: dict[str, Any] = {
    **PLAIN,
    "request": [
        {"name": "carrier", "dtype": "string", "nullable": True},
        {"name": "as_of", "dtype": "timestamp", "nullable": False, "moment": True},
    ],
}

CONTEXT = [{"name": "flight_id", "dtype": "int64"}, {"name": "class", "dtype": "string"}]


def made(declared: dict[str, Any], **service: Any) -> ServiceView:
    config = {"name": "api", "model": "p.m", "limits": LIMITS, **service}
    return service_view(project="p", spec_file="specs/p.yaml", service=config, declared=declared)


VIEWS: dict[str, Callable[[], ServiceView]] = {
    "service_flights": lambda: view(),
    "service_awkward": lambda: made(AWKWARD),
    "service_plain": lambda: made(PLAIN),
    "service_moment": lambda: made(MOMENT),
    "service_context": lambda: made(PLAIN, context=CONTEXT, log={"sample": 0.5, "redact": ["x"]}),
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_generated_folder_is_as_expected(name: str, tmp_path: Path, golden_tree: Any) -> None:
    write_tree(tmp_path, service_files(VIEWS[name]()))
    golden_tree(GOLDEN / name, tmp_path)


@pytest.mark.parametrize("name", VIEWS)
def test_the_generated_code_is_formatted_and_lints(name: str, tmp_path: Path) -> None:
    write_tree(tmp_path, service_files(VIEWS[name]()))
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    shared = ["--isolated", "--line-length", "110", "--no-cache"]
    subprocess.run([*ruff, "format", *shared, "--check", "."], cwd=tmp_path, check=True, capture_output=True)
    rules = "E,F,W,I,B,UP,SIM,C4,RET,PIE"
    subprocess.run([*ruff, "check", *shared, "--select", rules, "."], cwd=tmp_path, check=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", VIEWS)
def test_the_generated_code_is_typed(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = str(tmp_path_factory.getbasetemp() / "mypy")
    write_tree(tmp_path, service_files(VIEWS[name]()))
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, "service.py"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", VIEWS)
def test_the_document_describes_what_the_request_module_accepts(name: str, tmp_path: Path) -> None:
    write_tree(tmp_path, service_files(VIEWS[name]()))
    actual = TypeAdapter(request_type(tmp_path)).json_schema(ref_template="#/components/schemas/{model}")
    accepted = {"Request": actual, **actual.pop("$defs")}
    schemas = json.loads((tmp_path / "openapi.json").read_text())["components"]["schemas"]
    assert {key: _bare(schemas[key]) for key in accepted} == {k: _bare(v) for k, v in accepted.items()}


def _bare(schema: Any) -> Any:
    """A schema without titles, defaults and descriptions; `required` in no order."""
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _bare(value)
        for key, value in schema.items()
        if not (key in ("title", "default", "description") and not isinstance(value, dict))
    }
    if isinstance(kept.get("required"), list):
        kept["required"] = sorted(kept["required"])
    elif "properties" in kept:
        kept["required"] = []
    return kept


def test_the_same_declaration_gives_the_same_bytes() -> None:
    assert service_files(view()) == service_files(view())


def test_a_rollout_is_no_part_of_the_shell() -> None:
    assert service_files(view(rollout={"kind": "instant"})) == service_files(view(rollout={"kind": "other"}))


@pytest.mark.parametrize("name", ["false", "none", "row", "strict", "lookups", "view1"])
def test_a_view_named_like_something_of_python_or_of_the_module_is_numbered(name: str) -> None:
    source = service_files(made({**AWKWARD, "lookups": [{**AWKWARD["lookups"][0], "view": name}]}))[
        "request.py"
    ]
    classes = [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    assert sorted(classes) == ["Lookups", "Request", "Row", "View1"]


TEXT = st.text(min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(service=TEXT, project=TEXT, file=TEXT, model=TEXT, column=TEXT, feature=TEXT, name=TEXT)
def test_no_text_of_an_author_is_code(
    service: str, project: str, file: str, model: str, column: str, feature: str, name: str
) -> None:
    declared = {
        "model": model,
        "task": "regression",
        "request": [{"name": column, "dtype": "int64", "nullable": False}],
        "lookups": [
            {
                "view": name,
                "store_name": "s",
                "keys": [column],
                "features": [{"name": feature, "dtype": "float64"}],
            }
        ],
    }
    config = {"name": service, "model": "p.m", "limits": LIMITS}
    files = service_files(service_view(project=project, spec_file=file, service=config, declared=declared))
    plain = service_files(
        made({**AWKWARD, "request": AWKWARD["request"][:1], "lookups": AWKWARD["lookups"][:1]})
    )
    assert _shape(files["service.py"]) == _shape(plain["service.py"])
    assert _names(files["request.py"]) >= {"Strict", "Request", "Row", "Lookups"}
    assert _calls(files["request.py"]) <= {"Field", "FailFast"}
    document = json.loads(files["openapi.json"])
    assert document["info"]["title"] == service
    assert set(document["components"]["schemas"]["Row"]["properties"]) == {column, "lookups"}
    bentofile = yaml.safe_load(files["bentofile.yaml"])
    assert bentofile["name"] == service
    assert bentofile["labels"] == {"project": project, "model": model}
    _is_inert_markdown(files["README.md"])


def _shape(source: str) -> list[str]:
    """The kinds of nodes of a module, in order; constants count as one kind."""
    return [type(node).__name__ for node in ast.walk(ast.parse(source))]


def _names(source: str) -> set[str]:
    tree = ast.walk(ast.parse(source))
    return {node.id for node in tree if isinstance(node, ast.Name)} | {
        node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)
    }


def _calls(source: str) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def _is_inert_markdown(source: str) -> None:
    """No HTML, links or images, and as many blocks as the template has."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(source)
    inline = [child.type for token in tokens for child in token.children or ()]
    assert not {"html_inline", "link_open", "image"} & set(inline)
    assert "html_block" not in [token.type for token in tokens]
    assert [token.type for token in tokens].count("heading_open") == 4
    assert [token.type for token in tokens].count("fence") == 1


def test_the_document_allows_keys() -> None:
    document = json.loads(openapi(view()))
    assert document["paths"]["/predict"]["post"]["security"] == [{}, {"key": []}]


def test_the_manifest_and_the_node_give_the_same_shell() -> None:
    declared = manifest()
    config = {key: declared[key] for key in ("model", "task", "request", "lookups")}
    assert service_files(view()) == service_files(
        service_view(
            project="flights",
            spec_file="specs/flights.yaml",
            service={"name": "delays_api", "model": "late", "limits": LIMITS},
            declared=config,
        )
    )
