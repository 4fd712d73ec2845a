"""What each operation does, and what it does when several come at once."""

from __future__ import annotations

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from crowd import in_threads
from redis_server import Server
from store_abi import Entry, Kind, Position, Row, Store, StoreError, Verdict, new_row, to_the_end

TAG = b"tag!"
USER = b"user"
WEEK = 7 * 86_400_000


def sids(entries: list[Entry]) -> list[bytes]:
    return [entry.key for entry in entries if entry.kind == Kind.SID]


def logins(store: Store, count: int, **changes: bytes) -> list[Row]:
    """Some milliseconds apart, so that their order is that of the times."""
    rows = []
    for _ in range(count):
        rows.append(store.create(new_row(**changes))[0])
        time.sleep(0.002)
    return rows


def keys(server: Server, store: Store) -> list[bytes]:
    with server.client() as client:
        found: list[bytes] = client("KEYS", f"pinjwt:*{store.space.hex()}*")
    return found


# Logging in


def test_a_session_comes_back_as_it_was_given(store: Store) -> None:
    row = new_row(
        user=b"u" * 256,
        client=b"c" * 256,
        claims=b"{" * 4096,
        device="Gerät".encode(),
        address=b"::" * 22,
        agent=bytes(range(256)),
        generation=2**32 - 1,
        previous=b"p" * 32,
        seal=b"s" * 32,
        nonce=b"n" * 16,
        jti=b"j" * 22,
        sid=b"s" * 64,
    )
    before = store.feed().now
    stored, displaced = store.create(row, idle=5000, absolute=9000)
    after = store.feed().now
    assert displaced == []
    assert before <= stored.created <= after
    row.created = row.rotated = stored.created
    row.idle_end, row.end = stored.created + 5000, stored.created + 9000
    assert stored == row
    assert store.list(TAG, row.user) == [row]


def test_idle_end_is_within_the_end(store: Store) -> None:
    stored, _ = store.create(new_row(), idle=9000, absolute=5000)
    assert stored.idle_end == stored.end == stored.created + 5000
    first = secrets.token_bytes(32)
    answer = store.rotate(stored.selector, 0, stored.current, first, idle=60_000)
    assert answer.session is not None
    assert answer.session.idle_end == stored.end


def test_times_beyond_all_bounds(store: Store) -> None:
    stored, _ = store.create(new_row(), idle=2**63 - 1, absolute=2**63 - 1)
    assert stored.idle_end == stored.end > 2**51
    answer = store.rotate(stored.selector, 0, stored.current, bytes(32), idle=2**63 - 1, grace=2**63 - 1)
    assert answer.verdict == Verdict.ROTATED
    store.deny(b"x", until=2**63 - 1)
    assert store.feed().entries[0].until > 2**51


def test_the_same_session_twice(store: Store) -> None:
    row = new_row()
    store.create(row)
    for again in (row, new_row(sid=row.sid), new_row(selector=row.selector)):
        with pytest.raises(StoreError, match="already"):
            store.create(again)
    assert len(store.list(TAG, USER)) == 1


def test_the_oldest_make_room(store: Store) -> None:
    rows = logins(store, 4)
    _, displaced = store.create(new_row(), cap=2)
    assert [row.sid for row in displaced] == [row.sid for row in rows[:3]]
    assert all(row.reason == 4 and row.revoked and not row.seal for row in displaced)
    assert sids(store.feed().entries) == [row.sid for row in rows[:3]]
    assert store.rotate(rows[0].selector, 0, rows[0].current, bytes(32)).verdict == Verdict.REVOKED
    assert len(store.list(TAG, USER)) == 2


def test_only_live_ones_need_room(store: Store) -> None:
    short, _ = store.create(new_row(), idle=1)
    revoked, _ = store.create(new_row())
    store.revoke_selector(revoked.selector)
    time.sleep(0.005)
    logins(store, 1)
    other, _ = store.create(new_row(user=b"another user with the same tag"))
    assert store.create(new_row(), cap=2)[1] == []
    assert store.bump(TAG, USER) == 1
    # Those before the bump have no room to give.
    assert store.create(new_row(), cap=1)[1] == []
    assert [row.sid for row in store.list(TAG, other.user)] == [other.sid]
    assert short.sid not in sids(store.feed().entries)


