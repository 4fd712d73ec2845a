"""What every store has to do, by include/pinjwt_sessions.h, straight against its functions.

A store of your own: build it as a shared library with a function like pinjwt_sqlite_store, and name both:
`pytest Tests/stores/test_conformance.py --store LIBRARY:FUNCTION:TEXT`. The function gets the text, and opens
the same storage each time; without a text it is called once for each test, and the store is shared.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from crowd import together
from store_abi import Entry, Kind, Position, Row, Store, Verdict, new_row, to_the_end

SEAL = b"s" * 32
NONCE = b"n" * 16


def hashes() -> tuple[bytes, bytes, bytes]:
    return secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32)


def rotate(store: Store, row: Row, generation: int, token: bytes, following: bytes, **changes: Any) -> Any:
    return store.rotate(
        row.selector,
        generation,
        token,
        following,
        **({"seal": SEAL, "nonce": NONCE, "jti": b"jti-next"} | changes),
    )


def begin(store: Store, **changes: Any) -> Row:
    stored, displaced = store.create(new_row(**changes))
    assert displaced == []
    return stored


def sids(rows: list[Row]) -> list[bytes]:
    return [row.sid for row in rows]


def entries(store: Store) -> list[tuple[Kind, bytes, int]]:
    return [(entry.kind, entry.key, entry.value) for entry in read_all(store)]


def read_all(store: Store, limit: int = 1000) -> list[Entry]:
    found: list[Entry] = []
    position = Position()
    while True:
        page = store.feed(position, limit=limit)
        found += page.entries
        position = page.position
        if not page.more:
            return found


# --- create ---


@pytest.mark.parametrize("size", ["empty", "full", "odd"])
def test_rows_come_back_as_they_were_given(store: Store, size: str) -> None:
    texts: dict[str, Any] = {}
    if size == "empty":
        texts = {"user": b"u", "client": b"", "jti": b""}
    elif size == "full":
        texts = {
            "user": b"u" * 256,
            "client": b"c" * 256,
            "claims": b"{" + b"x" * 4095,
            "device": b"d" * 64,
            "address": b"a" * 45,
            "agent": b"g" * 256,
            "jti": b"j" * 22,
        }
    else:
        odd = "%s'\"\\{}\u00e9\U0001f511:*?[]$1 ;--".encode()
        texts = {
            "user": odd,
            "client": odd,
            "claims": odd,
            "device": odd,
            "address": b"::1",
            "agent": odd,
            "selector": b"\0\xff{}" + secrets.token_bytes(8) + b"\0\r\n}",
            "current": b"\0" * 31 + b"\n",
        }
    given = new_row(**texts)
    stored, displaced = store.create(given, idle=50_000, absolute=90_000)
    assert displaced == []
    assert stored.created == stored.rotated
    assert abs(stored.created - time.time() * 1000) < 60_000
    assert stored.idle_end == stored.created + 50_000
    assert stored.end == stored.created + 90_000
    for name in (
        "selector",
        "sid",
        "user",
        "client",
        "claims",
        "device",
        "address",
        "agent",
        "current",
        "jti",
    ):
        assert getattr(stored, name) == getattr(given, name), name
    assert (stored.generation, stored.version, stored.revoked, stored.reason) == (0, 0, 0, 0)
    assert (stored.previous, stored.seal, stored.nonce) == (b"", b"", b"")
    assert store.list(given.selector[:4], given.user) == [stored]
    following = secrets.token_bytes(32)
    rotated = rotate(store, stored, 0, given.current, following, client=stored.client, jti=b"k" * 22)
    assert rotated.verdict is Verdict.ROTATED
    assert store.list(given.selector[:4], given.user) == [rotated.session]


def test_the_end_limits_the_idle_time(store: Store) -> None:
    stored, _ = store.create(new_row(), idle=90_000, absolute=50_000)
    assert stored.idle_end == stored.end == stored.created + 50_000
    rotated = rotate(store, stored, 0, stored.current, secrets.token_bytes(32), idle=90_000)
    assert rotated.session is not None
    assert rotated.session.idle_end == stored.end


def test_the_oldest_beyond_the_cap_go(store: Store) -> None:
    rows = []
    for _ in range(3):
        stored, displaced = store.create(new_row(), cap=3)
        assert displaced == []
        rows.append(stored)
        time.sleep(0.003)
    other = begin(store, user=b"other")
    stored, displaced = store.create(new_row(), cap=3)
    assert sids(displaced) == [rows[0].sid]
    assert displaced[0].revoked >= stored.created
    assert displaced[0].reason == 4
    assert (Kind.SID, rows[0].sid, 0) in entries(store)
    # A smaller cap takes as many as are too many; revoked ones do not count.
    time.sleep(0.003)
    last, displaced = store.create(new_row(), cap=1)
    assert sids(displaced) == [rows[1].sid, rows[2].sid, stored.sid]
    assert sids(store.list(last.selector[:4], b"user")) == [last.sid]
    assert sids(store.list(other.selector[:4], b"other")) == [other.sid]


def test_what_is_displaced_loses_its_seal(store: Store) -> None:
    stored = begin(store)
    rotate(store, stored, 0, stored.current, secrets.token_bytes(32))
    _, [displaced] = store.create(new_row(), cap=1)
    assert (displaced.sid, displaced.seal, displaced.nonce) == (stored.sid, b"", b"")
    assert rotate(store, stored, 1, bytes(32), bytes(32)).session == displaced


def test_of_two_of_one_moment_the_lower_selector_is_the_older(store: Store) -> None:
    rows = sorted((begin(store) for _ in range(40)), key=lambda row: (row.created, row.selector))
    assert sids(store.list(b"tag!", b"user")) == sids(rows)
    assert sids(store.list(b"tag!", b"user", limit=30)) == sids(rows[:30])
    _, displaced = store.create(new_row(), cap=11)
    assert sids(displaced) == sids(rows[:30])


def test_expired_and_superseded_sessions_do_not_count(store: Store) -> None:
    superseded = begin(store)
    store.bump(superseded.selector[:4], b"user")
    store.create(new_row(), idle=1)
    store.create(new_row(), absolute=1)
    time.sleep(0.02)
    _, displaced = store.create(new_row(), cap=1)
    assert displaced == []


def test_the_cap_is_exact_when_many_log_in(opened: Any) -> None:
    store, again = opened(), opened()
    assert store.space == again.space

    def login(which: Store) -> None:
        for _ in range(10):
            which.create(new_row(), cap=5)

    bodies = [partial(login, which) for which in (store, again) * 4]
    together(bodies)
    assert len(store.list(b"tag!", b"user")) == 5


# --- rotate ---


def test_the_current_token_rotates(store: Store) -> None:
    first, second, third = hashes()
    stored = begin(store, current=first)
    time.sleep(0.003)
    rotated = rotate(store, stored, 0, first, second, idle=70_000)
    assert rotated.verdict is Verdict.ROTATED
    row = rotated.session
    assert row is not None
    assert (row.generation, row.previous, row.current, row.seal, row.nonce) == (1, first, second, SEAL, NONCE)
    assert row.jti == b"jti-next"
    assert rotated.previous_jti == b"jti-0"
    assert row.rotated == rotated.now > stored.created
    assert row.idle_end == row.rotated + 70_000
    assert (row.created, row.end, row.user, row.sid) == (stored.created, stored.end, stored.user, stored.sid)
    again = rotate(store, stored, 1, second, third)
    assert again.verdict is Verdict.ROTATED
    assert again.previous_jti == b"jti-next"
    assert read_all(store) == []


def test_the_token_before_is_replayed_within_the_grace(store: Store) -> None:
    first, second, third = hashes()
    stored = begin(store, current=first)
    row = rotate(store, stored, 0, first, second).session
    for _ in range(2):
        replayed = rotate(store, stored, 0, first, third, seal=b"x" * 32, jti=b"other", grace=200)
        assert replayed.verdict is Verdict.REPLAYED
        assert replayed.session == row
    assert read_all(store) == []
    time.sleep(0.25)
    # The window counts from the rotation.
    reused = rotate(store, stored, 0, first, third, grace=200)
    assert reused.verdict is Verdict.REUSED
    assert reused.session.revoked == reused.now
    assert reused.session.reason == 5
    assert reused.session.seal == reused.session.nonce == b""
    assert entries(store) == [(Kind.SID, stored.sid, 0)]
    assert rotate(store, stored, 1, second, third).verdict is Verdict.REVOKED


def test_without_grace_the_token_before_is_reused(store: Store) -> None:
    first, second, third = hashes()
    stored = begin(store, current=first)
    rotate(store, stored, 0, first, second)
    assert rotate(store, stored, 0, first, third, grace=0).verdict is Verdict.REUSED


def test_an_older_token_is_reused_in_the_grace_too(store: Store) -> None:
    first, second, third = hashes()
    stored = begin(store, current=first)
    rotate(store, stored, 0, first, second)
    rotate(store, stored, 1, second, third)
    assert rotate(store, stored, 0, first, secrets.token_bytes(32)).verdict is Verdict.REUSED


def test_another_hash_of_the_generation_before_is_reused(store: Store) -> None:
    first, second, third = hashes()
    stored = begin(store, current=first)
    rotate(store, stored, 0, first, second)
    assert rotate(store, stored, 0, third, third).verdict is Verdict.REUSED


def test_one_ahead_rolls_forward(store: Store) -> None:
    first, second, third = hashes()
    stored = begin(store, current=first)
    rolled = rotate(store, stored, 1, second, third)
    assert rolled.verdict is Verdict.ROLLED_FORWARD
    assert (rolled.session.generation, rolled.session.previous, rolled.session.current) == (2, second, third)
    assert rotate(store, stored, 1, second, secrets.token_bytes(32)).verdict is Verdict.REPLAYED
    assert read_all(store) == []


@pytest.mark.parametrize("generation", [0, 2, 4294967295])
def test_what_the_row_cannot_have_made_rolls_it_back(store: Store, generation: int) -> None:
    first, second, third = hashes()
    stored = begin(store, current=first)
    back = rotate(store, stored, generation, second, third)
    assert back.verdict is Verdict.ROLLED_BACK
    assert back.session.revoked == back.now
    assert back.session.reason == 6
    assert entries(store) == [(Kind.SID, stored.sid, 0)]
    assert rotate(store, stored, 0, first, third).verdict is Verdict.REVOKED


def test_the_order_of_the_verdicts(store: Store) -> None:
    assert store.rotate(secrets.token_bytes(16), 0, bytes(32), bytes(32)).verdict is Verdict.UNKNOWN
    stored, _ = store.create(new_row(), idle=30)
    first = stored.current
    tag = stored.selector[:4]
    other = rotate(store, stored, 0, first, bytes(32), client=b"another")
    assert other.verdict is Verdict.OTHER_CLIENT
    assert other.session == stored
    time.sleep(0.06)
    assert rotate(store, stored, 0, first, bytes(32)).verdict is Verdict.EXPIRED
    store.bump(tag, b"user")
    assert rotate(store, stored, 0, first, bytes(32)).verdict is Verdict.EXPIRED
    # A token that would be reused, of a session that has ended by its version, ends nothing more.
    superseded = begin(store, user=b"second")
    store.bump(tag, b"second")
    assert rotate(store, superseded, 5, first, bytes(32)).verdict is Verdict.SUPERSEDED
    store.revoke_selector(superseded.selector)
    assert rotate(store, superseded, 0, superseded.current, bytes(32)).verdict is Verdict.REVOKED
    assert rotate(store, superseded, 0, first, bytes(32), client=b"").verdict is Verdict.OTHER_CLIENT


def test_the_absolute_end_counts_too(store: Store) -> None:
    stored, _ = store.create(new_row(), absolute=30)
    time.sleep(0.06)
    assert rotate(store, stored, 0, stored.current, bytes(32)).verdict is Verdict.EXPIRED


def test_many_with_one_token_rotate_once(opened: Any) -> None:
    stores = [opened(), opened()]
    first = secrets.token_bytes(32)
    stored = begin(stores[0], current=first)
    verdicts: list[tuple[Verdict, bytes]] = []

    def present(which: Store) -> None:
        for _ in range(10):
            answer = rotate(which, stored, 0, first, secrets.token_bytes(32), seal=secrets.token_bytes(32))
            verdicts.append((answer.verdict, answer.session.current + answer.session.seal))

    bodies = [partial(present, stores[number % 2]) for number in range(8)]
    together(bodies)
    assert [verdict for verdict, _ in verdicts].count(Verdict.ROTATED) == 1
    assert {verdict for verdict, _ in verdicts} <= {Verdict.ROTATED, Verdict.REPLAYED}
    assert len({successor for _, successor in verdicts}) == 1
    assert len(verdicts) == 80


# --- revoke, sweep, bump ---


def test_names_are_compared_whole(store: Store) -> None:
    """Beginnings of names, and names that differ in a byte, are others'."""
    users = (b"user", b"use", b"users", b"User", b"user\0", b"usfr")
    rows = {user: begin(store, user=user) for user in users}
    own = rows[b"user"]
    for place in (4, 15):
        near = bytearray(own.selector)
        near[place] ^= 1
        stranger = new_row(selector=bytes(near))
        assert rotate(store, stranger, 0, own.current, bytes(32)).verdict is Verdict.UNKNOWN
        assert not store.revoke_selector(stranger.selector).found
    assert store.bump(b"tag!", b"users") == 1
    assert store.list(b"tag!", b"users") == []
    assert sids(store.revoke_user(b"tag!", b"use").sessions) == [rows[b"use"].sid]
    another_sid = own.sid[:21] + (b"a" if own.sid.endswith(b"b") else b"b")
    assert not store.revoke_sid(b"tag!", b"user", another_sid).found
    for user in (b"user", b"User", b"user\0", b"usfr"):
        assert store.list(b"tag!", user) == [rows[user]]
    for client in (b"clien", b"client2", b"Client", b"client\0", b""):
        answer = rotate(store, own, 0, own.current, bytes(32), client=client)
        assert answer.verdict is Verdict.OTHER_CLIENT
    key = secrets.token_bytes(31)
    for last in range(4):
        assert store.consume(key + bytes([last]), 2**45)
        assert store.consume(bytes([last]) + key, 2**45)


