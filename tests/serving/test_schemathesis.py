"""What the OpenAPI document allows, and what it does not: never a 5xx, always as documented."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from mlcycle.serving.application import Application
from mlcycle.serving.journal import Journal
from mlcycle.serving.log import PredictionLog
from mlcycle.serving.metrics import Metrics
from tests.support.services import Weather, application

pytestmark = pytest.mark.slow

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
)


OPERATIONS = [
    ("POST", "/predict"),
    ("POST", "/feedback"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/version"),
]


@pytest.fixture(scope="module")
def app(service_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Application:
    log = PredictionLog(tmp_path_factory.mktemp("log"), "w", Metrics())
    return application(service_folder, store=Weather(), journal=Journal(log, 3600))


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_service_is_as_documented(app: Application, method: str, path: str, mode: GenerationMode) -> None:
    api = schemathesis.openapi.from_asgi("/openapi.json", app)
    if mode is GenerationMode.NEGATIVE and method == "GET":
        pytest.skip("there is nothing to get wrong")
    seen: Counter[int] = Counter()

    @given(case=api[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def ask(case: schemathesis.Case) -> None:
        response = case.call()
        seen[response.status_code] += 1
        # A wrong body that is too large as well is refused for its size: the check knows no 413.
        checks = [one for one in CHECKS if (response.status_code, one) != (413, negative_data_rejection)]
        case.validate_response(response, checks=checks)
        assert response.status_code < 500
        json.loads(response.content)

    ask()
    if mode is GenerationMode.POSITIVE:
        assert seen[200] + seen[202] > 0