def test_a_limit_that_was_lowered(store: Store) -> None:
    """From many to one, in one step."""
    rows = logins(store, 60)
    _, displaced = store.create(new_row(), cap=1)
    assert len(displaced) == 60
    assert sids(store.feed().entries) == [row.sid for row in rows]


def test_logins_at_once_keep_to_the_limit(store: Store) -> None:
    for _ in range(5):
        answers = in_threads(16, lambda _: store.create(new_row(), cap=5))
        created = {row.sid for row, _ in answers}
        displaced = [row.sid for _, rows in answers for row in rows]
        live = {row.sid for row in store.list(TAG, USER)}
        assert len(live) == 5
        assert live <= created
        assert len(displaced) == len(set(displaced))
        assert not live & set(displaced)
        # Whatever was denied is revoked, and the other way round.
        assert set(sids(store.feed().entries)) >= created - live
        assert not set(sids(store.feed().entries)) & live


# Refreshing


def test_one_token_presented_by_many(store: Store) -> None:
    """One rotates, the others get the very same successor."""
    for _ in range(10):
        row, _ = store.create(new_row())
        following = [secrets.token_bytes(32) for _ in range(32)]
        answers = in_threads(32, lambda n: store.rotate(row.selector, 0, row.current, following[n]))  # noqa: B023
        verdicts = sorted(answer.verdict for answer in answers)
        assert verdicts == [Verdict.ROTATED] + [Verdict.REPLAYED] * 31
        assert len({answer.session.current for answer in answers if answer.session}) == 1
    assert store.feed().entries == []


def test_a_token_used_again_by_many(store: Store) -> None:
    """The session ends once; those that judged it before it ended may write the denial twice."""
    row, _ = store.create(new_row())
    first = secrets.token_bytes(32)
    store.rotate(row.selector, 0, row.current, first)
    store.rotate(row.selector, 1, first, secrets.token_bytes(32))
    answers = in_threads(16, lambda _: store.rotate(row.selector, 0, row.current, bytes(32)))
    verdicts = [answer.verdict for answer in answers]
    assert verdicts.count(Verdict.REUSED) == 1
    assert verdicts.count(Verdict.REVOKED) == 15
    assert set(sids(store.feed().entries)) == {row.sid}


def test_grace_is_by_the_servers_clock(store: Store) -> None:
    row, _ = store.create(new_row())
    first = secrets.token_bytes(32)
    store.rotate(row.selector, 0, row.current, first)
    assert store.rotate(row.selector, 0, row.current, bytes(32), grace=60_000).verdict == Verdict.REPLAYED
    time.sleep(0.02)
    assert store.rotate(row.selector, 0, row.current, bytes(32), grace=10).verdict == Verdict.REUSED


def test_rows_outlive_all_that_is_asked_of_them(shared_server: Server, store: Store) -> None:
    row, _ = store.create(new_row(), idle=5000, absolute=100_000)
    [key] = [key for key in keys(shared_server, store) if b":s:" in key]
    with shared_server.client() as client:
        assert WEEK < client("PTTL", key) <= WEEK + 5000
        store.rotate(row.selector, 0, row.current, bytes(32), idle=50_000)
        assert WEEK + 5000 < client("PTTL", key) <= WEEK + 50_000
        store.revoke_selector(row.selector)
        assert WEEK + 5000 < client("PTTL", key) <= WEEK + 50_000
        for other in keys(shared_server, store):
            assert client("PTTL", other) > WEEK or other.endswith((b":f", b":e")), other


# Revoking


def test_revoking_by_token(store: Store) -> None:
    row, _ = store.create(new_row())
    answer = store.revoke_selector(row.selector)
    assert answer.found
    assert not answer.more
    assert [(r.sid, r.reason, r.revoked) for r in answer.sessions] == [(row.sid, 1, answer.now)]
    assert store.revoke_selector(row.selector)[:3] == ([], True, False)
    assert store.revoke_selector(TAG + bytes(12))[:3] == ([], False, False)
    assert sids(store.feed().entries) == [row.sid]


def test_revoking_by_sid(store: Store) -> None:
    row, _ = store.create(new_row())
    assert store.revoke_sid(TAG, b"somebody else", row.sid)[:3] == ([], False, False)
    assert store.revoke_sid(TAG, USER, b"x" * 22)[:3] == ([], False, False)
    assert [r.sid for r in store.revoke_sid(TAG, USER, row.sid).sessions] == [row.sid]
    assert store.revoke_sid(TAG, USER, row.sid)[:3] == ([], True, False)
    assert sids(store.feed().entries) == [row.sid]


