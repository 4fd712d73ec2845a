"""A process that forks while its other threads change, fetch and verify."""

from __future__ import annotations

import itertools
import os
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from pinjwt import Algorithm, JWKSClient, Key, KeyRing, KeySet, Policy, Signer, Verifier

T0 = 1_800_000_000
FORKS = 25


def children(work: Callable[[], object], child: Callable[[int], object]) -> list[int]:
    """Exit statuses of children, forked while four threads work; -1 for one that hangs."""
    over = threading.Event()

    def repeat() -> None:
        while not over.is_set():
            work()

    threads = [threading.Thread(target=repeat) for _ in range(4)]
    for thread in threads:
        thread.start()
    statuses = []
    try:
        for number in range(FORKS):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that threads are running is the point
                pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    child(number)
                    status = 0
                finally:
                    os._exit(status)
            statuses.append(ended(pid))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return statuses


def ended(pid: int) -> int:
    for _ in range(500):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return -1


def test_a_set_and_a_source() -> None:
    key, other = Key.generate(Algorithm.EDDSA), Key.generate(Algorithm.EDDSA)
    keys = KeySet()
    keys.add(key)
    document = keys.to_jwks().encode()
    clock = itertools.count(T0)
    policy = Policy(lifetime=100_000_000, max_lifetime=100_000_000)
    client = JWKSClient(
        "https://keys.example/", [Algorithm.EDDSA], fetch=lambda url, size: document, cooldown=1, lifetime=1
    )
    remote, local = Verifier(policy, client), Verifier(policy, keys)
    token = Signer(policy, key).sign({}, now=T0)
    lock = threading.Lock()

    def work() -> None:
        remote.verify(token, now=next(clock))
        with lock:
            keys.add(other)
            keys.remove(other.id)

    def child(number: int) -> None:
        remote.verify(token, now=T0 + 50_000_000 + number)
        keys.add(Key.generate(Algorithm.EDDSA))
        local.verify(token, now=T0)

    assert children(work, child) == [0] * FORKS


def test_a_ring_in_a_file(tmp_path: Path) -> None:
    ring = KeyRing.new(Algorithm.EDDSA, publish=0, token_lifetime=7200, now=T0)
    ring.save(str(tmp_path / "ring"))
    signer, verifier = Signer(Policy(), ring), Verifier(Policy(), ring)

    def work() -> None:
        ring.rotate(now=T0)
        verifier.verify(signer.sign({}, now=T0), now=T0)

    def child(number: int) -> None:
        ring.rotate(now=T0)
        verifier.verify(signer.sign({}, now=T0), now=T0)

    assert children(work, child) == [0] * FORKS