def test_what_is_revoked_already_stays_as_it_is(store: Store) -> None:
    stored = begin(store)
    revoked = store.revoke_selector(stored.selector, reason=1).sessions[0]
    time.sleep(0.003)
    assert store.revoke_selector(stored.selector, reason=2).sessions == []
    assert store.revoke_user(stored.selector[:4], b"user").sessions == []
    assert store.sweep(2**50) == (0, False)
    store.create(new_row(), cap=1)
    assert rotate(store, stored, 0, stored.current, bytes(32)).session == revoked


def test_revokes_what_a_version_has_superseded(store: Store) -> None:
    """Its denial is the lesser harm: the version may be lost where the session is not."""
    stored = begin(store)
    store.bump(stored.selector[:4], b"user")
    assert sids(store.revoke_user(stored.selector[:4], b"user").sessions) == [stored.sid]


def test_denials_are_kept_for_their_time(store: Store) -> None:
    """Each operation's, from now on."""
    tag = b"tag!"
    reused, back, alone, named, gone = (begin(store, user=b"%d" % number) for number in range(5))
    rotate(store, reused, 0, reused.current, secrets.token_bytes(32))
    begin(store, user=b"capped")
    steps: list[Callable[[int], Any]] = [
        lambda keep: store.create(new_row(user=b"capped"), cap=1, keep=keep),
        lambda keep: rotate(store, reused, 0, reused.current, bytes(32), grace=0, keep=keep),
        lambda keep: rotate(store, back, 7, back.current, bytes(32), keep=keep),
        lambda keep: store.revoke_selector(alone.selector, keep=keep),
        lambda keep: store.revoke_sid(tag, b"3", named.sid, keep=keep),
        lambda keep: store.revoke_user(tag, b"4", keep=keep),
        lambda keep: store.bump(tag, b"bumped", keep=keep),
        lambda keep: store.deny(gone.sid, keep=keep),
    ]
    position = store.feed().position
    for number, step in enumerate(steps):
        keep = 1_000_000 * (number + 1)
        before = store.feed().now
        step(keep)
        page = store.feed(position)
        [entry] = page.entries
        assert before + keep <= entry.until <= page.now + keep
        # The mark is the request's: one that is made of anything else could come again after a restore.
        assert (page.position.sequence, page.position.mark) == (number + 1, store.mark)
        position = page.position