def test_revoking_all_of_a_user(store: Store) -> None:
    rows = logins(store, 7)
    other, _ = store.create(new_row(user=b"another user with the same tag"))
    seen: list[bytes] = []
    for expected in (3, 3, 0):
        answer = store.revoke_user(TAG, USER, but=rows[2].sid, limit=3)
        assert answer.found
        assert len(answer.sessions) == expected
        assert answer.more == (len(seen) == 0)
        seen += [row.sid for row in answer.sessions]
    assert seen == [row.sid for row in rows if row is not rows[2]] == sids(store.feed().entries)
    assert [row.sid for row in store.list(TAG, USER)] == [rows[2].sid]
    assert [row.sid for row in store.list(TAG, other.user)] == [other.sid]
    assert [row.sid for row in store.revoke_user(TAG, USER).sessions] == [rows[2].sid]


def test_superseded_sessions_are_revoked_too(store: Store) -> None:
    row, _ = store.create(new_row())
    store.bump(TAG, USER)
    assert [r.sid for r in store.revoke_user(TAG, USER).sessions] == [row.sid]


def test_more_sessions_than_fit_in_one_answer(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: store.create(new_row()), range(2300)))
    assert len(store.list(TAG, USER, limit=5000)) == 1000
    total = 0
    while True:
        answer = store.revoke_user(TAG, USER, limit=5000)
        total += len(answer.sessions)
        if not answer.more:
            break
    assert total == 2300 == store.statistics()["revoked"]


def test_revoking_and_refreshing_at_once(store: Store) -> None:
    """A session that was said to be revoked never rotates again."""
    for _ in range(30):
        row, _ = store.create(new_row())
        ended = threading.Event()

        def refresh() -> bool:
            token, generation = row.current, 0  # noqa: B023
            while True:
                was_ended = ended.is_set()  # noqa: B023
                following = secrets.token_bytes(32)
                answer = store.rotate(row.selector, generation, token, following)  # noqa: B023
                if answer.verdict == Verdict.REVOKED:
                    return True
                assert answer.verdict == Verdict.ROTATED
                assert not was_ended
                token, generation = following, generation + 1

        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(refresh)
            time.sleep(0.002)
            assert len(store.revoke_sid(TAG, USER, row.sid).sessions) == 1
            ended.set()
            assert running.result()


def test_sweeping(store: Store) -> None:
    early = logins(store, 5)
    expired, _ = store.create(new_row(), idle=1)
    time.sleep(0.01)
    before = store.feed().now
    late = logins(store, 5)
    store.revoke_selector(early[0].selector)
    assert to_the_end(lambda: store.sweep(before, limit=2)) == 5
    assert to_the_end(lambda: store.sweep(before, limit=2)) == 0
    assert {row.sid for row in store.list(TAG, USER)} == {row.sid for row in late}
    assert store.rotate(early[1].selector, 0, early[1].current, bytes(32)).verdict == Verdict.REVOKED
    assert store.rotate(expired.selector, 0, expired.current, bytes(32)).verdict == Verdict.REVOKED
    assert sids(store.feed().entries) == [early[0].sid]


def test_sweeping_and_refreshing_at_once(store: Store) -> None:
    """What rotates while it is gone through is found all the same."""
    rows = [store.create(new_row(tag=secrets.token_bytes(4)))[0] for _ in range(300)]
    stop = threading.Event()

    def refresh() -> None:
        tokens = {row.selector: (0, row.current) for row in rows}
        while not stop.is_set():
            for selector, (generation, token) in tokens.items():
                following = secrets.token_bytes(32)
                if store.rotate(selector, generation, token, following).verdict == Verdict.ROTATED:
                    tokens[selector] = (generation + 1, following)

    thread = threading.Thread(target=refresh)
    thread.start()
    assert to_the_end(lambda: store.sweep(2**50, limit=7)) == 300
    stop.set()
    thread.join()
    assert store.statistics()["live"] == 0


# Versions


def test_a_bump_ends_what_was_before(store: Store) -> None:
    row, _ = store.create(new_row())
    assert store.bump(TAG, USER) == 1
    assert store.rotate(row.selector, 0, row.current, bytes(32)).verdict == Verdict.SUPERSEDED
    after, _ = store.create(new_row())
    assert after.version == 1
    assert store.rotate(after.selector, 0, after.current, bytes(32)).verdict == Verdict.ROTATED
    other, _ = store.create(new_row(user=b"another user with the same tag"))
    assert other.version == 0
    [entry] = store.feed().entries
    assert (entry.kind, entry.key, entry.value) == (Kind.USER, USER, 1)


