"""Names and references: what things of a spec may be called, and how one names another."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from mlcycle.language.base import problem
from mlcycle.language.paths import check as check_path
from mlcycle.language.words import found, shown

_NAME = re.compile(r"[a-z](_?[a-z0-9])*")
_LONGEST_NAME = 48
_LONGEST_COLUMN = 128
_LONGEST_TEXT = 10_000
_PYTHON = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*")
_SNAPSHOT = re.compile(r"[0-9a-f]{8,64}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def is_name(text: str) -> bool:
    """Whether a text may be the name of something declared."""
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def name(value: object) -> str:
    """The name of something a spec declares: lower case letters, digits and single underscores."""
    text = _text(value, "a name")
    if len(text) > _LONGEST_NAME:
        raise problem("MLC108", f"a name has at most {_LONGEST_NAME} characters; this one has {len(text)}")
    if _NAME.fullmatch(text) is None:
        help_line = "use lower case letters, digits and single underscores, beginning with a letter"
        raise problem("MLC108", f"{shown(value)} is not a name", help=help_line)
    return text


def column_name(value: object) -> str:
    """The name of a column as the data has it."""
    text = _text(value, "the name of a column")
    if not text or len(text) > _LONGEST_COLUMN or text != text.strip() or not text.isprintable():
        help_line = f"1 to {_LONGEST_COLUMN} printable characters, with no blank at either end"
        raise problem("MLC108", f"{shown(value)} is not the name of a column", help=help_line)
    return text


def column_reference(value: object) -> str:
    """`source.column`."""
    text = _text(value, "a column of a source, such as `flights.late`")
    source, dot, column = text.partition(".")
    if not dot or _NAME.fullmatch(source) is None or not column:
        raise problem("MLC115", f"{shown(value)} is not a column of a source", help="write `source.column`")
    column_name(column)
    return text


def feature_reference(value: object) -> str:
    """A feature view, or one feature of it: `view` or `view.feature`."""
    text = _text(value, "a feature view, or `view.feature`")
    view, dot, feature = text.partition(".")
    if _NAME.fullmatch(view) is None or (dot and not feature):
        raise problem(
            "MLC115", f"{shown(value)} names no feature view", help="write `view` or `view.feature`"
        )
    if dot:
        column_name(feature)
    return text


def python_reference(value: object) -> str:
    """A function of the author's own: `package.module:function`. It is never imported by checking."""
    text = _text(value, "a function such as `package.module:function`")
    if _PYTHON.fullmatch(text) is None:
        raise problem(
            "MLC118", f"{shown(value)} does not name a function", help="write `package.module:function`"
        )
    return text


def relative_path(value: object) -> str:
    """A path below the project's root, with forward slashes."""
    text = _text(value, "a path such as `data/users.parquet`")
    reason = check_path(text)
    if reason is not None:
        help_line = "paths are relative to the folder of mlcycle.yaml and stay inside it"
        raise problem("MLC111", f"the path {reason}", help=help_line)
    return text


def data_path(value: object) -> str:
    """A path below the project's root, or `s3://bucket/key`."""
    text = _text(value, "a path such as `data/users.parquet`, or `s3://bucket/key`")
    scheme, mark, rest = text.partition("://")
    if not mark:
        return relative_path(text)
    if scheme != "s3":
        raise problem("MLC220", f"`{scheme}://` is not read", help="write a path, or `s3://bucket/key`")
    bucket, _, key = rest.partition("/")
    if not bucket or not key or not text.isprintable() or ".." in rest.split("/"):
        raise problem("MLC220", f"{shown(value)} names no object", help="write `s3://bucket/key`")
    return text


def snapshot(value: object) -> str:
    """The version of a recorded table, or how it begins: 8 to 64 hexadecimal digits."""
    text = _text(value, "the version of a snapshot, such as `3f2a91c04b7e`")
    if _SNAPSHOT.fullmatch(text) is None:
        help_line = "8 digits of it or more; `mlcycle data history` lists them"
        raise problem("MLC224", f"{shown(value)} is not the version of a snapshot", help=help_line)
    return text


def email(value: object) -> str:
    """An address; only its form is looked at."""
    text = _text(value, "an email address")
    if _EMAIL.fullmatch(text) is None:
        raise problem("MLC108", f"{shown(value)} is not an email address", help="write `name@example.com`")
    return text


def _text(value: object, expected: str) -> str:
    if not isinstance(value, str):
        raise problem("MLC104", f"expected {expected}, found {found(value)}")
    return value


def no_repeats(values: tuple[str, ...]) -> tuple[str, ...]:
    """A list that names each thing once."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise problem("MLC113", f"`{value}` is listed twice", index, help="remove one")
    return values


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _schema(description: str, **keys: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, **keys})


#: What a spec calls something it declares.
Name = Annotated[
    str,
    PlainValidator(name),
    _schema(
        "A name: lower case letters, digits and single underscores.",
        pattern=f"^{_NAME.pattern}$",
        maxLength=_LONGEST_NAME,
    ),
]
ColumnName = Annotated[
    str,
    PlainValidator(column_name),
    _schema("The name of a column, as in the data.", minLength=1, maxLength=_LONGEST_COLUMN),
]
ColumnReference = Annotated[
    str,
    PlainValidator(column_reference),
    _schema("A column of a source: `source.column`.", pattern=r"^[a-z][a-z0-9_]*\..+$"),
]
FeatureReference = Annotated[
    str,
    PlainValidator(feature_reference),
    _schema("A feature view, or one feature of it: `view.feature`.", pattern=r"^[a-z][a-z0-9_]*(\..+)?$"),
]
PythonReference = Annotated[
    str,
    PlainValidator(python_reference),
    _schema("A function of your own: `package.module:function`.", pattern=f"^{_PYTHON.pattern}$"),
]
Snapshot = Annotated[
    str,
    PlainValidator(snapshot),
    _schema("The version of a recorded table, or how it begins.", pattern=f"^{_SNAPSHOT.pattern}$"),
]
ProjectFile = Annotated[
    str,
    PlainValidator(relative_path),
    _schema(
        "A path below the folder of mlcycle.yaml with forward slashes.",
        pattern=r"^(?![/~])(?!(.*/)?\.\.(/|$))[^\\:]+$",
    ),
]
DataPath = Annotated[
    str,
    PlainValidator(data_path),
    _schema(
        "A path below the folder of mlcycle.yaml with forward slashes, or `s3://bucket/key`.",
        pattern=r"^(s3://[^/]+/.+|(?![/~])(?!(.*/)?\.\.(/|$))[^\\:]+)$",
    ),
]
Email = Annotated[str, PlainValidator(email), _schema("An email address.")]
#: SQL over columns; parsed later, by the checks.
Expression = Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT)]
#: Prose for people.
Text = Annotated[str, Field(max_length=_LONGEST_TEXT)]

#: Columns, each once.
Distinct = Annotated[
    tuple[ColumnName, ...], AfterValidator(no_repeats), Field(json_schema_extra={"uniqueItems": True})
]
#: One column or a list of at least one.
Columns = Annotated[
    Distinct,
    Field(min_length=1),
    BeforeValidator(_one_or_many, json_schema_input_type=str | tuple[str, ...]),
]
