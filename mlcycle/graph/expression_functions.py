"""The functions and operators an expression may use: what they take, what they give, and their SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mlcycle.graph.expression_duckdb import finite
from mlcycle.graph.expression_value import Dtype

Family = Literal["number", "text", "bool", "time", "any"]

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "int64": "number",
        "float64": "number",
        "string": "text",
        "bool": "bool",
        "timestamp": "time",
        "date": "time",
        "unknown": "any",
        "null": "any",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function.

    takes: what every argument has to be; "same" arguments share one dtype (numbers mix to float64).
    gives: the dtype of the result; "same" is that of the arguments.
    duckdb: its SQL from the SQL of its arguments.
    """

    name: str
    takes: Literal["number", "text", "bool", "same"]
    gives: Dtype | Literal["same"]
    duckdb: Callable[[Sequence[str]], str]
    least: int = 1
    most: int | None = 1


def _sql(template: str) -> Callable[[Sequence[str]], str]:
    return lambda arguments: template.format(*arguments, all=", ".join(arguments))


def _finite(template: str) -> Callable[[Sequence[str]], str]:
    plain = _sql(template)
    return lambda arguments: finite(plain(arguments))


def _number(name: str, *, gives: Dtype | Literal["same"] = "float64", arguments: int = 1) -> Function:
    listed = ", ".join(f"{{{i}}}" for i in range(arguments))
    return Function(
        name=name,
        takes="number",
        gives=gives,
        duckdb=_finite(f"{name}({listed})"),
        least=arguments,
        most=arguments,
    )


def _text(name: str, gives: Dtype, template: str) -> Function:
    return Function(name=name, takes="text", gives=gives, duckdb=_sql(template))


def _same(name: str) -> Function:
    return Function(name=name, takes="same", gives="same", duckdb=_sql(name + "({all})"), most=None)


def _operator(name: str, sign: str, gives: Dtype | Literal["same"] = "same") -> Function:
    return Function(
        name=name, takes="number", gives=gives, duckdb=_finite(f"({{0}} {sign} {{1}})"), least=2, most=2
    )


def _comparison(name: str, sign: str) -> Function:
    return Function(
        name=name, takes="same", gives="bool", duckdb=_sql(f"({{0}} {sign} {{1}})"), least=2, most=2
    )


def _table(*functions: Function) -> Mapping[str, Function]:
    return MappingProxyType({function.name: function for function in functions})


#: Functions that are called by name with any arguments.
FUNCTIONS = _table(
    Function(name="abs", takes="number", gives="same", duckdb=_sql("abs({0})")),
    Function(name="floor", takes="number", gives="same", duckdb=_sql("floor({0})")),
    Function(name="ceil", takes="number", gives="same", duckdb=_sql("ceil({0})")),
    _number("ln"),
    _number("log10"),
    _number("exp"),
    _number("sqrt"),
    _number("power", arguments=2),
    _same("greatest"),
    _same("least"),
    _same("coalesce"),
    _text("lower", "string", "lower({0})"),
    _text("upper", "string", "upper({0})"),
    _text("trim", "string", "trim({0})"),
    _text("length", "int64", "CAST(length({0}) AS DOUBLE)"),
    Function(name="concat", takes="text", gives="string", duckdb=_sql("concat({all})"), most=None),
)

#: Functions whose arguments have rules of their own; the translator has a method for each.
SPECIAL = ("round", "nullif", "timestamp_part", "is_holiday", "seconds_between")

OPERATORS = _table(
    _operator("add", "+"),
    _operator("subtract", "-"),
    _operator("multiply", "*"),
    _operator("divide", "/", gives="float64"),
    _operator("modulo", "%"),
    Function(name="negate", takes="number", gives="same", duckdb=_sql("(- {0})")),
    Function(name="join", takes="text", gives="string", duckdb=_sql("({0} || {1})"), least=2, most=2),
    Function(name="and", takes="bool", gives="bool", duckdb=_sql("({0} AND {1})"), least=2, most=2),
    Function(name="or", takes="bool", gives="bool", duckdb=_sql("({0} OR {1})"), least=2, most=2),
    Function(name="not", takes="bool", gives="bool", duckdb=_sql("(NOT {0})")),
    _comparison("equal", "="),
    _comparison("not_equal", "<>"),
    _comparison("less", "<"),
    _comparison("less_equal", "<="),
    _comparison("greater", ">"),
    _comparison("greater_equal", ">="),
)

#: sqlglot's node for each, where it has one of its own.
NODES: Mapping[str, str] = MappingProxyType(
    {
        "Abs": "abs", "Floor": "floor", "Ceil": "ceil", "Ln": "ln", "Exp": "exp", "Sqrt": "sqrt",
        "Pow": "power",
        "Greatest": "greatest", "Least": "least", "Coalesce": "coalesce", "Lower": "lower", "Upper": "upper",
        "Trim": "trim", "Length": "length", "Concat": "concat", "Round": "round", "Nullif": "nullif",
        "Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide", "Mod": "modulo", "Neg": "negate",
        "DPipe": "join", "And": "and", "Or": "or", "Not": "not", "EQ": "equal", "NEQ": "not_equal",
        "LT": "less",
        "LTE": "less_equal", "GT": "greater", "GTE": "greater_equal",
    }
)  # fmt: skip
