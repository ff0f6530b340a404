"""Croissant 1.0 (MLCommons): a table as JSON-LD that other tools read it by, with what responsible use asks.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_CROISSANT = "http://mlcommons.org/croissant/"
_TERMS = (
    *("citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet"),
    *("format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet"),
    *("references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField"),
    "transform",
)
_TYPES: Mapping[str, str] = {
    "int64": "sc:Integer",
    "float64": "sc:Float",
    "bool": "sc:Boolean",
    "string": "sc:Text",
    "timestamp": "sc:DateTime",
    "date": "sc:Date",
}
_SPDX = re.compile(r"[A-Za-z0-9.+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a file. dtype: one of `Column.dtype`."""

    name: str
    dtype: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The rows of one Parquet file. key: the columns that identify a row."""

    name: str
    description: str
    file: str
    sha256: str
    size: int
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Croissant:
    """A dataset. digest: its data version. published: a day; texts that nobody gave are empty and left out.

    responsible: properties of the RAI vocabulary (https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html).
    """

    name: str
    description: str
    digest: str
    records: tuple[Records, ...]
    license: str = ""
    citation: str = ""
    url: str = ""
    published: str = ""
    creators: str = ""
    responsible: Mapping[str, str | list[str]] = field(default_factory=dict)


def croissant_text(view: Croissant) -> str:
    """The document as JSON text; the same view gives the same text.

    A version has to begin with three numbers there: `1.0.0+<data version>`.
    """
    responsible = {f"rai:{name}": said for name, said in view.responsible.items() if said}
    conforms = [f"{_CROISSANT}1.0", *([f"{_CROISSANT}RAI/1.0"] if responsible else [])]
    said = {
        "license": _license(view.license),
        "citeAs": view.citation,
        "url": view.url,
        "datePublished": view.published,
        "creator": {"@type": "sc:Organization", "name": view.creators} if view.creators else "",
    }
    document = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "name": view.name,
        "description": view.description,
        "conformsTo": conforms if len(conforms) > 1 else conforms[0],
        "version": f"1.0.0+{view.digest}",
        **{key: value for key, value in said.items() if value},
        **responsible,
        "distribution": [_file(each) for each in view.records],
        "recordSet": [_records(each) for each in view.records],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _context() -> dict[str, Any]:
    """The context that the specification gives, letter by letter but for its order."""
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": _CROISSANT,
        "rai": f"{_CROISSANT}RAI/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **{term: f"cr:{term}" for term in _TERMS},
    }


def _license(license: str) -> str:
    """The address of a licence: SPDX has one for each identifier."""
    return f"https://spdx.org/licenses/{license}.html" if _SPDX.fullmatch(license) else license


def _file(records: Records) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": records.file,
        "name": records.file,
        "contentUrl": records.file,
        "contentSize": f"{records.size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": records.sha256,
    }


def _records(records: Records) -> dict[str, Any]:
    ids = _ids(records)
    key = [{"@id": ids[name]} for name in records.key if name in ids]
    return {
        "@type": "cr:RecordSet",
        "@id": records.name,
        "name": records.name,
        "description": records.description,
        **({"key": key if len(key) > 1 else key[0]} if key else {}),
        "field": [_field(each, ids[each.name], records.file) for each in records.fields],
    }


def _field(column: Field, id: str, file: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": id,
        "name": column.name,
        **({"description": column.description} if column.description else {}),
        "dataType": _TYPES.get(column.dtype, "sc:Text"),
        "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
    }


def _ids(records: Records) -> dict[str, str]:
    """Column -> its identifier, which takes no blanks and no signs of its own: `rows/flight_id`."""
    found: dict[str, str] = {}
    for column in records.fields:
        base = f"{records.name}/{re.sub(r'[^A-Za-z0-9_.-]+', '_', column.name)}"
        taken, number, id = set(found.values()), 1, base
        while id in taken:
            number += 1
            id = f"{base}-{number}"
        found[column.name] = id
    return found
