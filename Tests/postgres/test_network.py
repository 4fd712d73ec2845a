"""Networks and servers that fail in the middle, and forks of processes that are at work."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from postgres_proxy import Proxy
from postgres_server import HOST, PASSWORD, Server
from redis_server import Certificates
from store_abi import Row, Status, Store, StoreError, Verdict, new_row


def bound(statement: int) -> Callable[[bytes], bool]:
    """Whether a message runs a prepared statement, in the portal without a name: 0 is BEGIN, 1 is COMMIT."""
    return lambda data: b"\0pinjwt_%d\0" % statement in data


begins, commits = bound(0), bound(1)


def anything(_: bytes) -> bool:
    return True


Result = TypeVar("Result")


@pytest.fixture
def proxy(shared_server: Server) -> Iterator[Proxy]:
    with Proxy(shared_server.port) as between:
        yield between


@pytest.fixture
def far(proxy: Proxy) -> Iterator[Store]:
    """A store behind the proxy, with one connection."""
    url = f"postgresql://pinjwt:{PASSWORD.replace(' ', '%20')}@{HOST}:{proxy.port}/postgres"
    with Store(url + "?pinjwt_pool=1&pinjwt_deadline_ms=5000&sslmode=disable") as store:
        yield store


def lost(action: Callable[[], object]) -> None:
    with pytest.raises(StoreError, match="was lost") as caught:
        action()
    assert caught.value.status is Status.STORE


def rotate(store: Store, row: Row, generation: int, token: bytes, following: bytes) -> Verdict:
    return store.rotate(row.selector, generation, token, following).verdict


def test_a_commit_without_an_answer_is_not_repeated(proxy: Proxy, far: Store) -> None:
    row, _ = far.create(new_row())
    following = secrets.token_bytes(32)
    proxy.after = commits
    lost(lambda: rotate(far, row, 0, row.current, following))
    # It had been done: the client's next attempt gets the successor of the first.
    again = far.rotate(row.selector, 0, row.current, secrets.token_bytes(32))
    assert again.verdict is Verdict.REPLAYED
    assert again.session is not None
    assert (again.session.generation, again.session.current) == (1, following)


def test_a_commit_that_did_not_arrive_is_an_error_too(proxy: Proxy, far: Store) -> None:
    row, _ = far.create(new_row())
    proxy.before = commits
    lost(lambda: rotate(far, row, 0, row.current, secrets.token_bytes(32)))
    assert rotate(far, row, 0, row.current, secrets.token_bytes(32)) is Verdict.ROTATED


def test_what_is_lost_before_the_commit_is_tried_again(proxy: Proxy, far: Store) -> None:
    row, _ = far.create(new_row())
    tokens = [row.current, *(secrets.token_bytes(32) for _ in range(2))]
    proxy.before = begins
    assert rotate(far, row, 0, tokens[0], tokens[1]) is Verdict.ROTATED
    proxy.after = begins
    assert rotate(far, row, 1, tokens[1], tokens[2]) is Verdict.ROTATED
    assert proxy.connections == 3
    proxy.before = begins
    assert far.revoke_user(b"tag!", b"user").sessions[0].sid == row.sid
    # It is said once, though it was begun twice.
    assert [entry.key for entry in far.feed().entries] == [row.sid]


def test_reading_is_tried_again_and_a_statement_that_writes_is_not(proxy: Proxy, far: Store) -> None:
    row, _ = far.create(new_row())
    far.deny(b"jti")
    proxy.after = anything
    assert [entry.key for entry in far.feed().entries] == [b"jti"]
    proxy.after = anything
    assert [found.sid for found in far.list(b"tag!", b"user")] == [row.sid]
    proxy.after = anything
    assert far.statistics()["live"] == 1
    key = secrets.token_bytes(32)
    proxy.after = anything
    lost(lambda: far.consume(key, 2**50))
    # It was used up by the attempt that was not answered.
    assert far.consume(key, 2**50) is False
    proxy.before = anything
    lost(lambda: far.deny(b"other"))
    assert [entry.key for entry in far.feed().entries] == [b"jti"]


def test_a_network_that_has_ended_the_connections_is_no_error(proxy: Proxy, far: Store) -> None:
    row, _ = far.create(new_row())
    token = row.current
    for generation in range(3):
        proxy.reset()
        following = secrets.token_bytes(32)
        assert rotate(far, row, generation, token, following) is Verdict.ROTATED
        token = following


RESET = """
import signal, sys
sys.path[:0] = sys.argv[2:]
from postgres_proxy import Proxy
from store_abi import Store, new_row
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
with Proxy(int(sys.argv[1].rpartition(":")[2].partition("/")[0])) as proxy:
    url = sys.argv[1].rpartition(":")[0] + f":{proxy.port}/postgres?sslmode=SSL"
    store = Store(url)
    for _ in range(20):
        proxy.reset()
        store.create(new_row())
        proxy.before = lambda data: True
        store.create(new_row())
    proxy.reset()
    store.close()
