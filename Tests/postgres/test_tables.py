"""The tables: what others do to them, and that many rows are no matter."""

from __future__ import annotations

import secrets
import time

import pytest
from postgres_server import Server
from store_abi import Status, Store, StoreError, Verdict, new_row, to_the_end


def space_of(store: Store) -> str:
    return f"'\\x{store.space.hex()}'"


def test_tables_that_are_changed_meanwhile(database: Server) -> None:
    """What was prepared is prepared anew; an error is not for ever."""
    with Store(database.url) as store:
        row, _ = store.create(new_row())
        database.sql("ALTER TABLE pinjwt_sessions ALTER COLUMN agent TYPE text USING 'x'")
        with pytest.raises(StoreError) as caught:
            store.list(b"tag!", b"user")
        assert caught.value.status is Status.STORE
        database.sql("ALTER TABLE pinjwt_sessions ALTER COLUMN agent TYPE bytea USING ''")
        assert store.rotate(row.selector, 0, row.current, bytes(32)).verdict is Verdict.ROTATED


def test_tables_that_are_gone(database: Server) -> None:
    with Store(database.url + "?pinjwt_pool=1") as store:
        names = "sessions", "meta", "users", "feeds", "denials", "consumed"
        database.sql("DROP TABLE " + ", ".join(f"pinjwt_{name}" for name in names))
        with pytest.raises(StoreError, match="42P01"):
            store.statistics()
        with pytest.raises(StoreError, match="open the store again") as caught:
            store.statistics()
        assert caught.value.status is Status.STORE_STATE
    with Store(database.url) as store:
        store.create(new_row())


def test_connections_that_the_server_ends(shared_server: Server) -> None:
    """Where nothing can have been committed, another connection does it within the deadline."""
    with Store(shared_server.url) as store:
        row, _ = store.create(new_row())
        for generation in range(20):
            shared_server.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pinjwt'"
            )
            answer = store.rotate(row.selector, generation, row.current, row.current)
            assert answer.verdict is Verdict.ROTATED


def test_a_connection_that_ends_with_what_it_was_told_to_commit(database: Server) -> None:
    """The outcome is unknown, and nothing is done twice."""
    with Store(database.url) as store:
        database.sql(
            "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'; "
            "CREATE SEQUENCE tries; "
            "CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM nextval(''tries''); RETURN NEW; END'; "
            "CREATE TRIGGER a BEFORE INSERT ON pinjwt_denials FOR EACH ROW EXECUTE FUNCTION count_it(); "
            "CREATE TRIGGER b BEFORE INSERT ON pinjwt_denials FOR EACH ROW EXECUTE FUNCTION leave()"
        )
        with pytest.raises(StoreError) as caught:
            store.deny(b"key")
        assert caught.value.status is Status.STORE
        assert database.sql("SELECT last_value FROM tries") == "1"
        database.sql("DROP TRIGGER b ON pinjwt_denials")
        store.deny(b"key")
        assert [entry.key for entry in store.feed().entries] == [b"key"]


@pytest.mark.parametrize(
    "change",
    [
        "generation = -1",
        "version = -1",
        "rotated = -9223372036854775808",
        "ends = -1",
        "reason = 99",
        "reason = 4294967296",
    ],
)
def test_rows_that_it_never_wrote(shared_server: Server, change: str) -> None:
    with Store(shared_server.url) as store:
        row, _ = store.create(new_row())
        shared_server.sql(f"UPDATE pinjwt_sessions SET {change} WHERE space = {space_of(store)}")
        with pytest.raises(StoreError, match="not one that pinjwt has written") as caught:
            store.rotate(row.selector, 0, row.current, bytes(32))
        assert caught.value.status is Status.STORE_STATE


def test_a_write_that_a_trigger_swallows(database: Server) -> None:
    """A successor is only told of where it was written."""
    with Store(database.url) as store:
        row, _ = store.create(new_row())
        database.sql(
            "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
            "CREATE TRIGGER swallow BEFORE UPDATE ON pinjwt_sessions FOR EACH ROW EXECUTE FUNCTION swallow()"
        )
        with pytest.raises(StoreError) as caught:
            store.rotate(row.selector, 0, row.current, bytes(32))
        assert caught.value.status is Status.STORE_STATE


