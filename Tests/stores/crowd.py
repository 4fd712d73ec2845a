"""Many at once, whose faults are not lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

Answer = TypeVar("Answer")


def together(bodies: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Run each in a thread of its own, all from one moment on, to the end of all; return what they answer.

    What one of them raises is raised here.
    """
    start = threading.Barrier(len(bodies))

    def run(body: Callable[[], Answer]) -> Answer:
        start.wait(20)
        return body()

    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(run, bodies))


def in_threads(count: int, body: Callable[[int], Answer]) -> list[Answer]:
    """Run `body` in so many threads, each with its number."""
    return together([partial(body, number) for number in range(count)])
