"""Requests that nobody means well: every answer is a 4xx in the one shape, and the service goes on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlcycle.serving.application import Application
from tests.support.packages import rows
from tests.support.services import application, client

GOOD = json.dumps({"rows": rows(1)})


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


BODIES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", ""),
    "not json": ("rows=1", ""),
    "null": ("null", ""),
    "a list": ("[]", ""),
    "a text": ('"rows"', ""),
    "a number": ("1", ""),
    "no rows": ("{}", "rows"),
    "empty rows": ('{"rows": []}', "rows"),
    "rows is an object": ('{"rows": {}}', "rows"),
    "rows is null": ('{"rows": null}', "rows"),
    "a row is a list": ('{"rows": [[]]}', "rows.0"),
    "a row is null": ('{"rows": [null]}', "rows.0"),
    "too many rows": (json.dumps({"rows": [{}] * 1001}), "rows.0.carrier"),
    "unknown key at the top": (changed('{"rows"', '{"x": 1, "rows"'), "x"),
    "unknown key in a row": (changed('{"carrier"', '{"__class__": 1, "carrier"'), "rows.0.__class__"),
    "unknown view": (changed('"weather_at_origin"', '"weather"'), "rows.0.lookups.weather"),
    "unknown feature": (changed('"wind_speed"', '"wind"'), "rows.0.lookups.weather_at_origin.wind_speed"),
    "a feature is missing": (
        changed(', "wind_speed": 3.5', ""),
        "rows.0.lookups.weather_at_origin.wind_speed",
    ),
    "a column is missing": (changed('"origin": "EWR", ', ""), "rows.0.origin"),
    "null where none is allowed": (changed('"EWR"', "null"), "rows.0.origin"),
    "a number for a text": (changed('"EWR"', "1"), "rows.0.origin"),
    "a text for a number": (changed("100.0", '"100"'), "rows.0.distance"),
    "true for a number": (changed("100.0", "true"), "rows.0.distance"),
    "a list for a number": (changed("100.0", "[1]"), "rows.0.distance"),
    "NaN": (changed("100.0", "NaN"), "rows.0.distance"),
    "Infinity": (changed("100.0", "Infinity"), "rows.0.distance"),
    "-Infinity": (changed("100.0", "-Infinity"), "rows.0.distance"),
    "infinite by its exponent": (changed("100.0", "1e999"), "rows.0.distance"),
    "larger than float32": (changed("100.0", "3.5e38"), "rows.0.distance"),
    "a number of 5,000 digits": (changed("100.0", "9" * 5000), ""),
    "a hexadecimal number": (changed("100.0", "0x10"), ""),
    "a text of 4,097 characters": (changed('"EWR"', json.dumps("x" * 4097)), "rows.0.origin"),
    "NUL in a text": (changed('"EWR"', '"a\\u0000b"'), "rows.0.origin"),
    "half a surrogate": (changed('"EWR"', '"\\ud800"'), ""),
    "a raw control character": (changed('"EWR"', '"a\x01b"'), ""),
    "a time as a number": (changed('"2013-11-01T00:15:00Z"', "1385650800"), "rows.0.scheduled_departure"),
    "a time as digits": (changed("2013-11-01T00:15:00Z", "1385650800"), "rows.0.scheduled_departure"),
    "a day for a time": (changed("2013-11-01T00:15:00Z", "2013-11-01"), "rows.0.scheduled_departure"),
    "no such day": (changed("2013-11-01T00:15:00Z", "2013-02-30T00:15:00Z"), "rows.0.scheduled_departure"),
    "before the first year": (
        changed("2013-11-01T00:15:00Z", "0001-01-01T00:00:00+23:59"),
        "rows.0.scheduled_departure",
    ),
    "a template": (changed("2013-11-01T00:15:00Z", "{{7*7}} and more"), "rows.0.scheduled_departure"),
    "10,000 brackets": ("[" * 10_000, ""),
    "10,000 nested objects": ('{"rows":' * 10_000, ""),
    "a nested row": ('{"rows": [' + '{"lookups":' * 300 + "{}" + "}" * 300 + "]}", ""),
    "two documents": (GOOD + GOOD, ""),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD.encode(), ""),
    "UTF-16": (GOOD.encode("utf-16"), ""),
    "broken UTF-8": (GOOD.encode().replace(b"EWR", b"\xff\xfe"), ""),
    "zeros": (b"\x00" * 1000, ""),
    "a pickle": (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.", ""),
}


@pytest.fixture(scope="module")
def app(service_folder: Path) -> Application:
    return application(service_folder)


def send(app: Application, method: str = "POST", path: str = "/predict", **request: Any) -> httpx.Response:
    async def work() -> httpx.Response:
        async with client(app) as service:
            return await service.request(method, path, **request)

    return asyncio.run(work())


def checked(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    problem: dict[str, Any] = json.loads(response.content)["error"]
    assert set(problem) == {"code", "message", "request_id", "details"}
    assert len(response.content) < 10_000
    return problem


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_a_400_that_names_its_place(app: Application, name: str) -> None:
    body, path = BODIES[name]
    problem = checked(send(app, content=body, headers={"content-type": "application/json"}), 400)
    assert problem["code"] == "invalid_request"
    assert path in [detail["path"] for detail in problem["details"]]
    assert send(app, json={"rows": rows(1)}).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ],
)
def test_other_media_types_are_refused(app: Application, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    assert checked(send(app, content=GOOD, headers=headers), 415)["code"] == "unsupported_media_type"


def test_compressed_bodies_are_refused(app: Application) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    checked(send(app, content=b"\x1f\x8b", headers=headers), 415)


def test_a_large_body_is_refused_by_its_length(app: Application) -> None:
    body = b'{"rows": [' + b" " * 300_000 + b"]}"
    assert checked(send(app, content=body, headers={"content-type": "application/json"}), 413)["code"]


def test_a_large_body_is_refused_while_it_arrives(app: Application) -> None:
    sent = []

    async def endless() -> Any:
        while True:
            sent.append(1)
            yield b" " * 65_536

    headers = {"content-type": "application/json"}
    checked(send(app, content=endless(), headers=headers), 413)
    assert len(sent) < 8


@pytest.mark.parametrize("length", ["-1", "abc", "1" * 5000])
def test_a_length_that_is_none_is_refused(app: Application, length: str) -> None:
    headers = {"content-type": "application/json", "content-length": length}
    checked(send(app, content=GOOD, headers=headers), 413)


def test_many_problems_are_counted_and_few_are_shown(app: Application) -> None:
    row = {f"key_{index}": 1 for index in range(10_000)}
    problem = checked(send(app, json={"rows": [row]}), 400)
    assert len(problem["details"]) == 20
    assert "10004 problems" in problem["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods(app: Application, method: str) -> None:
    response = send(app, method)
    checked(response, 405)
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path", ["/", "/predict/", "/docs.json", "/../etc/passwd", "/%00", "/predict%2f..", "/x" * 2000]
)
def test_other_paths(app: Application, path: str) -> None:
    checked(send(app, "GET", path), 404)


def test_the_input_is_not_repeated(app: Application) -> None:
    secret = "4929-1234-5678-9010"
    response = send(
        app, content=changed("100.0", json.dumps(secret)), headers={"content-type": "application/json"}
    )
    assert secret not in response.text


def test_computed_values_beyond_float32_have_an_answer(app: Application) -> None:
    huge = changed("100.0", "3.4e38").replace("3.5}", "3.4e38}")
    response = send(app, content=huge, headers={"content-type": "application/json"})
    assert response.status_code in (200, 422)
    json.loads(response.text, parse_constant=lambda text: pytest.fail(f"{text} is not JSON"))
