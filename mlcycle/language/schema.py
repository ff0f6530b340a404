"""The JSON Schema of specs, with descriptions, so that an editor completes and explains.

    python -m mlcycle.language.schema schema

writes it. Every kind that is installed is in it; `kind` picks the keys that are completed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mlcycle.language.base import SpecModel
from mlcycle.language.docstrings import class_doc, field_docs
from mlcycle.language.kinds import Kinds, find_kinds
from mlcycle.language.project import Project
from mlcycle.language.slots import SlotSpec
from mlcycle.language.workspace import WorkspaceSpec

_DRAFT = "http://json-schema.org/draft-07/schema#"


def json_schema(kinds: Kinds, model: type[SpecModel] = Project) -> dict[str, Any]:
    """The schema of a spec (or of another model) with the given kinds."""
    schema = _Generator(kinds).generate(model.__pydantic_core_schema__, mode="validation")
    filled = [key for key in schema.get("required", []) if not (model is Project and key == "name")]
    return {"$schema": _DRAFT, **schema, "required": filled}


def text(kinds: Kinds, model: type[SpecModel] = Project) -> str:
    """The schema as the content of a file."""
    return json.dumps(json_schema(kinds, model), indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, which knows the kinds and the docstrings."""

    def __init__(self, kinds: Kinds) -> None:
        super().__init__(by_alias=True)
        self._kinds = kinds

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        model: type[BaseModel] = schema["cls"]
        described = super().model_schema(schema)
        docs = field_docs(model)
        for name, field in model.model_fields.items():
            shown = described.get("properties", {}).get(field.alias or name)
            if shown is not None and name in docs:
                kept = {key: value for key, value in shown.items() if key not in ("title", "documentation")}
                described["properties"][field.alias or name] = {**kept, "description": docs[name]}
        described.pop("title", None)
        described["description"] = class_doc(model)
        return _with_short_forms(model, described)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What may be left out is never written as null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        return {key: value for key, value in described.items() if key != "default" or value is not None}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Keys that are no names are errors, which pydantic's own rendering lets through."""
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        values = self.generate_inner(schema["values_schema"]) if "values_schema" in schema else {}
        named = {key: value for key, value in keys.items() if key != "description"}
        return {"type": "object", "propertyNames": named, "additionalProperties": values}

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        base = schema.get("metadata", {}).get("mlcycle_base")
        return super().function_plain_schema(schema) if base is None else self._kinds_of(base)

    def _kinds_of(self, base: type[SlotSpec]) -> JsonSchemaValue:
        models = {name: base.choose(name, self._kinds) for name in base.known(self._kinds)}
        names = [{"const": name, "description": class_doc(model)} for name, model in models.items()]
        rules = [
            {"if": _picks(name), "then": self.generate_inner(model.__pydantic_core_schema__)}
            for name, model in models.items()
        ]
        mapping: JsonSchemaValue = {
            "description": class_doc(base),
            "type": "object",
            "properties": {"kind": {"description": "What it is.", "oneOf": names}} if names else {},
            "allOf": rules,
        }
        mapping |= (
            {"anyOf": [{"required": [key]} for key in ("kind", "python")]}
            if "python" in models
            else {"required": ["kind"]}
        )
        short = [name for name, model in models.items() if not _needed(model)]
        return {"anyOf": [mapping, {"type": "string", "enum": short}]} if short else mapping


def _picks(name: str) -> JsonSchemaValue:
    chosen: JsonSchemaValue = {"properties": {"kind": {"const": name}}, "required": ["kind"]}
    if name != "python":
        return chosen
    return {"anyOf": [chosen, {"required": ["python"], "not": {"required": ["kind"]}}]}


def _needed(model: type[SlotSpec]) -> list[str]:
    return [name for name, field in model.model_fields.items() if field.is_required() and name != "kind"]


def _with_short_forms(model: type[BaseModel], described: JsonSchemaValue) -> JsonSchemaValue:
    if issubclass(model, SlotSpec):
        described["required"] = [key for key in described.get("required", []) if key != "kind"]
    if issubclass(model, SpecModel) and model.short_forms:
        return {"anyOf": [*map(dict, model.short_forms), described]}
    return described


def write(folder: Path) -> None:
    """Write the schemas of specs and of `mlcycle.yaml`."""
    kinds = find_kinds(outside=())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mlcycle.schema.json").write_text(text(kinds), encoding="utf-8")
    (folder / "workspace.schema.json").write_text(text(kinds, WorkspaceSpec), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
