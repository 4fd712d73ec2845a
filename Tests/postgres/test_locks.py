"""What happens at once: no two operations wait for each other, and each sees what was committed before it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from crowd import together
from postgres_server import Server
from store_abi import Kind, Row, Status, Store, StoreError, Verdict, new_row


@contextmanager
def transaction(server: Server, statements: str) -> Iterator[Callable[[str], None]]:
    """Hold a transaction open in which statements were run; it can run more, and is committed at last."""
    with server.session(f"BEGIN; {statements}") as say:
        yield say
        say("COMMIT")


def held(server: Server, store: Store, row: Row) -> AbstractContextManager[Callable[[str], None]]:
    """Hold the row of a session."""
    where = f"space = '\\x{store.space.hex()}' AND selector = '\\x{row.selector.hex()}'"
    return transaction(server, f"SELECT FROM pinjwt_sessions WHERE {where} FOR UPDATE")


def wait_for_lock(database: Server) -> None:
    """Until some operation waits for a lock."""
    for _ in range(500):
        if database.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "0":
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_no_two_operations_wait_for_each_other(database: Server) -> None:
    """Logins that displace many, revocations, sweeps, bumps, replays and purges of the same few rows."""
    with Store(database.url + "?pinjwt_pool=16&pinjwt_deadline_ms=20000") as store:
        end = time.monotonic() + 2

        def login(cap: int) -> Callable[[], None]:
            def body() -> None:
                while time.monotonic() < end:
                    store.create(new_row(b"u%d" % secrets.randbelow(2)), cap=cap)

            return body

        def revoke() -> None:
            while time.monotonic() < end:
                for user in (b"u0", b"u1"):
                    store.revoke_user(b"tag!", user)
                time.sleep(0.02)

        def sweep() -> None:
            while time.monotonic() < end:
                store.sweep(int(time.time() * 1000))
                time.sleep(0.03)

        def reuse() -> None:
            while time.monotonic() < end:
                row, _ = store.create(new_row(b"u0"), cap=20)
                assert store.rotate(row.selector, 0, bytes(32), bytes(32)).verdict in (
                    Verdict.ROLLED_BACK,
                    Verdict.REVOKED,
                    Verdict.SUPERSEDED,
                )
                store.bump(b"tag!", b"u%d" % secrets.randbelow(500))
                time.sleep(0.01)

        def purge() -> None:
            while time.monotonic() < end:
                store.deny(b"x", until=1)
                store.consume(secrets.token_bytes(32), 1)
                store.purge(retain=0, grace=0, limit=500)

        together(
            [login(30), login(30), login(30), login(1), login(2), revoke, sweep, reuse, reuse, purge, purge]
        )
    deadlocks = database.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == "0"


@pytest.mark.parametrize("operation", ["login", "revoke", "sweep"])
def test_who_waits_for_a_row_holds_none_behind_it(shared_server: Server, operation: str) -> None:
    """Rows are locked in the order of their selectors, whatever order they were made in."""
    with Store(shared_server.url + "?pinjwt_deadline_ms=10000") as store:
        rows = [store.create(new_row())[0] for _ in range(20)]
        time.sleep(0.01)
        before = store.feed().now
        lowest = min(rows, key=lambda row: row.selector)
        operations: dict[str, Callable[[], object]] = {
            "login": lambda: store.create(new_row(), cap=1),
            "revoke": lambda: store.revoke_user(b"tag!", b"user"),
            "sweep": lambda: store.sweep(before),
        }
        with held(shared_server, store, lowest) as say:
            thread = threading.Thread(target=operations[operation])
            thread.start()
            wait_for_lock(shared_server)
            space = f"'\\x{store.space.hex()}'"
            say(f"SELECT FROM pinjwt_sessions WHERE space = {space} FOR UPDATE NOWAIT")
        thread.join()
        assert store.statistics()["revoked"] == 20


def test_a_number_of_the_feed_is_seen_after_those_below_it(shared_server: Server) -> None:
    with Store(shared_server.url + "?pinjwt_deadline_ms=10000") as store:
        store.deny(b"first")
        # The first read makes the epoch, and would wait too.
        store.feed()
        space = f"'\\x{store.space.hex()}'"
        head = f"UPDATE pinjwt_feeds SET sequence = sequence + 1, mark = '12345678' WHERE space = {space}"
        with transaction(shared_server, head) as say:
            thread = threading.Thread(target=store.deny, args=(b"third",))
            thread.start()
            wait_for_lock(shared_server)
            assert [entry.key for entry in store.feed().entries] == [b"first"]
            say(
                "INSERT INTO pinjwt_denials (space, sequence, kind, key, value, until, mark) "
                f"VALUES ({space}, 2, 1, 'second', 0, 99999999999999, '12345678')"
            )
        thread.join()
        found = [(entry.sequence, entry.key) for entry in store.feed().entries]
        assert found == [(1, b"first"), (2, b"second"), (3, b"third")]


def test_a_rotation_that_waited_sees_what_it_waited_for(shared_server: Server) -> None:
    """The row, the version of the user and the time are those after the wait."""
    with Store(shared_server.url + "?pinjwt_deadline_ms=10000") as store:
        row, _ = store.create(new_row())
        other, _ = store.create(new_row())
        answers = []

        def refresh() -> None:
            answers.append(store.rotate(row.selector, 0, row.current, bytes(32)))

        with held(shared_server, store, row):
            thread = threading.Thread(target=refresh)
            thread.start()
            wait_for_lock(shared_server)
            store.bump(b"tag!", b"user")
            time.sleep(0.05)
            after = store.feed().now
        thread.join()
        assert answers[0].verdict is Verdict.SUPERSEDED
        assert answers[0].now >= after
        assert store.rotate(other.selector, 0, other.current, bytes(32)).verdict is Verdict.SUPERSEDED


def test_a_sweep_finds_logins_that_had_begun(shared_server: Server) -> None:
    """One that has its time already, but waits to be seen, is not left out."""
    with Store(shared_server.url + "?pinjwt_deadline_ms=10000") as store:
        first, _ = store.create(new_row())
        created = []
        swept = []
        with held(shared_server, store, first):
            # It displaces the first one, and so waits after it has taken the time.
            login = threading.Thread(target=lambda: created.append(store.create(new_row(), cap=1)[0]))
            login.start()
            wait_for_lock(shared_server)
            time.sleep(0.05)
            before = store.feed().now
            sweep = threading.Thread(target=lambda: swept.append(store.sweep(before)))
            sweep.start()
            time.sleep(0.2)
        login.join()
        sweep.join()
        assert created[0].created < before
        assert swept == [(1, False)]
        assert store.rotate(created[0].selector, 0, created[0].current, bytes(32)).verdict is Verdict.REVOKED


def test_a_bump_that_races_logins_and_refreshes(shared_server: Server) -> None:
    """Whoever carries a version below the last one is denied by the feed, and refreshes no more."""
    with Store(shared_server.url + "?pinjwt_deadline_ms=20000") as store:
        sessions = []
        done = threading.Event()

        def live() -> None:
            while not done.is_set():
                row, _ = store.create(new_row())
                following = secrets.token_bytes(32)
                verdict = store.rotate(row.selector, 0, row.current, following).verdict
                assert verdict in (Verdict.ROTATED, Verdict.SUPERSEDED)
                if verdict is Verdict.ROTATED:
                    sessions.append((row, following))

        def bump() -> None:
            for _ in range(20):
                version = store.bump(b"tag!", b"user")
                row, _ = store.create(new_row())
                assert row.version == version
            done.set()

        together([live, live, live, bump])
        versions = [entry.value for entry in store.feed().entries if entry.kind is Kind.USER]
        assert versions == list(range(1, 21))
        assert len({row.version for row, _ in sessions}) > 1
        for row, token in sessions:
            verdict = store.rotate(row.selector, 1, token, bytes(32)).verdict
            assert verdict is (Verdict.ROTATED if row.version == 20 else Verdict.SUPERSEDED)


def test_the_limit_of_sessions_is_exact_when_many_log_in_at_once(shared_server: Server) -> None:
    with Store(shared_server.url + "?pinjwt_pool=16&pinjwt_deadline_ms=20000") as store:
        displaced: list[bytes] = []

        def login() -> None:
            for _ in range(10):
                _, gone = store.create(new_row(), cap=5)
                displaced.extend(row.sid for row in gone)

        together([login] * 16)
        assert len(store.list(b"tag!", b"user")) == 5
        assert len(displaced) == len(set(displaced)) == 155
        assert {entry.key for entry in store.feed().entries} == set(displaced)


def test_a_connection_that_is_kept_waiting_does_not_stop_the_others(shared_server: Server) -> None:
    with Store(shared_server.url + "?pinjwt_pool=2&pinjwt_deadline_ms=3000") as store:
        kept, _ = store.create(new_row(b"held"))
        free, _ = store.create(new_row(b"free"))
        failed = []

        def wait() -> None:
            try:
                store.rotate(kept.selector, 0, kept.current, bytes(32))
            except StoreError as fault:
                failed.append(fault)

        with held(shared_server, store, kept):
            thread = threading.Thread(target=wait)
            thread.start()
            wait_for_lock(shared_server)
            token = free.current
            for generation in range(20):
                following = secrets.token_bytes(32)
                assert store.rotate(free.selector, generation, token, following).verdict is Verdict.ROTATED
                token = following
            thread.join()
        assert [fault.status for fault in failed] == [Status.STORE]
        assert "deadline" in failed[0].message or "3000 ms" in failed[0].message
        assert store.rotate(kept.selector, 0, kept.current, bytes(32)).verdict is Verdict.ROTATED
