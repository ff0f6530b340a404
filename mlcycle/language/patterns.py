"""Regular expressions in RE2's syntax, as the library that runs them reads them."""

from __future__ import annotations


def refusal(pattern: str) -> str | None:
    """Why a pattern cannot be read, in a few words; None for one that can.

    Polars runs patterns by Rust's `regex`, which is RE2's syntax and takes linear time. Pydantic is built on
    the same library, so that nothing heavy is needed to ask it.
    """
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        told = next((line for line in lines if line.startswith("error: ")), lines[-1])
        return told.removeprefix("error: ")
    return None
