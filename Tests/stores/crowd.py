"""Many at once, whose faults are not lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial


def together(bodies: Sequence[Callable[[], object]]) -> None:
    """Run each in a thread of its own, all from one moment on, to the end of all; what one of them raises is
    raised here."""
    faults: list[BaseException] = []
    start = threading.Barrier(len(bodies))

    def guarded(body: Callable[[], object]) -> None:
        try:
            start.wait()
            body()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def in_threads(count: int, body: Callable[[int], object]) -> None:
    """Run `body` in so many threads, each with its number."""
    together([partial(body, number) for number in range(count)])
