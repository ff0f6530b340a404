"""Data sheets: what is asked of data about people has to be answered."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.lowering.lower import Lowered


def unsaid_consent(lowered: Lowered) -> Iterator[Diagnostic]:
    """A source with columns marked `pii` whose `sheet:` is silent about consent."""
    for source in lowered.resolution.sources.values():
        sheet = source.spec.sheet
        personal = [column for column in source.table.columns.values() if column.pii]
        if sheet is not None and sheet.consent is None and personal:
            first = personal[0]
            yield Diagnostic(
                code="MLC383",
                message=f"`{source.name}` has personal data and no word of consent",
                span=source.spec.key_span("sheet"),
                severity="warning",
                help="say in `consent` whether the people knew and agreed, or that nobody knows",
                related=(Related(span=first.span, message=f"`{first.name}` is personal data"),),
            )