def test_revokes_by_selector(store: Store) -> None:
    stored = begin(store)
    other = begin(store)
    rotate(store, stored, 0, stored.current, secrets.token_bytes(32))
    revoked = store.revoke_selector(stored.selector)
    assert revoked.found
    assert not revoked.more
    [row] = revoked.sessions
    assert (row.sid, row.revoked, row.reason, row.seal, row.nonce) == (stored.sid, revoked.now, 1, b"", b"")
    assert entries(store) == [(Kind.SID, stored.sid, 0)]
    # Once is enough.
    again = store.revoke_selector(stored.selector)
    assert again.found
    assert again.sessions == []
    assert len(read_all(store)) == 1
    assert sids(store.list(other.selector[:4], b"user")) == [other.sid]
    nobody = store.revoke_selector(b"tag!" + secrets.token_bytes(12))
    assert not nobody.found
    assert nobody.sessions == []


def test_revokes_by_sid_of_the_user_only(store: Store) -> None:
    stored = begin(store)
    tag = stored.selector[:4]
    begin(store, user=b"other")
    foreign = store.revoke_sid(tag, b"other", stored.sid)
    assert not foreign.found
    assert foreign.sessions == []
    assert not store.revoke_sid(tag, b"user", b"no-such-sid-0000000000").found
    own = store.revoke_sid(tag, b"user", stored.sid)
    assert own.found
    assert sids(own.sessions) == [stored.sid]
    assert store.revoke_sid(tag, b"user", stored.sid).found
    assert len(read_all(store)) == 1


