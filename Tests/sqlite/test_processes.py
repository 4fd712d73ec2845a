"""Threads, processes, forks and kills at one database."""

import ctypes
import multiprocessing
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Final

from crowd import in_threads
from sqlite_abi import Refused, Status, Store, Verdict

# make test runs a tenth of what the long run does.
LONG: Final = int(os.environ.get("PINJWT_LONG", "0"))
KILLS: Final = 200 if LONG else 20
FORKS: Final = 500 if LONG else 50
ROTATIONS: Final = 500


def in_child(body: Callable[[], None]) -> int:
    """Runs `body` in a fork; its process id."""
    pid = os.fork()
    if pid != 0:
        return pid
    # A child that hangs is killed by the alarm, which its exit status then tells.
    signal.alarm(60)
    try:
        body()
        os._exit(0)
    except BaseException as failure:
        print(repr(failure), file=sys.stderr, flush=True)
        os._exit(1)


def exit_codes(pids: list[int]) -> list[int]:
    return [os.waitpid(pid, 0)[1] for pid in pids]


def check_whole(path: pathlib.Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_many_threads_rotate_one_token_once(tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "s.db")
    store.login(1)
    verdicts: Counter[Verdict] = Counter()
    barrier = threading.Barrier(64)

    def refresh(_number: int) -> None:
        for generation in range(ROTATIONS // 10):
            barrier.wait()
            rotated = store.refresh(1, generation)
            assert rotated.generation == generation + 1
            verdicts[rotated.verdict] += 1

    in_threads(64, refresh)
    assert verdicts[Verdict.ROTATED] == ROTATIONS // 10
    assert verdicts[Verdict.REPLAYED] == 63 * ROTATIONS // 10
    store.close()


def test_many_threads_lose_no_session(tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "s.db")

    def live(number: int) -> None:
        store.login(number, user=f"user {number}")
        for generation in range(20):
            assert store.refresh(number, generation).verdict == Verdict.ROTATED

    in_threads(64, live)
    assert store.live() == 64
    for number in range(64):
        assert store.refresh(number, 20).generation == 21
    store.close()


def test_starts_no_thread_and_leaves_no_file_open(tmp_path: pathlib.Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    store = Store(tmp_path / "s.db")
    in_threads(8, store.login)
    # A thread that has been joined may not have left the system's list yet.
    for _ in range(100):
        if len(os.listdir("/proc/self/task")) == threading.active_count():
            break
        time.sleep(0.01)
    assert len(os.listdir("/proc/self/task")) == threading.active_count()
    store.close()
    assert set(os.listdir("/proc/self/fd")) == before


def test_processes_rotate_one_token_once(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    barrier = multiprocessing.get_context("fork").Barrier(4)
    reading, writing = os.pipe()

    def refresh() -> None:
        store = Store(f"sqlite:{path}?busy_ms=30000")
        verdicts: Counter[Verdict] = Counter()
        for generation in range(ROTATIONS // 5):
            barrier.wait()
            rotated = store.refresh(1, generation)
            assert rotated.generation == generation + 1
            verdicts[rotated.verdict] += 1
        os.write(writing, f"{verdicts[Verdict.ROTATED]} {verdicts[Verdict.REPLAYED]}\n".encode())
        store.close()

    store = Store(path)
    store.login(1)
    assert exit_codes([in_child(refresh) for _ in range(4)]) == [0] * 4
    os.close(writing)
    with os.fdopen(reading) as pipe:
        counts = [tuple(map(int, line.split())) for line in pipe]
    assert sum(rotated for rotated, _ in counts) == ROTATIONS // 5
    assert sum(replayed for _, replayed in counts) == 3 * ROTATIONS // 5
    store.close()


def test_processes_lose_no_session(tmp_path: pathlib.Path) -> None:
    """Four processes of a server that opened its store before it forked, four threads in each."""
    path = tmp_path / "s.db"
    store = Store(f"sqlite:{path}?busy_ms=30000")
    store.login(99)

    def serve(process: int) -> None:
        def live(thread: int) -> None:
            number = process * 4 + thread
            store.login(number)
            for generation in range(50):
                assert store.refresh(number, generation).verdict == Verdict.ROTATED

        in_threads(4, live)

    pids = [in_child(partial(serve, process)) for process in range(4)]
    # The parent stops using it while its children go on.
    store.close()
    assert exit_codes(pids) == [0] * 4
    check_whole(path)
    store = Store(path)
    assert store.live() == 17
    for number in range(16):
        assert store.refresh(number, 50).verdict == Verdict.ROTATED
    store.close()


def test_keeps_what_a_child_commits_after_its_parent_has_closed(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "s.db"
    store = Store(path)
    store.login(1)
    reading, writing = os.pipe()

    def outlive() -> None:
        assert store.refresh(1, 0).verdict == Verdict.ROTATED
        os.read(reading, 1)
        assert store.refresh(1, 1).verdict == Verdict.ROTATED
        assert store.refresh(1, 2).verdict == Verdict.ROTATED

    pid = in_child(outlive)
    time.sleep(0.1)
    store.close()
    # Another process comes, finds nobody else, and goes.
    assert exit_codes([in_child(lambda: Store(path).close())]) == [0]
    os.write(writing, b"x")
    assert exit_codes([pid]) == [0]
    store = Store(path)
    assert store.refresh(1, 3).generation == 4
    store.close()
    os.close(reading)
    os.close(writing)


def test_forks_while_threads_write(tmp_path: pathlib.Path) -> None:
    store = Store(f"sqlite:{tmp_path / 's.db'}?busy_ms=30000")
    stop = threading.Event()
    done = [0] * 8
    for number in range(8):
        store.login(number)

    def work(number: int) -> None:
        while not stop.is_set():
            assert store.refresh(number, done[number]).verdict == Verdict.ROTATED
            done[number] += 1
            store.live()

    def serve(number: int) -> None:
        store.login(number)
        for generation in range(3):
            assert store.refresh(number, generation).verdict == Verdict.ROTATED
        assert store.live() > 8
        store.close()

    def fork(_number: int) -> None:
        try:
            for number in range(FORKS):
                assert exit_codes([in_child(partial(serve, 100 + number))]) == [0]
        finally:
            stop.set()

    in_threads(9, lambda number: work(number) if number < 8 else fork(number))
    assert all(done)
    assert store.live() == 8 + FORKS
    for number in range(FORKS):
        assert store.refresh(100 + number, 3).verdict == Verdict.ROTATED
    store.close()
    check_whole(tmp_path / "s.db")


def test_forks_in_several_generations(tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "s.db")

    def descend(depth: int) -> None:
        store.login(depth)
        if depth < 5:
            assert exit_codes([in_child(partial(descend, depth + 1))]) == [0]
        assert store.refresh(depth, 0).verdict == Verdict.ROTATED

    descend(0)
    assert store.live() == 6
    store.close()


def test_a_child_may_release_or_leave_what_it_inherited(tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "s.db")
    store.login(1)
    assert exit_codes([in_child(store.close), in_child(lambda: None)]) == [0, 0]
    assert store.refresh(1, 0).verdict == Verdict.ROTATED
    store.close()


def test_refuses_in_a_process_made_without_fork_handlers(tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "s.db")
    store.login(1)
    pid: int = ctypes.CDLL(None)._Fork()
    if pid == 0:
        try:
            store.refresh(1, 0)
            os._exit(2)
        except Refused as refused:
            store.close()
            os._exit(0 if refused.status == Status.STORE_STATE and "fork handlers" in refused.message else 3)
    assert exit_codes([pid]) == [0]
    assert store.refresh(1, 0).verdict == Verdict.ROTATED
    store.close()


def test_outlives_kills_while_it_is_made(tmp_path: pathlib.Path) -> None:
    def make(path: pathlib.Path) -> None:
        Store(path).login(1)

    chance = random.Random(5)
    for attempt in range(KILLS * 2):
        path = tmp_path / f"{attempt}.db"
        pid = in_child(partial(make, path))
        time.sleep(chance.random() / 100)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        store = Store(path)
        store.login(2)
        assert store.live() in (1, 2)
        store.close()
        check_whole(path)


SERVE = """
import sys, threading
sys.path.insert(0, {tests!r})
from sqlite_abi import Store
store = Store(sys.argv[1])
generations = [int(text) for text in sys.argv[2:]]

def work(number):
    generation = generations[number]
    while True:
        rotated = store.refresh(number, generation)
        assert rotated.generation == generation + 1, rotated
        generation += 1
        sys.stdout.write(f"{{number}} {{generation}}\\n")
        sys.stdout.flush()

for number in range(len(generations)):
    threading.Thread(target=work, args=(number,)).start()
"""


def test_outlives_kills(tmp_path: pathlib.Path) -> None:
    """After each kill every session is whole, and the last token given out, or the one before, works."""
    path = tmp_path / "s.db"
    script = SERVE.format(tests=str(pathlib.Path(__file__).parent))
    store = Store(path)
    for number in range(4):
        store.login(number)
    store.close()
    chance = random.Random(4)
    generations = [0] * 4
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", script, path, *map(str, generations)], stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            killer = threading.Timer(0.1 + chance.random() / 4, server.kill)
            killer.start()
            for line in server.stdout:
                if line.endswith("\n"):
                    number, generation = map(int, line.split())
                    generations[number] = max(generations[number], generation)
            killer.join()
            assert server.wait() == -signal.SIGKILL
        check_whole(path)
        store = Store(path)
        assert store.live() == 4
        for number in range(4):
            # The client has the token of the last answer that it got; the one after it may have been lost.
            rotated = store.refresh(number, generations[number])
            assert rotated.verdict in (Verdict.ROTATED, Verdict.REPLAYED)
            assert rotated.generation == generations[number] + 1
            generations[number] += 1
        store.close()
    assert min(generations) > 2 * KILLS
