"""Threads, forks, and servers that stall, die and come back."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import struct
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from fake_server import Answer, FakeServer
from redis_server import Certificates, Server
from store_abi import Status, Store, StoreError, Verdict, new_row

from conftest import open_descriptors

KEY: Final = bytes(32)
ATTEMPTS: Final = 500
#: About one fork in a thousand meets a handshake.
FORKS: Final = 5000 if os.environ.get("PINJWT_LONG") else 50


def in_child(body: Callable[[], None]) -> None:
    """Runs `body` in a process that is forked off, which must end well."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            body()
            code = 0
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


def connected_clients(server: Server) -> int:
    with server.client() as client:
        info: bytes = client("INFO", "clients")
    return int(info.split(b"connected_clients:")[1].split(b"\r")[0]) - 1


def test_connections_are_bounded_and_shared(server: Server) -> None:
    with Store(server.url + "?pool=3&deadline_ms=20000") as store, ThreadPoolExecutor(24) as threads:
        results = list(threads.map(lambda n: store.consume(b"%032d" % n, 2**50), range(600)))
        assert all(results)
        assert connected_clients(server) <= 3
    assert connected_clients(server) == 0


def test_nothing_is_left_open(server: Server) -> None:
    before = open_descriptors()
    for _ in range(5):
        with Store(server.url) as store:
            store.consume(KEY, 1)
    assert open_descriptors() == before
    server.kill()
    for _ in range(5):
        with pytest.raises(StoreError):
            Store(server.url)
    assert open_descriptors() == before


def test_who_finds_all_in_use_waits_until_the_deadline() -> None:
    gate = threading.Event()

    def answer(command: list[bytes]) -> Answer:
        if command[-1] == b"1":
            gate.wait(5)
        return b":1\r\n"

    with FakeServer(answer) as fake, Store(fake.url + "?pool=1&deadline_ms=3000") as store:
        first = threading.Thread(target=store.consume, args=(KEY, 1))
        first.start()
        time.sleep(0.2)
        second: list[bool] = []
        waiting = threading.Thread(target=lambda: second.append(store.consume(KEY, 2)))
        waiting.start()
        time.sleep(0.2)
        assert not second
        gate.set()
        waiting.join()
        first.join()
        assert second == [True]
        assert fake.connections == 1

    gate.clear()
    with FakeServer(answer) as fake, Store(fake.url + "?pool=1&deadline_ms=300") as store:
        errors: list[StoreError] = []

        def consume(until: int) -> None:
            try:
                store.consume(KEY, until)
            except StoreError as error:
                errors.append(error)

        threads = [threading.Thread(target=consume, args=(number,)) for number in (1, 2, 2, 2)]
        threads[0].start()
        time.sleep(0.15)
        for thread in threads[1:]:
            thread.start()
        for thread in threads:
            thread.join()
        # The first lost its connection, which others could then have.
        assert any("did not answer within 300 ms" in error.message for error in errors)
        gate.set()


def test_a_server_that_stalls(server: Server) -> None:
    with Store(server.url + "?deadline_ms=200") as store:
        store.consume(KEY, 1)
        with server.stalled():
            for _ in range(3):
                with pytest.raises(StoreError, match="did not answer within 200 ms") as caught:
                    store.consume(KEY, 1)
                assert caught.value.status == Status.STORE
        assert not store.consume(KEY, 1)


def test_a_server_that_is_restarted(server: Server) -> None:
    """Each connection of the pool was cut, and no call fails for it."""
    with Store(server.url) as store, ThreadPoolExecutor(8) as threads:
        row = new_row()
        store.create(row)
        barrier = threading.Barrier(8)

        def consume(number: int) -> bool:
            barrier.wait(10)
            return store.consume(b"%032d" % number, 2**50)

        assert all(threads.map(consume, range(8)))
        for _ in range(3):
            server.kill()
            with pytest.raises(StoreError, match="refuses connections"):
                store.consume(KEY, 1)
            server.start()
            assert not any(threads.map(consume, range(8)))
        # The scripts have to be sent anew, and the rows were in the log.
        assert store.rotate(row.selector, 0, row.current, bytes(32)).verdict == Verdict.ROTATED


def test_a_server_that_dies_under_load(server: Server) -> None:
    """What was acknowledged stays, and what was not is tried again with the same token."""
    with Store(server.url + "?deadline_ms=500") as store, ThreadPoolExecutor(8) as threads:
        stop = threading.Event()
        failures: list[StoreError] = []

        def refresh(number: int) -> int:
            row = new_row(user=b"user-%d" % number)
            store.create(row)
            generation, token = 0, row.current
            while not stop.is_set():
                following = secrets.token_bytes(32)
                try:
                    answer = store.rotate(row.selector, generation, token, following, grace=60_000)
                except StoreError as error:
                    failures.append(error)
                    time.sleep(0.01)
                    continue
                # Where the outcome was unknown the row has the successor of that attempt.
                assert answer.verdict in (Verdict.ROTATED, Verdict.REPLAYED), answer
                assert answer.session is not None
                generation, token = generation + 1, answer.session.current
            return generation

        running = [threads.submit(refresh, number) for number in range(8)]
        for _ in range(4):
            time.sleep(0.3)
            server.kill()
            time.sleep(0.1)
            server.start()
        time.sleep(0.3)
        stop.set()
        assert all(future.result() > 20 for future in running)
        assert failures
        assert all(error.status == Status.STORE for error in failures)