def test_revokes_all_of_a_user_but_one(store: Store) -> None:
    rows = [begin(store) for _ in range(7)]
    other = begin(store, user=b"other")
    tag = rows[0].selector[:4]
    gone: list[bytes] = []
    for _ in range(10):
        revoked = store.revoke_user(tag, b"user", but=rows[3].sid, limit=2)
        assert revoked.found
        assert len(revoked.sessions) <= 2
        gone += sids(revoked.sessions)
        if not revoked.more:
            break
    assert sorted(gone) == sorted(row.sid for row in rows if row is not rows[3])
    assert sids(store.list(tag, b"user")) == [rows[3].sid]
    assert sids(store.list(tag, b"other")) == [other.sid]
    assert sorted(key for _, key, _ in entries(store)) == sorted(gone)
    assert sids(store.revoke_user(tag, b"user").sessions) == [rows[3].sid]
    nobody = store.revoke_user(tag, b"nobody")
    assert (nobody.sessions, nobody.found, nobody.more) == ([], True, False)


def test_what_has_expired_is_not_revoked(store: Store) -> None:
    stored, _ = store.create(new_row(), idle=1)
    time.sleep(0.02)
    revoked = store.revoke_user(stored.selector[:4], b"user")
    assert revoked.sessions == []
    assert read_all(store) == []
    ended, _ = store.create(new_row(), absolute=1)
    time.sleep(0.02)
    for row in (stored, ended):
        for by_name in (
            store.revoke_sid(row.selector[:4], b"user", row.sid),
            store.revoke_selector(row.selector),
        ):
            assert by_name.found
            assert by_name.sessions == []
            assert not by_name.more
    assert read_all(store) == []