def test_bumps_at_once(store: Store) -> None:
    versions = in_threads(24, lambda _: store.bump(TAG, USER))
    assert sorted(versions) == list(range(1, 25))
    assert store.create(new_row())[0].version == 24
    assert sorted(entry.value for entry in store.feed().entries) == list(range(1, 25))


# The feed


def test_the_feed_is_numbered_without_gaps(store: Store) -> None:
    """A reader that follows while others write misses nothing, whatever the order."""
    stop = threading.Event()
    seen: list[Entry] = []

    def follow() -> Position:
        position = Position()
        while True:
            is_last = stop.is_set()
            page = store.feed(position, limit=7)
            seen.extend(page.entries)
            position = page.position
            if is_last and not page.more:
                return position

    def write(number: int) -> None:
        for index in range(50):
            store.deny(b"%d-%d" % (number, index))

    with ThreadPoolExecutor(1) as threads:
        following = threads.submit(follow)
        in_threads(8, write)
        stop.set()
        position = following.result()
    assert [entry.sequence for entry in seen] == list(range(1, 401))
    assert len({entry.key for entry in seen}) == 400
    assert store.feed(position).entries == []
    assert store.feed(position).position == position


def test_what_an_entry_holds(store: Store) -> None:
    store.deny(bytes(range(256)), kind=Kind.SID, value=2**52 + 1, until=2**40)
    store.deny(b"", kind=Kind.BEFORE, value=12345, keep=5000)
    first, second = store.feed().entries
    assert first == (1, Kind.SID, bytes(range(256)), 2**52 + 1, 2**40)
    assert second[:4] == (2, Kind.BEFORE, b"", 12345)
    assert abs(second.until - store.feed().now - 5000) < 2000


def test_a_feed_before_anything(store: Store) -> None:
    first, second = store.feed(), store.feed()
    assert first.entries == []
    assert not first.more
    assert len(first.position.epoch) == 16
    assert first.position[1:] == (b"", 0)
    assert first.position == second.position
    store.deny(b"x")
    assert [entry.key for entry in store.feed(first.position).entries] == [b"x"]


def test_pages(store: Store) -> None:
    for number in range(10):
        store.deny(b"%d" % number)
    page = store.feed(limit=4)
    assert len(page.entries) == 4
    assert page.more
    assert page.position.sequence == 4
    page = store.feed(page.position, limit=6)
    assert len(page.entries) == 6
    assert not page.more
    assert page.position.sequence == 10
    assert not store.feed(page.position, limit=1).more


def test_a_feed_that_was_lost(server: Server) -> None:
    """Another epoch: the reader begins anew."""
    with Store(server.url) as store:
        for _ in range(3):
            store.deny(b"old")
        position = store.feed().position
        with server.client() as client:
            client("FLUSHALL")
        store.deny(b"new")
        page = store.feed(position)
        assert [entry.key for entry in page.entries] == [b"new"]
        assert page.position.epoch != position.epoch


def test_a_feed_that_lost_its_end(server: Server) -> None:
    """A replica that was promoted, or a copy that was restored: another mark at the same number."""
    with Store(server.url) as store:
        store.deny(b"kept")
        store.feed()
        names = [key for key in keys(server, store) if key.endswith((b":f", b":e"))]
        with server.client() as client:
            copies = {name: client("DUMP", name) for name in names}
            store.deny(b"lost")
            position = store.feed().position
            for name, copy in copies.items():
                client("RESTORE", name, 0, copy, "REPLACE")
        store.deny(b"other")
        page = store.feed(position)
        assert [entry.key for entry in page.entries] == [b"kept", b"other"]
        assert (page.position.epoch, page.position.sequence) == (position.epoch, position.sequence)
        assert page.position.mark != position.mark


def test_a_reader_that_slept(store: Store) -> None:
    """What it stood at has been removed: it reads all that there is, unless it had read all."""
    store.deny(b"1", until=1)
    asleep = store.feed().position
    assert to_the_end(store.purge) == 1
    assert store.feed(asleep).entries == []
    store.deny(b"2")
    store.deny(b"3")
    assert [entry.sequence for entry in store.feed(asleep).entries] == [2, 3]
    store.deny(b"4", until=1)
    behind = store.feed(limit=3).position
    assert behind.sequence == 4
    store.deny(b"5")
    assert to_the_end(store.purge) == 1
    # Sequence 4 is gone and was not the last: from the oldest on, which denies twice and misses nothing.
    assert [entry.sequence for entry in store.feed(behind).entries] == [2, 3, 5]