def test_many_rows_are_swept_and_purged_within_the_deadlines(shared_server: Server) -> None:
    with Store(shared_server.url + "?pinjwt_deadline_ms=1000") as store:
        space, count = space_of(store), 30_000
        shared_server.sql(
            "INSERT INTO pinjwt_sessions SELECT "
            f"{space}, decode(md5('a' || n), 'hex'), convert_to(left(md5(n::text), 22), 'UTF8'), "
            "convert_to('u' || n % 1000, 'UTF8'), '', '', '', '', '', sha256(n::text::bytea), "
            "'', '', '', '', 0, 0, n, n, 99999999999999, 99999999999999, 0, 0, 1, NULL "
            f"FROM generate_series(1, {count}) n"
        )
        assert store.sweep(501, limit=1000) == (500, False)
        assert to_the_end(lambda: store.sweep(count + 1, limit=1000)) == count - 500
        assert store.statistics()["revoked"] == count
        shared_server.sql(
            f"UPDATE pinjwt_sessions SET idle_end = 5 WHERE space = {space};"
            "INSERT INTO pinjwt_denials SELECT "
            f"{space}, n, 1, n::text::bytea, 0, 1, '12345678' FROM generate_series(1, {count}) n;"
            "INSERT INTO pinjwt_consumed SELECT "
            f"{space}, sha256(n::text::bytea), 1 FROM generate_series(1, {count}) n"
        )
        assert to_the_end(lambda: store.purge(retain=0, grace=0, limit=100_000)) == 3 * count
        assert store.statistics() == dict.fromkeys(("live", "revoked", "expired", "denials", "consumed"), 0)


def test_plans_that_were_made_for_empty_tables_do_for_full_ones(database: Server) -> None:
    """Each operation but a purge reads the rows that it is about, and no others."""
    with Store(database.url + "?pinjwt_pool=1&pinjwt_deadline_ms=60000") as store:

        def use() -> None:
            row, _ = store.create(new_row(), cap=3)
            assert store.rotate(row.selector, 0, row.current, bytes(32)).verdict is Verdict.ROTATED
            store.bump(b"tag!", b"someone")
            store.list(b"tag!", b"user")
            store.revoke_sid(b"tag!", b"user", row.sid)
            store.revoke_user(b"tag!", b"user")
            store.consume(secrets.token_bytes(32), 2**45)
            store.feed(store.feed(limit=1).position, limit=1)
            store.sweep(1)

        # The server keeps a plan from the sixth time on.
        for _ in range(8):
            use()
        space, count = space_of(store), 20_000
        database.sql(
            "INSERT INTO pinjwt_sessions SELECT "
            f"{space}, decode(md5('a' || n), 'hex'), convert_to(left(md5(n::text), 22), 'UTF8'), "
            "convert_to('u' || n, 'UTF8'), '', '', '', '', '', sha256(n::text::bytea), "
            "'', '', '', '', 0, 0, n, n, 99999999999999, 99999999999999, 0, 0, 99999999999999, NULL "
            f"FROM generate_series(2, {count}) n;"
            f"INSERT INTO pinjwt_users SELECT {space}, n::text::bytea, 1 FROM generate_series(1, {count}) n;"
            "INSERT INTO pinjwt_consumed SELECT "
            f"{space}, sha256(n::text::bytea), 99999999999999 FROM generate_series(1, {count}) n"
        )

        def read() -> int:
            # A backend tells of what it has read a second later, or at its end.
            time.sleep(1.1)
            store.feed()
            time.sleep(0.1)
            return int(
                database.sql(
                    "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables "
                    "WHERE relname <> 'pinjwt_denials'"
                )
            )

        before = read()
        for _ in range(20):
            use()
        assert read() - before < count


def test_rotations_leave_the_indexes_alone(shared_server: Server) -> None:
    """Each is a heap-only update, so that tables do not grow by the use of sessions."""
    with Store(shared_server.url) as store:
        row, _ = store.create(new_row())
        token = row.current
        counters = (
            "SELECT n_tup_upd - n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'pinjwt_sessions'"
        )
        for generation in range(2):
            following = secrets.token_bytes(32)
            assert store.rotate(row.selector, generation, token, following).verdict is Verdict.ROTATED
            token = following
        time.sleep(1.2)
        store.statistics()
        before = int(shared_server.sql(counters))
        for generation in range(2, 52):
            following = secrets.token_bytes(32)
            assert store.rotate(row.selector, generation, token, following).verdict is Verdict.ROTATED
            token = following
    time.sleep(0.2)
    assert int(shared_server.sql(counters)) - before < 10