def test_sweeps_what_began_before(store: Store) -> None:
    before = [begin(store, user=b"%d" % number, tag=secrets.token_bytes(4)) for number in range(5)]
    time.sleep(0.01)
    rotate(store, before[0], 0, before[0].current, secrets.token_bytes(32))
    after = begin(store)
    assert to_the_end(lambda: store.sweep(after.created, limit=2), limit=2) == 5
    for row in before:
        rotated = rotate(store, row, 0, row.current, bytes(32))
        assert rotated.verdict is Verdict.REVOKED
        assert rotated.session.reason == 7
        assert 0 <= rotated.now - rotated.session.revoked < 60_000
        assert (rotated.session.seal, rotated.session.nonce) == (b"", b"")
    assert store.statistics()["revoked"] == 5
    assert rotate(store, after, 0, after.current, bytes(32)).verdict is Verdict.ROTATED
    assert store.sweep(after.created) == (0, False)
    assert read_all(store) == []


def test_bumps(store: Store) -> None:
    before = begin(store)
    tag = before.selector[:4]
    assert store.bump(tag, b"user") == 1
    after = begin(store)
    assert after.version == 1
    assert store.bump(tag, b"user") == 2
    assert store.bump(tag, b"other") == 1
    for row in (before, after):
        assert rotate(store, row, 0, row.current, bytes(32)).verdict is Verdict.SUPERSEDED
    assert begin(store).version == 2
    assert entries(store) == [(Kind.USER, b"user", 1), (Kind.USER, b"user", 2), (Kind.USER, b"other", 1)]


def test_sweeps_what_has_expired_too(store: Store) -> None:
    """The clock may go back."""
    store.create(new_row(), idle=1)
    time.sleep(0.02)
    assert to_the_end(lambda: store.sweep(2**50)) == 1
    assert store.statistics()["revoked"] == 1


def test_versions_outlive_a_purge(store: Store) -> None:
    store.bump(b"tag!", b"user", keep=1)
    time.sleep(0.02)
    to_the_end(lambda: store.purge(retain=0, grace=0))
    assert begin(store).version == 1
    assert store.bump(b"tag!", b"user") == 2


def test_no_bump_is_lost(opened: Any) -> None:
    stores = [opened(), opened()]
    versions: list[int] = []

    def bump(which: Store) -> None:
        own = [which.bump(b"tag!", b"user") for _ in range(10)]
        # None goes back.
        assert own == sorted(set(own))
        versions.extend(own)

    bodies = [partial(bump, stores[number % 2]) for number in range(8)]
    together(bodies)
    # Two at once may make one step together: each comes after the sessions that it has to end.
    assert begin(stores[0]).version == max(versions)
    assert max(value for kind, _, value in entries(stores[1]) if kind is Kind.USER) == max(versions)


