"""The OpenAPI document of a service, made from its declaration alone: no generated code is run for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mlcycle.emit.service_view import FieldView, ServiceView

Schema = dict[str, Any]

#: The schemas of mlcycle.serving.types, type by type.
_TYPES: Mapping[str, Schema] = {
    "Integer": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "Number": {"type": "number", "minimum": -3.4028234663852886e38, "maximum": 3.4028234663852886e38},
    "Flag": {"type": "boolean"},
    "Text": {"type": "string", "maxLength": 4096, "pattern": "^[^\\x00]*$"},
    "Instant": {"type": "string", "format": "date-time"},
    "Day": {"type": "string", "format": "date"},
}

_ERRORS: Mapping[str, str] = {
    "400": "The request is not what the schema says; `details` names each place.",
    "401": "No valid API key.",
    "413": "The body is too large.",
    "415": "The body is not plain JSON.",
    "422": "The model has no score for these values.",
    "429": "Too many requests at once.",
    "503": "Not ready, or the online store cannot be read.",
    "504": "No answer in time.",
}


def openapi(view: ServiceView) -> str:
    """The document as JSON text."""
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": view.service,
            "version": view.digest,
            "description": f"Predictions of {view.model}.",
        },
        "paths": _paths(),
        "components": {
            "schemas": {**_request(view), **_answers(view.task), **_labels(view)},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
        },
        **_terms(view),
    }
    return json.dumps(document, indent=2) + "\n"


def _terms(view: ServiceView) -> Schema:
    """What the runtime reads of this document (`mlcycle.serving.terms`); nothing where the defaults hold."""
    log = view.log
    terms = {
        **({"context": [[field.column, field.dtype] for field in view.context]} if view.context else {}),
        **({"sample": log.sample} if log.sample != 1.0 else {}),
        **({"redact": list(log.redact)} if log.redact else {}),
    }
    return {"x-mlcycle": terms} if terms else {}


def _paths() -> Schema:
    errors = {status: _error(text) for status, text in _ERRORS.items()}
    predict: Schema = {
        "operationId": "predict",
        "security": [{}, {"key": []}],
        "requestBody": {"required": True, "content": _json("Request")},
        "responses": {
            "200": {"description": "A prediction for each row.", "content": _json("Answer")},
            **errors,
        },
    }
    refused = {status: error for status, error in errors.items() if status != "422"}
    taken = {"description": "The labels are recorded.", "content": _json("Taken")}
    feedback: Schema = {
        "operationId": "feedback",
        "security": [{}, {"key": []}],
        "requestBody": {"required": True, "content": _json("Labels")},
        "responses": {"202": taken, **refused, "503": _error("Not ready, or there is no log to write to.")},
    }
    ready = {"503": _error(_ERRORS["503"])}
    return {
        "/predict": {"post": predict},
        "/feedback": {"post": feedback},
        "/health/live": {"get": _get("live", "The process is up.", "Status")},
        "/health/ready": {"get": _get("ready", "The model is loaded and checked.", "Status", ready)},
        "/version": {"get": _get("version", "What answers.", "Version", ready)},
    }


def _get(operation: str, text: str, schema: str, errors: Schema | None = None) -> Schema:
    answer = {"description": text, "content": _json(schema)}
    return {"operationId": operation, "responses": {"200": answer, **(errors or {})}}


def _json(schema: str) -> Schema:
    return {"application/json": {"schema": _reference(schema)}}


def _reference(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def _error(text: str) -> Schema:
    return {"description": text, "content": _json("Error")}


def _object(properties: Schema, required: Sequence[str] | None = None) -> Schema:
    """An object that has these properties and no others; all of them required unless listed."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(properties if required is None else required),
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _typed(field: FieldView) -> Schema:
    return _or_null(_TYPES[field.type]) if field.nullable else _TYPES[field.type]


def _request(view: ServiceView) -> Schema:
    """The schemas of the generated request module."""
    row = {field.column: _typed(field) for field in (*view.fields, *view.context)}
    required = [field.column for field in view.fields if not field.optional]
    schemas: Schema = {}
    if view.lookups:
        for lookup in view.lookups:
            schemas[lookup.type] = _object({field.column: _typed(field) for field in lookup.fields})
        given = {lookup.field.column: _or_null(_reference(lookup.type)) for lookup in view.lookups}
        schemas["Lookups"] = _object(given, required=())
        row["lookups"] = _or_null(_reference("Lookups"))
    schemas["Row"] = _object(row, required)
    rows = {"type": "array", "items": _reference("Row"), "minItems": 1, "maxItems": view.limits.max_rows}
    schemas["Request"] = _object({"rows": rows})
    return schemas


def _answers(task: str) -> Schema:
    """The schemas of everything a service answers."""
    text: Schema = {"type": "string"}
    names: Schema = {"type": "array", "items": text}
    score: Schema = {"type": "number"}
    decision: Schema = {"type": ["boolean", "integer", "string"]}
    if task == "multiclass_classification":
        score = {"type": "object", "additionalProperties": {"type": "number"}}
    if task == "regression":
        decision = {"type": "null"}
    prediction = {"score": score, "decision": decision, "stale": names, "missing": names}
    version = {"model": text, "version": _or_null(text), "package": text}
    arm = {"version": _or_null(text), "package": text, "weight": {"type": "number"}}
    followed = {"generation": {"type": "integer"}, "arms": {"type": "array", "items": _object(arm)}}
    about = {"service": text, "project": text, **version}
    detail = {"path": text, "message": text}
    details = {"type": "array", "items": _reference("Detail")}
    error = _object({"code": text, "message": text, "request_id": text, "details": details})
    predictions = {"type": "array", "items": _reference("Prediction")}
    return {
        "Prediction": _object(prediction),
        "Answer": _object({"request_id": text, **version, "predictions": predictions}),
        "Status": _object({"status": text}),
        "Version": _object({**about, **followed}, required=tuple(about)),
        "Detail": _object(detail),
        "Error": _object({"error": error}),
    }


#: What a prediction should have been, as each task has it.
_LABELS: Mapping[str, Schema] = {
    "binary_classification": _TYPES["Flag"],
    "multiclass_classification": {"anyOf": [_TYPES["Flag"], _TYPES["Integer"], _TYPES["Text"]]},
    "regression": _TYPES["Number"],
}


def _labels(view: ServiceView) -> Schema:
    """The schemas of `POST /feedback`."""
    most = view.limits.max_rows
    label = {
        "request_id": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        "row": {"type": "integer", "minimum": 0, "maximum": most - 1, "default": 0},
        "label": _LABELS[view.task],
    }
    labels = {"type": "array", "items": _reference("Label"), "minItems": 1, "maxItems": most}
    return {
        "Label": _object(label, required=("request_id", "label")),
        "Labels": _object({"labels": labels}),
        "Taken": _object({"request_id": {"type": "string"}, "labels": {"type": "integer"}}),
    }
