"""What the fields of a model mean: the docstrings below them, read from the source when documents are made.

Pydantic can collect them too (`use_attribute_docstrings`), but then whenever a model is imported, which every
command would pay for.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise

from pydantic import BaseModel


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Field name -> its docstring, those of base classes included."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            found |= _own(one)
    return found


def class_doc(model: type[BaseModel]) -> str:
    """The first paragraph of the model's docstring, on one line."""
    return " ".join((inspect.getdoc(model) or "").split("\n\n")[0].split())


def _own(model: type[BaseModel]) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found = {}
    for field, text in pairwise(body):
        named = (
            field.target.id
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            else None
        )
        if named and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[named] = " ".join(str(text.value.value).split())
    return found