# --- consume ---


def consume(which: Store, key: bytes, until: int, answers: list[bool]) -> None:
    answers.append(which.consume(key, until))


def test_consumes_once(opened: Any) -> None:
    stores = [opened(), opened()]
    until = int(time.time() * 1000) + 60_000
    for _ in range(5):
        key = secrets.token_bytes(32)
        answers: list[bool] = []
        bodies = [partial(consume, which, key, until, answers) for which in stores * 8]
        together(bodies)
        assert len(answers) == 16
        assert answers.count(True) == 1
    assert not stores[1].consume(key, until)
    assert not stores[0].consume(key, until + 60_000)
    assert stores[1].consume(secrets.token_bytes(32), until)


# --- feed ---


def test_an_empty_feed_has_an_epoch_that_stays(store: Store) -> None:
    page = store.feed()
    assert page.entries == []
    assert not page.more
    assert page.position.epoch == store.epoch
    assert abs(page.now - time.time() * 1000) < 60_000
    assert (page.position.sequence, page.position.mark) == (0, b"")
    assert store.feed().position == page.position
    store.deny(b"a")
    time.sleep(0.003)
    after = store.feed(page.position)
    assert after.now > page.now
    assert [entry.key for entry in after.entries] == [b"a"]
    assert after.position.epoch == page.position.epoch


def test_entries_come_in_order_without_gaps(store: Store) -> None:
    now = int(time.time() * 1000)
    store.deny(b"a" * 256, keep=5000)
    store.deny(b"b", kind=Kind.SID, until=now + 77_000)
    store.deny(b"", kind=Kind.BEFORE, value=1234567890123)
    store.deny("\u00e9\0%".encode(), kind=Kind.USER, value=2**53 - 1)
    found = read_all(store)
    assert [entry.sequence for entry in found] == [1, 2, 3, 4]
    assert [(entry.kind, entry.key, entry.value) for entry in found] == [
        (Kind.JTI, b"a" * 256, 0),
        (Kind.SID, b"b", 0),
        (Kind.BEFORE, b"", 1234567890123),
        (Kind.USER, "\u00e9\0%".encode(), 2**53 - 1),
    ]
    assert abs(found[0].until - now - 5000) < 60_000
    assert found[1].until == now + 77_000
    assert read_all(store, limit=1) == found == read_all(store, limit=3)


def test_reads_on_behind_a_position_that_it_knows(store: Store) -> None:
    for number in range(5):
        store.deny(b"%d" % number)
    first = store.feed(limit=2)
    assert [entry.key for entry in first.entries] == [b"0", b"1"]
    assert first.more
    assert first.position.sequence == 2
    assert len(first.position.mark) == 8
    second = store.feed(first.position, limit=2)
    assert [entry.key for entry in second.entries] == [b"2", b"3"]
    assert second.more
    third = store.feed(second.position, limit=2)
    assert [entry.key for entry in third.entries] == [b"4"]
    assert not third.more
    assert not store.feed(second.position, limit=1).more
    assert store.feed(first.position, limit=3).position == third.position
    last = store.feed(third.position)
    assert last.entries == []
    assert last.position == third.position
    assert not last.more


def test_denied_twice_are_two_entries(store: Store) -> None:
    for _ in range(2):
        store.deny(b"a")
        store.deny(b"a", kind=Kind.SID)
    assert [(entry.sequence, entry.kind) for entry in read_all(store)] == [
        (1, Kind.JTI),
        (2, Kind.SID),
        (3, Kind.JTI),
        (4, Kind.SID),
    ]


def test_a_page_may_end_before_entries_that_are_gone(store: Store) -> None:
    for number in range(6):
        store.deny(b"%d" % number, until=1 if number % 2 else 0)
    to_the_end(store.purge)
    pages = [store.feed(limit=1)]
    for _ in range(2):
        assert pages[-1].more
        pages.append(store.feed(pages[-1].position, limit=1))
    assert not pages[-1].more
    assert [[(entry.key, entry.sequence) for entry in page.entries] for page in pages] == [
        [(b"0", 1)],
        [(b"2", 3)],
        [(b"4", 5)],
    ]


