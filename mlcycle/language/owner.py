"""Who answers for something."""

from __future__ import annotations

from typing import ClassVar

from mlcycle.language.base import SpecModel, documentation
from mlcycle.language.names import Email, Text


class Owner(SpecModel):
    """Who answers for it."""

    noun: ClassVar[str] = "owner"

    team: Text | None = documentation()
    """The team's name."""
    email: Email | None = documentation()
    """Where to write."""
