"""What is the PostgreSQL store's own: URLs, access, schemas, servers that fail, forks."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time

import pytest
from crowd import in_threads
from postgres_server import HOST, PASSWORD, Server
from store_abi import Row, Status, Store, StoreError, Verdict, new_row


def refusal(url: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        Store(url)
    assert PASSWORD not in caught.value.message
    return caught.value


def rotate(store: Store, row: Row, generation: int, token: bytes, following: bytes) -> Verdict:
    return store.rotate(row.selector, generation, token, following).verdict


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("postgresql://h/?pinjwt_pool=0", "pinjwt_pool"),
        ("postgresql://h/?pinjwt_pool=65", "pinjwt_pool"),
        ("postgresql://h/?pinjwt_pool=x", "pinjwt_pool"),
        ("postgresql://h/?pinjwt_deadline_ms=49", "pinjwt_deadline_ms"),
        ("postgresql://h/?pinjwt_deadline_ms=99999999999", "pinjwt_deadline_ms"),
        ("postgresql://h/?pinjwt_other=1", "unknown name"),
        ("postgresql://h/?no_such_option=1", "libpq"),
        ("postgresql://[h/", "libpq"),
        ("postgresql://h/%zz", "libpq"),
        ("postgresql://h/\0x", "NUL"),
        ("postgresql://h/" + "x" * 8192, "8192"),
    ],
)
def test_bad_urls_are_refused(url: str, part: str) -> None:
    error = refusal(url)
    assert error.status is Status.ARGUMENT
    assert part in error.message


def test_our_options_stand_among_those_of_libpq(shared_server: Server) -> None:
    options = "?connect_timeout=5&pinjwt_pool=2&application_name=mine&pinjwt_deadline_ms=1500"
    with Store(shared_server.url + options) as store:
        store.create(new_row())
        names = shared_server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mine'")
        assert names == "1"
    with Store(shared_server.url + "?pinjwt_pool=1"):
        names = shared_server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pinjwt'")
        assert names == "1"


def test_a_wrong_password_and_an_unknown_user(shared_server: Server) -> None:
    for url in (shared_server.url_of("pinjwt", "wrong"), shared_server.url_of("nobody", "wrong")):
        error = refusal(url)
        assert error.status is Status.STORE
        assert "did not let us in" in error.message
    assert (
        "asks for a password" in refusal(f"postgresql://pinjwt@{HOST}:{shared_server.port}/postgres").message
    )


def test_no_server_and_one_that_says_nothing() -> None:
    with socket.socket() as silent:
        silent.bind((HOST, 0))
        port = silent.getsockname()[1]
        error = refusal(f"postgresql://u:p@{HOST}:{port}/d")
        assert error.status is Status.STORE
        assert "cannot be reached" in error.message
        silent.listen()
        begun = time.monotonic()
        error = refusal(f"postgresql://u:p@{HOST}:{port}/d?pinjwt_deadline_ms=200")
        assert error.status is Status.STORE
        assert "200 ms" in error.message
        assert time.monotonic() - begun < 10


def test_a_newer_schema_is_refused_and_left_alone(database: Server) -> None:
    with Store(database.url) as store:
        store.create(new_row())
        database.sql("UPDATE pinjwt_meta SET version = 2")
        error = refusal(database.url)
        assert error.status is Status.STORE_STATE
        assert "schema 2" in error.message
        assert database.sql("SELECT count(*) FROM pinjwt_sessions") == "1"


def test_a_role_that_may_not_make_or_write_the_tables(database: Server) -> None:
    database.sql(
        f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'; REVOKE CREATE ON SCHEMA public FROM public"
    )
    url = database.url_of("reader", PASSWORD)
    error = refusal(url)
    assert error.status is Status.STORE_STATE
    assert "may not make the tables" in error.message
    with Store(database.url):
        pass
    database.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    with Store(url) as store:
        assert store.list(b"tag!", b"user") == []
        with pytest.raises(StoreError, match="may not use the tables") as caught:
            store.create(new_row())
        assert caught.value.status is Status.STORE
    database.sql("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO reader")
    with Store(url) as store:
        assert store.create(new_row())[1] == []


def test_a_server_that_only_reads(database: Server) -> None:
    with Store(database.url) as store:
        row, _ = store.create(new_row())
        database.sql(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    with Store(database.url) as store, pytest.raises(StoreError, match="only reads"):
        rotate(store, row, 0, row.current, bytes(32))


def test_two_that_open_at_once_make_the_tables_once(database: Server) -> None:
    in_threads(12, lambda _: Store(database.url).close())
    assert database.sql("SELECT count(*) FROM pinjwt_meta") == "1"


def test_a_row_that_is_locked_ends_with_the_deadline(shared_server: Server) -> None:
    with Store(shared_server.url + "?pinjwt_deadline_ms=300") as store:
        row, _ = store.create(new_row())
        locked = threading.Event()

        def lock() -> None:
            locked.set()
            shared_server.sql("BEGIN; SELECT 1 FROM pinjwt_sessions FOR UPDATE; SELECT pg_sleep(6); COMMIT")

        thread = threading.Thread(target=lock)
        thread.start()
        locked.wait()
        time.sleep(0.5)
        begun = time.monotonic()
        with pytest.raises(StoreError) as caught:
            rotate(store, row, 0, row.current, bytes(32))
        assert caught.value.status is Status.STORE
        assert time.monotonic() - begun < 5
        thread.join()
        assert rotate(store, row, 0, row.current, bytes(32)) is Verdict.ROTATED


def test_more_callers_than_connections_wait(shared_server: Server) -> None:
    with Store(shared_server.url + "?pinjwt_pool=2&pinjwt_deadline_ms=10000") as store:

        def live(number: int) -> None:
            row, _ = store.create(new_row(b"u%d" % number))
            token = row.current
            for generation in range(20):
                following = secrets.token_bytes(32)
                assert rotate(store, row, generation, token, following) is Verdict.ROTATED
                token = following

        in_threads(32, live)
        count = shared_server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pinjwt'")
        assert int(count) <= 2


def test_a_restart_is_survived(server: Server) -> None:
    with Store(server.url) as store:
        row, _ = store.create(new_row())
        server.restart()
        assert rotate(store, row, 0, row.current, bytes(32)) is Verdict.ROTATED
        server.kill()
        for _ in range(3):
            with pytest.raises(StoreError) as caught:
                rotate(store, row, 1, bytes(32), secrets.token_bytes(32))
            assert caught.value.status is Status.STORE
        server.start()
        assert rotate(store, row, 1, bytes(32), secrets.token_bytes(32)) is Verdict.ROTATED


def test_killed_under_load_nothing_acknowledged_is_lost(server: Server) -> None:
    store = Store(server.url)
    stop = threading.Event()
    recovered: list[float] = []
    up_again: list[float] = []

    def live(number: int) -> None:
        row, _ = store.create(new_row(b"u%d" % number))
        token, generation = row.current, 0
        pending: bytes | None = None
        while not stop.is_set():
            following = pending or secrets.token_bytes(32)
            try:
                answer = store.rotate(row.selector, generation, token, following)
            except StoreError as fault:
                if fault.status is not Status.STORE:
                    raise
                # The outcome is unknown: the same request again, which is a rotation or its replay.
                pending = following
                continue
            assert answer.verdict in (Verdict.ROTATED, Verdict.REPLAYED), answer.verdict
            if answer.verdict is Verdict.REPLAYED:
                assert pending is not None
            assert answer.session is not None
            token, generation, pending = answer.session.current, answer.session.generation, None
            if up_again and len(recovered) < 8:
                recovered.append(time.monotonic() - up_again[0])

    def kill() -> None:
        try:
            time.sleep(0.4)
            server.kill()
            time.sleep(0.3)
            server.start()
            up_again.append(time.monotonic())
            time.sleep(1)
        finally:
            stop.set()

    in_threads(9, lambda number: live(number) if number < 8 else kill())
    store.close()
    assert recovered
    assert min(recovered) < 5  # milliseconds on a machine that is not stalled


def test_a_child_makes_connections_of_its_own(shared_server: Server) -> None:
    with Store(shared_server.url) as store:
        row, _ = store.create(new_row())
        children = []
        for _ in range(4):
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    mine, _ = store.create(new_row(b"%d" % os.getpid()))
                    assert rotate(store, mine, 0, mine.current, bytes(32)) is Verdict.ROTATED
                    verdict = rotate(store, row, 0, row.current, secrets.token_bytes(32))
                    assert verdict in (Verdict.ROTATED, Verdict.REPLAYED)
                    store.close()
                    code = 0
                finally:
                    os._exit(code)
            children.append(child)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
        # The parent's connection is as it was.
        assert rotate(store, row, 0, row.current, secrets.token_bytes(32)) is Verdict.REPLAYED


def test_descriptors_are_given_back(shared_server: Server) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with Store(shared_server.url) as store:
            store.create(new_row())
    assert len(os.listdir("/proc/self/fd")) == before