def test_reads_all_from_a_position_that_it_does_not_know(store: Store) -> None:
    for number in range(3):
        store.deny(b"%d" % number)
    known = store.feed(limit=2).position
    end = store.feed().position
    for unknown in (
        known._replace(epoch=secrets.token_bytes(16)),
        known._replace(mark=secrets.token_bytes(8)),
        end._replace(sequence=4),
        end._replace(mark=secrets.token_bytes(8)),
        end._replace(epoch=b"", mark=b"", sequence=0),
    ):
        assert [entry.key for entry in store.feed(unknown).entries] == [b"0", b"1", b"2"]
    assert [entry.key for entry in store.feed(known).entries] == [b"2"]


def test_the_end_of_a_purged_feed_is_known(store: Store) -> None:
    store.deny(b"kept")
    store.deny(b"a", until=1)
    store.deny(b"b", until=1)
    before = store.feed(limit=2).position
    end = store.feed().position
    to_the_end(store.purge)
    assert store.feed(end).entries == []
    assert store.feed(end).position == end
    unknown = store.feed(end._replace(mark=secrets.token_bytes(8)))
    assert [entry.key for entry in unknown.entries] == [b"kept"]
    store.deny(b"c")
    # Behind an entry that is gone and not the last one any more, all that there is.
    for position in (before, end):
        found = [(entry.key, entry.sequence) for entry in store.feed(position).entries]
        assert found == [(b"kept", 1), (b"c", 4)]


def test_the_position_in_an_emptied_feed_is_its_end(store: Store) -> None:
    store.deny(b"a", until=1)
    end = store.feed().position
    to_the_end(store.purge)
    for position in (Position(), end, end._replace(mark=secrets.token_bytes(8))):
        page = store.feed(position)
        assert (page.entries, page.position, page.more) == ([], end, False)
    store.deny(b"b")
    assert [(entry.key, entry.sequence) for entry in store.feed(end).entries] == [(b"b", 2)]


def test_no_denial_is_missed_by_a_reader_beside_writers(opened: Any) -> None:
    stores = [opened(), opened(), opened()]
    stop = threading.Event()
    acknowledged: list[bytes] = []
    missed: list[bytes] = []
    unread: list[BaseException] = []

    def write(which: Store, name: int) -> None:
        for number in range(60):
            key = b"%d/%d" % (name, number)
            which.deny(key)
            acknowledged.append(key)

    def read() -> None:
        position = Position()
        seen: set[bytes] = set()
        last = 0
        while True:
            done = stop.is_set()
            wanted = list(acknowledged)
            while True:
                page = stores[2].feed(position, limit=7)
                assert [entry.sequence for entry in page.entries] == list(
                    range(last + 1, last + 1 + len(page.entries))
                )
                last += len(page.entries)
                seen |= {entry.key for entry in page.entries}
                position = page.position
                if not page.more:
                    break
            missed.extend(key for key in wanted if key not in seen)
            if done:
                return

    def read_safely() -> None:
        try:
            read()
        except BaseException as fault:
            unread.append(fault)

    reader = threading.Thread(target=read_safely)
    writers = [partial(write, stores[name % 2], name) for name in range(6)]
    reader.start()
    together(writers)
    stop.set()
    reader.join()
    assert unread == []
    assert len(acknowledged) == 360
    assert missed == []
    assert len(read_all(stores[0])) == 360


# --- list, purge, statistics ---


def test_lists_the_live_ones_oldest_first(store: Store) -> None:
    rows = []
    for _ in range(4):
        rows.append(begin(store))
        time.sleep(0.003)
    tag = rows[0].selector[:4]
    begin(store, user=b"other")
    store.create(new_row(), idle=1)
    store.revoke_selector(rows[1].selector)
    time.sleep(0.02)
    assert sids(store.list(tag, b"user")) == [rows[0].sid, rows[2].sid, rows[3].sid]
    assert sids(store.list(tag, b"user", limit=2)) == [rows[0].sid, rows[2].sid]
    assert store.list(tag, b"nobody") == []
    store.bump(tag, b"user")
    assert store.list(tag, b"user") == []


