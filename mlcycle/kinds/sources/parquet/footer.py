"""The columns of a Parquet file, read from its footer without any library.

The base install of mlcycle has no data library, and none may be loaded to check a spec. A footer is a Thrift
structure in the compact protocol; only its schema is read. Format: https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlcycle.graph.column import DType

_MAGIC = b"PAR1"
_LONGEST = 64 * 1024 * 1024
_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(13)

#: Fields of FileMetaData and of SchemaElement.
_SCHEMA = 2
_TYPE, _REPETITION, _NAME, _CHILDREN, _CONVERTED, _LOGICAL = 1, 3, 4, 5, 6, 10
_REPEATED = 2
_PHYSICAL: Mapping[int, DType] = {
    0: "bool",
    1: "int64",
    2: "int64",
    3: "timestamp",
    4: "float64",
    5: "float64",
}
#: ConvertedType (older writers) and the LogicalType union.
_BY_CONVERTED: Mapping[int, DType] = {
    0: "string",
    4: "string",
    5: "float64",
    6: "date",
    7: "unknown",
    8: "unknown",
    9: "timestamp",
    10: "timestamp",
    19: "string",
    21: "unknown",
}
_BY_LOGICAL: Mapping[int, DType] = {
    1: "string",
    4: "string",
    5: "float64",
    6: "date",
    7: "unknown",
    8: "timestamp",
    11: "unknown",
    12: "string",
    15: "float64",
}


class NotParquet(ValueError):
    """The file is not a Parquet file that this can read."""


def columns(path: Path) -> dict[str, DType]:
    """Column -> dtype, in the file's order; `unknown` for types that mlcycle has no dtype for.

    Raises NotParquet, and OSError where the file cannot be read.
    """
    footer = _footer(path)
    try:
        metadata = _Compact(footer).structure(until=_SCHEMA)
        return dict(_top_level(metadata[_SCHEMA]))
    except (LookupError, TypeError, AttributeError, UnicodeDecodeError, RecursionError) as error:
        # A damaged footer can hold any type in any place; checking each would only say the same more slowly.
        raise NotParquet(f"{path.name} has a damaged footer") from error


def _footer(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size < 12:
            raise NotParquet(f"{path.name} is too short for a Parquet file")
        file.seek(size - 8)
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > min(size - 12, _LONGEST):
            raise NotParquet(f"{path.name} does not end as a Parquet file does")
        file.seek(size - 8 - length)
        return file.read(length)


def _top_level(elements: list[dict[int, Any]]) -> list[tuple[str, DType]]:
    if not isinstance(elements, list) or not elements:
        raise TypeError("a schema is a list that begins with its root")
    elements[0][_NAME].decode()  # which every element has, the root as well
    found: list[tuple[str, DType]] = []
    i = 1
    while i < len(elements):
        element = elements[i]
        found.append((element[_NAME].decode(), _dtype(element)))
        i = _after(elements, i)
    return found


def _after(elements: list[dict[int, Any]], i: int) -> int:
    """The index after element `i` and all below it: the tree is listed depth first."""
    open_children = 1
    while open_children:
        open_children += elements[i].get(_CHILDREN, 0) - 1
        i += 1
    return i


def _dtype(element: dict[int, Any]) -> DType:
    if element.get(_CHILDREN) or element.get(_REPETITION) == _REPEATED:
        return "unknown"
    logical = next(iter(element.get(_LOGICAL, {})), None)
    if logical is not None and logical in _BY_LOGICAL:
        return _BY_LOGICAL[logical]
    converted: int = element.get(_CONVERTED, -1)
    if converted in _BY_CONVERTED:
        return _BY_CONVERTED[converted]
    return _PHYSICAL.get(element.get(_TYPE, -1), "unknown")


class _Compact:
    """A reader of Thrift's compact protocol, as far as a footer needs it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def structure(self, until: int | None = None) -> dict[int, Any]:
        """Field id -> value; `until` stops after that field."""
        fields: dict[int, Any] = {}
        last = 0
        while (header := self._byte()) != _STOP:
            kind, step = header & 0x0F, header >> 4
            last = last + step if step else self._zigzag()
            fields[last] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind)
            if last == until:
                break
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (_I16, _I32, _I64):
            return self._zigzag()
        if kind in (_BYTE, _TRUE, _FALSE):
            return self._byte()
        if kind == _DOUBLE:
            return self._take(8)
        if kind == _BINARY:
            return self._take(self._varint())
        if kind in (_LIST, _SET):
            return self._list()
        if kind == _STRUCT:
            return self.structure()
        raise NotParquet(f"the footer holds a value of the unexpected type {kind}")

    def _list(self) -> list[Any]:
        header = self._byte()
        size = header >> 4
        if size == 15:
            size = self._varint()
        if size > len(self._data):
            raise NotParquet("the footer holds a list longer than itself")
        return [self._value(header & 0x0F) for _ in range(size)]

    def _byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def _take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise NotParquet("the footer holds a text longer than itself")
        value = self._data[self._at : self._at + size]
        self._at += size
        return value

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
