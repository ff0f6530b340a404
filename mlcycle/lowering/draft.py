"""A first spec from a data file's columns: it checks as it is, and asks what only its author can know."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from mlcycle.graph.column import DType

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_IDENTIFIES = re.compile(r"(^|_)(id|key|uuid|guid)$", re.IGNORECASE)
_NAMES_ONE = re.compile(r"(^|_)(id|key|uuid|guid|number|name|email|phone|address|url)$", re.IGNORECASE)
_LABEL = re.compile(
    r"(label|target|outcome|late|delay|churn|fraud|default|spam|price|amount|score|income|^is_|^has_|^y$)",
    re.IGNORECASE,
)
_TASKS: Mapping[DType, str] = {
    "bool": "binary_classification",
    "string": "multiclass_classification",
    "int64": "regression",
    "float64": "regression",
}
_WIDTH = 100


def draft(reads: Mapping[str, str], columns: Mapping[str, DType], name: str) -> str:
    """The text of a spec for a table; reads: the keys of its source, `kind` and `path` first; `name` is what
    it is called.

    Which column is the time, the key and the label is guessed from names and dtypes, and said so.
    """
    source = _name(name)
    time = _first(columns, ("timestamp",)) or _first(columns, ("date",))
    key = next((column for column in columns if _IDENTIFIES.search(column)), None)
    labels = _labels(columns, {time, key})
    label = labels[0] if labels else None
    usable = [c for c, dtype in columns.items() if _is_feature(c, dtype) and c not in (time, key, label)]
    outcomes = [c for c in usable if _is_outcome(c)] if label is not None else []
    features = [c for c in usable if c not in outcomes] or usable
    lines = [*_head(), *_source(source, reads, time, key, label)]
    if features or _parts(time, columns):
        left_out = [c for c in outcomes if c not in features]
        lines += _view(source, features, left_out, time, columns)
        lines += _model(source, label, labels, columns) if label is not None else _no_label()
    return "\n".join(lines) + "\n"


def _name(text: str) -> str:
    """A name as the language has it."""
    cleaned = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    usable = cleaned[:1].isalpha() and cleaned not in _RESERVED
    return (cleaned if usable else f"table_{cleaned}".rstrip("_"))[:40].rstrip("_")


def _first(columns: Mapping[str, DType], dtypes: tuple[DType, ...]) -> str | None:
    return next((name for name, dtype in columns.items() if dtype in dtypes), None)


def _labels(columns: Mapping[str, DType], taken: set[str | None]) -> list[str]:
    """What could be the label, the likeliest first: true or false, then by name, then the last number."""
    left = {name: dtype for name, dtype in columns.items() if name not in taken and dtype in _TASKS}
    flags = [name for name, dtype in left.items() if dtype == "bool"]
    named = [name for name in left if _is_outcome(name)]
    numbers = [name for name, dtype in left.items() if dtype in ("int64", "float64")]
    return list(dict.fromkeys([*(f for f in flags if f in named), *flags, *reversed(named), *numbers[-1:]]))


def _is_outcome(name: str) -> bool:
    """Whether a column sounds as if it were known only afterwards: as the label, or as what gives it away."""
    return _LABEL.search(name) is not None and _NAMES_ONE.search(name) is None


def _is_feature(name: str, dtype: DType) -> bool:
    return dtype in _TASKS and not (dtype == "string" and _NAMES_ONE.search(name))


def _head() -> list[str]:
    return [
        "# yaml-language-server: $schema=../schema/mlcycle.schema.json",
        "mlcycle: 1",
        "description: What is predicted, for whom, and what they do with it?",
        "",
    ]


def _source(
    source: str, reads: Mapping[str, str], time: str | None, key: str | None, label: str | None
) -> list[str]:
    lines = ["sources:", f"  {source}:", *(f"    {name}: {_text(value)}" for name, value in reads.items())]
    if time is not None:
        lines.append(f"    timestamp: {_text(time)}  # is this when the event happened?")
    promises = []
    if key is not None:
        promises.append(f"      {_text(key)}: {{unique: true}}  # does it identify a row?")
    if label is not None and time is not None:
        asked = "how long after the event is it known?"
        promises.append(f"      {_text(label)}: {{nullable: true, available_after: 1d}}  # {asked}")
    return [*lines, *(["    columns:", *promises] if promises else [])]


def _view(
    source: str, features: list[str], left_out: list[str], time: str | None, columns: Mapping[str, DType]
) -> list[str]:
    lines = ["", "feature_views:", f"  {source}_columns:", f"    source: {source}"]
    if features:
        lines.append("    # Which of these are known when the prediction is made? Remove the others.")
        lines += _listed("    columns: ", features)
    if left_out:
        lines += _listed("    # Left out, as they sound like outcomes: ", left_out, "    # ")
    parts = _parts(time, columns)
    lines += ["    features:"] if parts else []
    lines += [
        f"      {part}: {{kind: timestamp_part, column: {_text(str(time))}, part: {part}}}" for part in parts
    ]
    return lines


def _parts(time: str | None, columns: Mapping[str, DType]) -> list[str]:
    """Parts of the time that no column is called by already."""
    if time is None:
        return []
    parts = ["day_of_week", "month_of_year"] if columns[time] == "date" else ["hour_of_day", "day_of_week"]
    return [part for part in parts if part not in columns]


def _model(source: str, label: str, labels: list[str], columns: Mapping[str, DType]) -> list[str]:
    others = ", ".join(labels[1:5])
    question = f"  # or one of {others}?" if others else ""
    return [
        "",
        "models:",
        f"  {_name(label)}:",
        f"    task: {_TASKS[columns[label]]}",
        f"    label: {_text(f'{source}.{label}')}{question}",
        f"    features: [{source}_columns]",
        "    # Left out, and so by default: a split 70/10/20 (by time if there is one), encodings by dtype,",
        "    # xgboost, a baseline gate and a champion gate, packages ubj and onnx.",
        "",
        "services:",
        f"  {_name(label)[:36]}_api:",
        f"    model: {_name(label)}",
    ]


def _no_label() -> list[str]:
    return ["", "# No column looks like a label. Under `models:` name one: `label: source.column`."]


def _listed(start: str, names: list[str], further: str | None = None) -> list[str]:
    """A list in brackets, broken where it grows too long; `further` begins the lines after the first."""
    lines, line = [], start + "["
    for i, name in enumerate(names):
        piece = _text(name) + ("," if i + 1 < len(names) else "]")
        if len(line) + len(piece) > _WIDTH:
            lines.append(line.rstrip())
            line = further or " " * (len(start) + 1)
        line += piece + " "
    return [*lines, line.rstrip()]


def _text(value: str) -> str:
    """A text as YAML reads it back."""
    path = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", value)
    plain = (path or _PLAIN.fullmatch(value)) and value.lower() not in _RESERVED
    return value if plain else json.dumps(value, ensure_ascii=False)