def test_purges_only_what_no_answer_needs(store: Store) -> None:
    live = begin(store)
    following = secrets.token_bytes(32)
    rotate(store, live, 0, live.current, following)
    dead = [store.create(new_row(), idle=1)[0] for _ in range(3)]
    revoked = begin(store)
    store.revoke_selector(revoked.selector)
    store.deny(b"old", until=1)
    store.consume(b"k" * 32, 1)
    lasting = secrets.token_bytes(32)
    store.consume(lasting, int(time.time() * 1000) + 60_000)
    time.sleep(0.03)
    assert to_the_end(lambda: store.purge(limit=2), limit=2) == 2
    # Not yet: the sessions have a day, and the seal is within its grace.
    for row in dead:
        assert rotate(store, row, 0, row.current, bytes(32)).verdict is Verdict.EXPIRED
    assert rotate(store, live, 0, live.current, bytes(32)).verdict is Verdict.REPLAYED
    assert [entry.key for entry in read_all(store)] == [revoked.sid]
    assert store.consume(b"k" * 32, 2**45)
    assert not store.consume(lasting, 1)
    assert to_the_end(lambda: store.purge(retain=1, grace=1, limit=2), limit=2) == 4
    for row in dead:
        assert rotate(store, row, 0, row.current, bytes(32)).verdict is Verdict.UNKNOWN
    assert rotate(store, revoked, 0, revoked.current, bytes(32)).verdict is Verdict.REVOKED
    [row] = store.list(live.selector[:4], b"user")
    assert (row.seal, row.nonce, row.current) == (b"", b"", following)
    assert rotate(store, live, 1, following, bytes(32)).verdict is Verdict.ROTATED


def test_purges_what_is_past_either_end(store: Store) -> None:
    idle, _ = store.create(new_row(), idle=1)
    ended, _ = store.create(new_row(), absolute=1)
    begin(store)
    time.sleep(0.03)
    assert to_the_end(lambda: store.purge(retain=1)) == 2
    for row in (idle, ended):
        assert rotate(store, row, 0, row.current, bytes(32)).verdict is Verdict.UNKNOWN
    assert store.statistics() == {"live": 1, "revoked": 0, "expired": 0, "denials": 0, "consumed": 0}


def test_a_row_that_is_purged_can_come_again(store: Store) -> None:
    row = new_row()
    store.create(row, idle=1)
    time.sleep(0.02)
    to_the_end(lambda: store.purge(retain=1))
    again, _ = store.create(row)
    assert store.list(row.selector[:4], b"user") == [again]


def test_counts(store: Store) -> None:
    assert store.statistics() == dict.fromkeys(("live", "revoked", "expired", "denials", "consumed"), 0)
    begin(store)
    begin(store, user=b"second", tag=b"abcd")
    store.revoke_selector(begin(store).selector)
    store.create(new_row(), idle=1)
    store.create(new_row(), absolute=1)
    ended, _ = store.create(new_row(), idle=200)
    store.revoke_selector(ended.selector)
    store.consume(b"k" * 32, int(time.time() * 1000) + 60_000)
    store.deny(b"a")
    time.sleep(0.22)
    assert store.statistics() == {"live": 2, "revoked": 2, "expired": 2, "denials": 3, "consumed": 1}
    # A session that the user's version has superseded is counted by its own marks.
    store.bump(b"abcd", b"second")
    assert store.statistics() == {"live": 2, "revoked": 2, "expired": 2, "denials": 4, "consumed": 1}


# --- spaces ---


def test_spaces_never_meet(opened: Any) -> None:
    store = opened()
    other = opened(store.space[:15] + bytes([store.space[15] ^ 1]))
    row = new_row()
    stored, _ = store.create(row)
    twin, _ = other.create(row)
    tag = row.selector[:4]
    store.bump(tag, b"user")
    assert rotate(other, twin, 0, row.current, bytes(32)).verdict is Verdict.ROTATED
    assert rotate(store, stored, 0, row.current, bytes(32)).verdict is Verdict.SUPERSEDED
    store.deny(b"a")
    assert read_all(other) == []
    assert store.feed().position.epoch != other.feed().position.epoch
    key = secrets.token_bytes(32)
    assert store.consume(key, 2**45)
    assert other.consume(key, 2**45)
    assert not other.revoke_sid(tag, b"user", b"x" * 22).found
    _, displaced = store.create(new_row(), cap=1)
    assert displaced == []
    assert len(other.list(tag, b"user")) == 1
    other.create(new_row(), idle=1)
    other.consume(bytes(32), 1)
    other.deny(b"b", until=1)
    time.sleep(0.02)
    now = int(time.time() * 1000) + 60_000
    to_the_end(lambda: store.sweep(now))
    to_the_end(lambda: store.purge(retain=0, grace=0))
    assert len(other.list(tag, b"user")) == 1
    assert other.statistics() == {"live": 1, "revoked": 0, "expired": 1, "denials": 1, "consumed": 2}
    third = opened(secrets.token_bytes(16))
    assert third.rotate(row.selector, 0, row.current, bytes(32)).verdict is Verdict.UNKNOWN
    assert not third.revoke_selector(row.selector).found
    assert third.list(tag, b"user") == []