@pytest.mark.parametrize("encrypted", [False, True])
def test_forks(encrypted: bool) -> None:
    certificates = Certificates("127.0.0.1")
    server = Server(tls=certificates if encrypted else None)
    options = f"?ca_file={certificates.authority}" if encrypted else ""
    try:
        with Store(server.url + options) as store:
            assert store.consume(bytes(32), 2**50)
            row = new_row()
            store.create(row)
            before = open_descriptors()

            def child() -> None:
                assert not store.consume(bytes(32), 2**50)
                assert open_descriptors() == before
                for number in range(50):
                    assert store.consume(b"%031dc" % number, 2**50)

            for _ in range(5):
                in_child(child) if _ == 0 else in_child(lambda: store.close())
                for number in range(50):
                    store.consume(secrets.token_bytes(32), 2**50 + number)
            assert store.list(b"tag!", b"user")
        assert connected_clients(server) == 0 if not encrypted else True
    finally:
        server.stop()
        certificates.remove()


def test_forks_while_others_use_the_store(server: Server) -> None:
    with Store(server.url + "?pool=4") as store:
        stop = threading.Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                while not stop.is_set():
                    assert store.consume(secrets.token_bytes(32), 2**50)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()

        def child() -> None:
            for _ in range(20):
                assert store.consume(secrets.token_bytes(32), 2**50)
            store.close()

        for _ in range(40):
            in_child(child)
        stop.set()
        for thread in threads:
            thread.join()
        assert not failures


def test_forks_while_others_connect() -> None:
    """Whatever libssl locks in a handshake, no child finds it locked."""
    certificates = Certificates("127.0.0.1")
    server = Server(tls=certificates)
    url = f"{server.url}?ca_file={certificates.authority}"
    stop = threading.Event()

    def connect() -> None:
        with Store(url) as store:
            assert store.consume(secrets.token_bytes(32), 2**50)

    def child() -> None:
        # One that waits for a lock ends by this signal.
        signal.alarm(60)
        connect()

    def connect_on() -> None:
        while not stop.is_set():
            connect()

    try:
        with ThreadPoolExecutor(2) as threads:
            others = [threads.submit(connect_on) for _ in range(2)]
            try:
                for _ in range(FORKS):
                    in_child(child)
            finally:
                stop.set()
            for other in others:
                other.result()
    finally:
        server.stop()
        certificates.remove()


def test_a_forked_process_closes_no_foreign_file(server: Server) -> None:
    """A daemon closes all that it inherited and opens files of its own, under the same numbers."""
    with Store(server.url) as store:
        store.consume(KEY, 1)

        def child() -> None:
            os.closerange(3, 256)
            mine = [os.open("/dev/null", os.O_RDONLY) for _ in range(64)]
            assert not store.consume(KEY, 1)
            for descriptor in mine:
                os.fstat(descriptor)
            store.close()
            for descriptor in mine:
                os.fstat(descriptor)

        in_child(child)
        assert not store.consume(KEY, 1)


def test_programs_do_not_inherit_connections(server: Server) -> None:
    with Store(server.url) as store:
        store.consume(KEY, 1)
        for name in os.listdir("/proc/self/fd"):
            path = f"/proc/self/fd/{name}"
            if os.path.exists(path) and os.readlink(path).startswith("socket:"):
                assert not os.get_inheritable(int(name))


def test_a_script_cache_that_was_emptied(server: Server) -> None:
    with Store(server.url) as store:
        for _ in range(3):
            with server.client() as client:
                client("SCRIPT", "FLUSH")
            store.deny(b"x")
        assert [entry.sequence for entry in store.feed().entries] == [1, 2, 3]


def test_no_signal_when_the_server_hangs_up() -> None:
    """A write to a connection that was ended and then reset raises SIGPIPE, which ends a C program."""
    raised: list[object] = []
    previous = signal.signal(signal.SIGPIPE, lambda *_: raised.append(_))

    def listen(listener: socket.socket) -> None:
        for _ in range(ATTEMPTS):
            connection, _ = listener.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.recv(100)
            connection.sendall(b"+OK\r\n")
            connection.shutdown(socket.SHUT_WR)
            connection.close()

    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=listen, args=(listener,))
            thread.start()
            for _ in range(ATTEMPTS):
                with pytest.raises(StoreError, match="closed the connection"):
                    Store(f"redis://:password@127.0.0.1:{listener.getsockname()[1]}")
            thread.join()
        assert not raised
    finally:
        signal.signal(signal.SIGPIPE, previous)


def test_a_replica_is_not_asked_for_denials() -> None:
    """A server that has been demoted may lag behind: what it misses would be taken for not revoked."""
    master, other = Server(), Server()
    try:
        with Store(master.url) as store:
            position = store.feed().position
            store.deny(b"known")
            with master.client() as client:
                assert client("REPLICAOF", "127.0.0.1", other.port) == "OK"
            with pytest.raises(StoreError) as caught:
                store.feed(position)
            assert caught.value.status is Status.STORE
            with master.client() as client:
                assert client("REPLICAOF", "NO", "ONE") == "OK"
            assert store.feed(position).entries is not None
    finally:
        master.stop()
        other.stop()
