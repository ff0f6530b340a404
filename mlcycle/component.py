"""A spec as a component of a `dg` project."""

from __future__ import annotations

from typing import Any

import dagster as dg
from pydantic import BaseModel, ConfigDict

from mlcycle.language.workspace import find_root, load_workspace
from mlcycle.projects import definitions


class MlcycleSpecAttributes(BaseModel):
    """The attributes of `MlcycleSpec`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    spec: str
    """The spec's file, relative to the folder of mlcycle.yaml."""
    environment: str = "local"
    """An environment of mlcycle.yaml."""


class MlcycleSpec(dg.Component):
    """One mlcycle spec: an asset for each step of its lifecycle.

    Not `Resolvable`: that would make every attribute accept text, and wrong types would pass.
    """

    def __init__(self, attributes: MlcycleSpecAttributes) -> None:
        self.attributes = attributes

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """What Dagster checks the attributes in defs.yaml against."""
        return MlcycleSpecAttributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> MlcycleSpec:
        """The component with its checked attributes."""
        if not isinstance(attributes, MlcycleSpecAttributes):
            raise ValueError("MlcycleSpec needs the attribute `spec`")
        return cls(attributes)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The spec's definitions; the root is the nearest folder with mlcycle.yaml."""
        root = find_root(context.path)
        environment = load_workspace(root).environment(self.attributes.environment)
        return definitions(root, (self.attributes.spec,), environment)

    @classmethod
    def get_spec(cls) -> Any:
        """What `dg list components` says of it."""
        return dg.ComponentTypeSpec(description="A model's lifecycle from one mlcycle spec.")
