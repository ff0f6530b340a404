"""Limits as a sentence says them."""

from __future__ import annotations


def limits_text(metric: str, least: float | None, most: float | None) -> str:
    """`roc_auc at least 0.62`."""
    parts = [f"at least {least:g}"] if least is not None else []
    parts += [f"at most {most:g}"] if most is not None else []
    return f"`{metric}` {' and '.join(parts) or 'within what the reference shows'}"