# One-shot tokens


def test_a_token_is_used_up_once(store: Store) -> None:
    far = store.feed().now + 1_000_000
    assert in_threads(32, lambda _: store.consume(bytes(32), far)).count(True) == 1
    assert store.consume(b"another" + bytes(25), far)


def test_a_used_token_stays_used_until_its_time(shared_server: Server, store: Store) -> None:
    now = store.feed().now
    for until in (1, now - 1000, now + 100_000):
        key = secrets.token_bytes(32)
        assert store.consume(key, until)
        assert not store.consume(key, until)
        with shared_server.client() as client:
            left = client("PTTL", f"pinjwt:{store.space.hex()}:o:{key.hex()}")
        assert max(until - now, 0) + 3_500_000 < left <= max(until - now, 0) + 3_600_000


# Tidying


def test_purging(shared_server: Server, store: Store) -> None:
    gone, _ = store.create(new_row(), idle=1)
    kept, _ = store.create(new_row(), idle=500_000)
    sealed, _ = store.create(new_row(tag=b"tug!"), idle=500_000)
    token = secrets.token_bytes(32)
    store.rotate(sealed.selector, 0, sealed.current, token)
    store.deny(b"past", until=1)
    store.deny(b"to come")
    store.consume(bytes(32), 1)
    store.consume(b"x" * 32, store.feed().now + 100_000)
    time.sleep(0.05)
    assert store.statistics() == {"live": 2, "revoked": 0, "expired": 1, "denials": 2, "consumed": 2}
    assert to_the_end(lambda: store.purge(retain=60_000, grace=60_000)) == 2
    assert to_the_end(lambda: store.purge(retain=10, grace=60_000)) == 1
    assert store.rotate(gone.selector, 0, gone.current, bytes(32)).verdict == Verdict.UNKNOWN
    assert to_the_end(lambda: store.purge(retain=10, grace=10)) == 1
    assert to_the_end(lambda: store.purge(retain=10, grace=10)) == 0
    [left] = store.list(b"tug!", USER)
    assert (left.seal, left.nonce, left.current) == (b"", b"", token)
    # Without its seal it can give the successor to nobody.
    assert store.rotate(sealed.selector, 0, sealed.current, bytes(32), grace=2**40).verdict == Verdict.REUSED
    assert store.statistics() == {"live": 1, "revoked": 1, "expired": 0, "denials": 2, "consumed": 1}
    base = f"pinjwt:{store.space.hex()}:{{{TAG.hex()}}}"
    with shared_server.client() as client:
        assert client("ZRANGE", base + ":l", 0, -1) == [kept.selector[4:].hex().encode() + kept.sid]
        assert client("HKEYS", base + ":n") == [kept.sid]


def test_purging_in_steps(store: Store) -> None:
    for number in range(30):
        store.create(new_row(tag=secrets.token_bytes(4)), idle=1)
        store.consume(b"%032d" % number, 1)
        store.deny(b"%d" % number, until=1)
    time.sleep(0.01)
    total = 0
    for _ in range(1000):
        count, more = store.purge(retain=0, limit=7)
        assert count <= 7
        total += count
        if not more:
            break
    assert total == 90
    assert store.statistics() == {"live": 0, "revoked": 0, "expired": 0, "denials": 0, "consumed": 0}


def test_logging_in_forgets_what_has_expired_by_itself(shared_server: Server, store: Store) -> None:
    """Rows whose time is over leave the index of the user as others come."""
    rows = logins(store, 3)
    with shared_server.client() as client:
        base = f"pinjwt:{store.space.hex()}:{{{TAG.hex()}}}"
        client("DEL", f"{base}:s:{rows[0].selector[4:].hex()}")
        for cap in (0, 5):
            last, _ = store.create(new_row(), cap=cap)
            rows.append(last)
            assert client("ZCARD", base + ":l") == client("HLEN", base + ":n") == len(rows) - 1


def test_statistics_of_many(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: store.create(new_row(tag=secrets.token_bytes(4))), range(1500)))
    assert store.statistics()["live"] == 1500