print("survived")
"""


@pytest.fixture(scope="module")
def secured() -> Iterator[Server]:
    certificates = Certificates("localhost")
    server = Server(certificates=certificates.folder)
    yield server
    server.stop()
    certificates.remove()


@pytest.mark.parametrize("mode", ["disable", "require"])
def test_a_reset_raises_no_signal(secured: Server, mode: str) -> None:
    """Where the host has left SIGPIPE as it is, it would end the process."""
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "stores")]
    done = subprocess.run(
        [sys.executable, "-c", RESET.replace("SSL", mode), secured.url, *folders],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "survived"), done.stderr


def live(store: Store, user: bytes, rounds: int) -> None:
    """A session's life: it is refreshed, and each time the last token is the one that counts."""
    row, _ = store.create(new_row(user))
    token = row.current
    for generation in range(rounds):
        following = secrets.token_bytes(32)
        assert rotate(store, row, generation, token, following) is Verdict.ROTATED
        token = following


def forked(number: int, store: Store) -> int:
    """Make a child that uses the store or does not, and ends with or without closing it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(30)
            if number % 3 != 2:
                live(store, b"child", 3)
            if number % 3 == 1:
                store.close()
            code = 0
        finally:
            os._exit(code)
    return child


def fork_at_work(url: str) -> None:
    done = threading.Event()
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            while not done.is_set():
                live(store, b"parent %d" % number, 5)
        except BaseException as fault:
            faults.append(fault)

    with Store(url) as store:
        store.create(new_row())
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        children = []
        for number in range(3):
            children.append(forked(number, store))
            time.sleep(0.005)
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)
        done.set()
        for thread in threads:
            thread.join()
        assert faults == []
        live(store, b"parent", 3)


@pytest.mark.parametrize("mode", ["disable", "require"])
def test_forks_while_others_are_at_work(secured: Server, mode: str) -> None:
    """At first they connect, which locks what belongs to the whole process: no child may wait for that."""
    for _ in range(12):
        fork_at_work(f"{secured.url}?sslmode={mode}&pinjwt_pool=4&pinjwt_deadline_ms=20000")


def refusal(action: Callable[[], object]) -> str:
    """How an operation fails."""
    with pytest.raises(StoreError) as caught:
        action()
    assert caught.value.status is Status.STORE
    return caught.value.message


def test_a_server_that_hangs_is_left_at_the_deadline(shared_server: Server) -> None:
    """What it may have done is unknown; the next operation makes a connection of its own."""
    url = shared_server.url + "?pinjwt_pool=1&pinjwt_deadline_ms=1500&application_name=hanging"
    with Store(url) as store:
        row, _ = store.create(new_row())
        process = int(
            shared_server.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'hanging'")
        )
        os.kill(process, signal.SIGSTOP)
        try:
            message = refusal(lambda: rotate(store, row, 0, row.current, bytes(32)))
            assert "did not answer within 1500 ms" in message
            assert rotate(store, row, 0, row.current, bytes(32)) is Verdict.ROTATED
        finally:
            os.kill(process, signal.SIGCONT)
        # Nor does it do it late, once it goes on.
        time.sleep(0.2)
        assert store.list(b"tag!", b"user")[0].generation == 1


def test_who_finds_no_connection_free_is_told_so(shared_server: Server) -> None:
    with Store(shared_server.url + "?pinjwt_pool=1&pinjwt_deadline_ms=2000") as store:
        row, _ = store.create(new_row())
        messages: list[str] = []

        def wait() -> None:
            messages.append(refusal(lambda: rotate(store, row, 0, row.current, bytes(32))))

        held = f"SELECT 1 FROM pinjwt_sessions WHERE space = '\\x{store.space.hex()}' FOR UPDATE"
        with shared_server.session(f"BEGIN; DO $$ BEGIN PERFORM x FROM ({held}) AS y (x); END $$") as say:
            threads = [threading.Thread(target=wait) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            say("ROLLBACK")
        assert len(messages) == 3
        assert any(
            "None of the 1 connections to PostgreSQL was free for 2000 ms" in text for text in messages
        )


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Signals all the time, each of which ends a wait for the network early."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_signals_disturb_neither_connecting_nor_operations(shared_server: Server, interrupted: None) -> None:
    with Store(shared_server.url + "?pinjwt_deadline_ms=10000") as store:
        live(store, b"user", 50)
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind((HOST, 0))
        full.listen(0)
        for _ in range(3):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        # It accepts nobody else: who is interrupted meanwhile is not connected yet.
        url = f"postgresql://u:p@{HOST}:{full.getsockname()[1]}/d?pinjwt_deadline_ms=300"
        assert "did not answer within 300 ms" in refusal(lambda: Store(url))


class Client:
    """One who keeps a token, and tries again with it where the store could not be asked."""

    def __init__(self, store: Store, user: bytes) -> None:
        self._store = store
        self._user = user
        self.unknown = 0
        self._row, _ = self._attempt(lambda: store.create(new_row(user)))
        self._token = self._row.current
        self._generation = 0

    def _attempt(self, action: Callable[[], Result]) -> Result:
        while True:
            try:
                return action()
            except StoreError as fault:
                if fault.status is not Status.STORE:
                    raise
                self.unknown += 1

    def refresh(self) -> None:
        following = secrets.token_bytes(32)
        before = self.unknown
        verdict = self._attempt(
            lambda: rotate(self._store, self._row, self._generation, self._token, following)
        )
        # Nothing else refreshes it, so that a replay is one of an attempt whose answer was lost.
        allowed = {Verdict.ROTATED} if self.unknown == before else {Verdict.ROTATED, Verdict.REPLAYED}
        assert verdict in allowed
        self._token, self._generation = following, self._generation + 1

    def check(self) -> None:
        rows = self._attempt(lambda: self._store.list(b"tag!", self._user))
        [found] = [row for row in rows if row.sid == self._row.sid]
        assert (found.generation, found.current) == (self._generation, self._token)


def test_a_server_whose_administrator_ends_connections(shared_server: Server) -> None:
    """No refresh is accepted twice and none that was answered is lost, whatever is ended when."""
    end_some = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE application_name = 'ended' AND random() < 0.5"
    )
    with Store(shared_server.url + "?pinjwt_deadline_ms=20000&application_name=ended") as store:
        clients = [Client(store, b"user %d" % number) for number in range(8)]
        done = threading.Event()
        faults: list[BaseException] = []

        def work(client: Client) -> None:
            try:
                while not done.is_set():
                    client.refresh()
                client.check()
            except BaseException as fault:
                faults.append(fault)

        threads = [threading.Thread(target=work, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        ended = 0
        end = time.monotonic() + 2
        while time.monotonic() < end:
            ended += int(shared_server.sql(end_some))
        done.set()
        for thread in threads:
            thread.join()
        assert faults == []
        # Most were ended before a commit was sent, and nobody has noticed.
        assert sum(client.unknown for client in clients) < ended
