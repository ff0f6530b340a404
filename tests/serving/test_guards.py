"""What keeps a challenger from doing harm: the breaker, and the threads beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from mlcycle.serving.aside import MOST_LOST, Aside, Full
from mlcycle.serving.breaker import LEAST, PAUSE, Breaker
from mlcycle.steps.onnx import Stop

pytestmark = pytest.mark.slow


def opened() -> Breaker:
    breaker = Breaker()
    for _ in range(LEAST):
        breaker.saw(True, 0.0, 0.0)
    return breaker


def test_a_breaker_opens_at_a_rate_and_not_at_a_row_of_failures() -> None:
    breaker = Breaker()
    for index in range(40):
        breaker.saw(index % 3 == 0, 0.0, 0.0)
    for _ in range(5):
        breaker.saw(True, 0.0, 0.0)
    assert breaker.allows(0.0)
    few = Breaker()
    for _ in range(LEAST - 1):
        few.saw(True, 0.0, 0.0)
    assert few.allows(0.0)
    assert not opened().allows(0.0)


def test_an_open_breaker_lets_one_through_after_a_pause() -> None:
    breaker = opened()
    assert not breaker.allows(PAUSE - 0.1)
    assert breaker.allows(PAUSE)
    assert not breaker.allows(PAUSE + 0.1)
    breaker.saw(False, 0.0, PAUSE + 0.2)  # one that began before it opened
    assert not breaker.allows(PAUSE + 0.2)
    breaker.saw(False, PAUSE, PAUSE + 0.3)
    assert breaker.allows(PAUSE + 0.3)


def test_a_call_gives_its_result_or_raises() -> None:
    def fail(stop: Stop) -> int:
        raise LookupError("no")

    async def work() -> int:
        aside = Aside("test")
        with pytest.raises(LookupError):
            await aside.call(fail, 5)
        return sum(await asyncio.gather(*(aside.call(lambda stop: 1, 5) for _ in range(64))))

    assert asyncio.run(work()) == 64


class Held:
    """Work that does not heed its stop, until it is released."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def __call__(self, stop: Stop) -> None:
        self.release.wait(30)


async def gone(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def threads() -> int:
    return sum(thread.name == "hung" for thread in threading.enumerate())


def test_threads_that_hang_are_replaced_a_few_times_and_come_back() -> None:
    held = Held()

    async def work() -> None:
        aside = Aside("hung")
        for _ in range(MOST_LOST):
            with pytest.raises(TimeoutError):
                await aside.call(held, 0.02)
        with pytest.raises(Full):
            await aside.call(lambda stop: 1, 5)
        held.release.set()
        await gone(lambda: threads() <= 2)
        assert await aside.call(lambda stop: 1, 5) == 1

    asyncio.run(work())


def test_a_hung_thread_leaves_the_others_at_work() -> None:
    held = Held()

    async def work() -> int:
        aside = Aside("hung")
        with pytest.raises(TimeoutError):
            await aside.call(held, 0.02)
        return sum(await asyncio.gather(*(aside.call(lambda stop: 1, 5) for _ in range(8))))

    assert asyncio.run(work()) == 8
    held.release.set()


def test_too_many_calls_at_once_are_refused_and_what_waits_too_long_is_not_begun() -> None:
    held, begun = Held(), []

    async def work() -> list[object]:
        aside = Aside("hung")
        calls = [aside.call(held, 0.5, 8) for _ in range(2)]
        calls += [aside.call(begun.append, 0.4, 8) for _ in range(7)]
        return await asyncio.gather(*calls, return_exceptions=True)

    found = asyncio.run(work())
    held.release.set()
    assert [type(one) for one in found] == [TimeoutError] * 8 + [Full]
    assert begun == []


def test_a_call_that_heeds_its_stop_costs_no_thread() -> None:
    async def work() -> int:
        aside = Aside("hung")
        for _ in range(3 * MOST_LOST):
            seen = threading.Event()

            def wait(stop: Stop, seen: threading.Event = seen) -> None:
                while not stop.options.terminate:
                    seen.wait(0.005)

            with pytest.raises(TimeoutError):
                await aside.call(wait, 0.01)
            await gone(lambda: aside._lost == 0)
        return await aside.call(lambda stop: 1, 5)

    assert asyncio.run(work()) == 1


def test_calls_are_not_taken_while_nothing_gets_done() -> None:
    held = Held()

    async def work() -> None:
        aside = Aside("hung")
        stuck = [asyncio.create_task(aside.call(held, 30)) for _ in range(2)]
        await asyncio.sleep(0.1)
        with pytest.raises(TimeoutError):  # it has long enough itself
            await aside.call(held, 0.4)
        with pytest.raises(Full):
            await aside.call(held, 0.1)
        held.release.set()
        await asyncio.gather(*stuck)

    asyncio.run(work())
