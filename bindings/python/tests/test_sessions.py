"""Sessions from a login to their end, on the stores that need no server."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from dict_store import DictStore

import pinjwt
from pinjwt import Algorithm, Device, Event, EventType, Key, Policy, Reason, Sessions, Signer, Verifier

ISSUER = "https://login.example"
ACCESS: dict[str, Any] = {"issuer": ISSUER, "audience": "api", "type": "at+jwt"}
KEY = Key.generate(Algorithm.EDDSA)
SIGNER = Signer(Policy(**ACCESS), KEY)
PEPPER = os.urandom(32)

#: What only a refresh raises.
ENDED = [
    pinjwt.RefreshInvalidError,
    pinjwt.RefreshExpiredError,
    pinjwt.RefreshReusedError,
    pinjwt.SessionRevokedError,
    pinjwt.SessionLostError,
]

AnyStore = Any


@pytest.fixture(params=["memory", "sqlite", "python"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> AnyStore:
    if request.param == "python":
        return DictStore()
    return pinjwt.open_store("memory:" if request.param == "memory" else f"sqlite:{tmp_path}/sessions.db")


def sessions_on(store: AnyStore, **options: Any) -> Sessions:
    return Sessions(store, SIGNER, [PEPPER], **options)


def verifier_of(sessions: Sessions) -> Verifier:
    return Verifier(Policy(**ACCESS, sessions=sessions), KEY)


def test_a_session_from_login_to_logout(store: AnyStore) -> None:
    sessions = sessions_on(store)
    verifier = verifier_of(sessions)
    device = Device("Firefox on Linux", "2001:db8::1", "Mozilla/5.0")
    before = datetime.now(timezone.utc).replace(microsecond=0)

    first = sessions.login("alice", client="web", claims={"scope": "orders", "äö": ["ü"]}, device=device)
    claims = verifier.verify(first.access_token)
    assert (claims.subject, claims["client_id"], claims["scope"], claims["äö"]) == (
        "alice",
        "web",
        "orders",
        ["ü"],
    )
    assert (claims["sid"], claims.token_id, claims["ver"]) == (first.sid, first.jti, 0)
    assert (first.user, first.generation, first.replayed) == ("alice", 0, False)
    assert (first.expires_in, first.refresh_expires_in) == (900, 14 * 86400)

    second = sessions.refresh(first.refresh_token, client="web")
    assert (second.sid, second.generation, second.replayed) == (first.sid, 1, False)
    assert second.refresh_token != first.refresh_token
    assert verifier.verify(second.access_token)["scope"] == "orders"

    other = sessions.login("alice", client="app")
    listed = {session.sid: session for session in sessions.list("alice", current_sid=first.sid)}
    one, two = listed.pop(first.sid), listed.pop(other.sid)
    assert not listed
    assert (one.sid, one.client, one.device, one.refreshes, one.current) == (
        first.sid,
        "web",
        device,
        1,
        True,
    )
    assert (two.sid, two.device, two.refreshes, two.current) == (other.sid, Device(), 0, False)
    assert before <= one.created <= one.last_used <= datetime.now(timezone.utc)
    assert abs(one.expires - one.last_used - timedelta(days=14)) <= timedelta(seconds=1)
    assert sessions.list("bob") == []

    assert sessions.logout(second.refresh_token) is None  # type: ignore[func-returns-value]
    sessions.logout(first.refresh_token)
    with pytest.raises(pinjwt.RevokedError):
        verifier.verify(second.access_token)
    with pytest.raises(pinjwt.SessionRevokedError):
        sessions.refresh(second.refresh_token, client="web")
    assert [session.sid for session in sessions.list("alice")] == [other.sid]
    assert verifier.verify(other.access_token)["sid"] == other.sid


def test_a_lost_response_gets_the_same_successor(store: AnyStore) -> None:
    sessions = sessions_on(store)
    first = sessions.login("alice")
    second, again = sessions.refresh(first.refresh_token), sessions.refresh(first.refresh_token)
    assert again.refresh_token == second.refresh_token
    assert (second.replayed, again.replayed) == (False, True)
    assert again.generation == second.generation == 1
    assert again.jti != second.jti


def test_a_stolen_token_ends_the_session(store: AnyStore) -> None:
    events: list[Event] = []
    sessions = sessions_on(store, grace=0, on_event=events.append)
    verifier = verifier_of(sessions)
    first = sessions.login("alice", client="web")
    second = sessions.refresh(first.refresh_token, client="web")
    with pytest.raises(pinjwt.RefreshReusedError) as caught:
        sessions.refresh(first.refresh_token, client="web")
    assert caught.value.status is pinjwt.Status.E_REFRESH_REUSED
    assert first.refresh_token not in str(caught.value)
    with pytest.raises(pinjwt.SessionRevokedError):
        sessions.refresh(second.refresh_token, client="web")
    with pytest.raises(pinjwt.RevokedError):
        verifier.verify(second.access_token)
    reused = events[2]
    assert (reused.type, reused.reason, reused.sub, reused.sid) == (
        EventType.REUSE_DETECTED,
        Reason.REUSED,
        "alice",
        first.sid,
    )


def test_many_threads_with_one_token(store: AnyStore) -> None:
    sessions = sessions_on(store)
    token = sessions.login("alice").refresh_token
    together = threading.Barrier(16)

    def refresh(_: int) -> pinjwt.Grant:
        together.wait()
        return sessions.refresh(token)

    with ThreadPoolExecutor(16) as pool:
        grants = list(pool.map(refresh, range(16)))
    assert len({grant.refresh_token for grant in grants}) == 1
    assert sorted(grant.replayed for grant in grants) == [False] + [True] * 15
    assert len({grant.jti for grant in grants}) == 16


def test_revoking(store: AnyStore) -> None:
    events: list[Event] = []
    sessions = sessions_on(store, limit=3, on_event=events.append)
    verifier = verifier_of(sessions)
    grants = []
    for _ in range(4):
        grants.append(sessions.login("alice"))
        time.sleep(0.002)  # which of them is the oldest is told by milliseconds
    kept, bob = grants[3], sessions.login("bob")
    assert [session.sid for session in sessions.list("alice")] == [grant.sid for grant in grants[1:]]

    sessions.revoke_session("alice", grants[1].sid)
    sessions.revoke_session("alice", grants[1].sid)
    with pytest.raises(pinjwt.UnknownSessionError) as caught:
        sessions.revoke_session("bob", kept.sid)
    assert isinstance(caught.value, LookupError)
    assert not isinstance(caught.value, pinjwt.SessionEndedError)
    assert sessions.revoke_user("alice", except_sid=kept.sid) == 1
    for grant in grants[:3]:
        with pytest.raises(pinjwt.RevokedError):
            verifier.verify(grant.access_token)
    verifier.verify(kept.access_token)

    assert sessions.bump_user("alice") == 1
    with pytest.raises(pinjwt.RevokedError):
        verifier.verify(kept.access_token)
    assert verifier.verify(sessions.login("alice").access_token)["ver"] == 1

    sessions.deny_jti(bob.jti)
    with pytest.raises(pinjwt.RevokedError):
        verifier.verify(bob.access_token)
    assert sessions.refresh(bob.refresh_token).generation == 1
    sessions.deny_jti("of another", expires=datetime(2100, 1, 1, tzinfo=timezone.utc))

    told = [(event.type, event.reason) for event in events if event.type >= EventType.REVOKED]
    assert told == [
        (EventType.REVOKED, Reason.DISPLACED),
        (EventType.REVOKED, Reason.SESSION),
        (EventType.REVOKED, Reason.USER),
        (EventType.REVOKED, Reason.VERSION),
        (EventType.DENIED, Reason.NONE),
        (EventType.DENIED, Reason.NONE),
    ]


def test_revoking_all_that_began_before_a_time() -> None:
    store = DictStore()
    sessions = sessions_on(store)
    old = sessions.login("alice")
    store.ahead = 10_000
    new = sessions.login("bob")
    moment = datetime.now(timezone.utc) + timedelta(seconds=5)
    assert sessions.revoke_before(moment) == 1
    with pytest.raises(pinjwt.SessionRevokedError):
        sessions.refresh(old.refresh_token)
    assert sessions.refresh(new.refresh_token).generation == 1
    store.ahead = 20_000
    assert sessions.revoke_before() == 1
    with pytest.raises(pinjwt.ArgumentError):
        sessions.revoke_before(datetime.now(timezone.utc) + timedelta(days=1))
    with pytest.raises(pinjwt.ArgumentError) as caught:
        sessions.revoke_before(0)
    assert caught.value.claim == "time"


def test_a_service_that_only_checks(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    sessions = sessions_on(pinjwt.SQLiteStore(path))
    checker = Sessions.checker(pinjwt.SQLiteStore(path), ISSUER, max_lifetime=timedelta(hours=2), staleness=0)
    verifier, plain = verifier_of(checker), Verifier(Policy(**ACCESS), KEY)
    grant = sessions.login("alice")
    assert verifier.verify(grant.access_token).subject == "alice"
    sessions.revoke_user("alice")
    with pytest.raises(pinjwt.RevokedError):
        verifier.verify(grant.access_token)
    with pytest.raises(pinjwt.RevokedError):
        checker.check(plain, grant.access_token)
    assert plain.verify(grant.access_token).subject == "alice"
    assert checker.check(plain, sessions.login("bob").access_token).subject == "bob"
    for refused in (
        lambda: checker.login("alice"),
        lambda: checker.refresh(grant.refresh_token),
        lambda: checker.logout(grant.refresh_token),
        lambda: checker.set_peppers([PEPPER]),
    ):
        with pytest.raises(pinjwt.ArgumentError):
            refused()


def test_a_one_shot_token_is_used_up(store: AnyStore) -> None:
    sessions = sessions_on(store)
    reset = Policy(issuer=ISSUER, audience="reset", type="reset+jwt")
    token = Signer(reset, KEY).sign({"sub": "alice"})
    verifier = Verifier(reset, KEY)
    assert sessions.consume(verifier, token).subject == "alice"
    with pytest.raises(pinjwt.RevokedError) as caught:
        sessions.consume(verifier, token)
    # Nobody has to be signed out for it.
    assert not isinstance(caught.value, pinjwt.SessionEndedError)
    with pytest.raises(pinjwt.SignatureError):
        sessions.consume(verifier, Signer(reset, Key.generate(Algorithm.EDDSA)).sign({"sub": "alice"}))
    with pytest.raises(pinjwt.TokenTypeError):
        sessions.consume(Verifier(Policy(**ACCESS), KEY), sessions.login("alice").access_token)


def test_counting_and_purging() -> None:
    store = DictStore()
    sessions = sessions_on(store, idle=60)
    sessions.login("alice")
    sessions.revoke_user("alice")
    sessions.login("bob")
    sessions.sync()
    assert sessions.statistics() == pinjwt.Statistics(1, 1, 0, 1, 0, 1)
    assert sessions.purge() == (0, False)
    store.ahead = 2 * 86_400_000
    assert sessions.statistics() == pinjwt.Statistics(0, 1, 1, 1, 0, 1)
    assert sessions.purge(1) == (1, True)
    removed, more = sessions.purge(100_000)
    assert (removed, more) == (2, False)
    assert sessions.statistics().revoked == sessions.statistics().expired == 0
    for limit in (0, -1, 100_001, 2**70):
        with pytest.raises(pinjwt.ArgumentError):
            sessions.purge(limit)


# --- Refusals ---


def test_what_is_no_token_of_ours(store: AnyStore) -> None:
    sessions = sessions_on(store)
    stranger = Sessions(pinjwt.MemoryStore(), SIGNER, [os.urandom(32)]).login("alice")
    for token in ("", "rubbish", b"\xff\0", "pjr1_" + "A" * 98, stranger.refresh_token):
        with pytest.raises(pinjwt.RefreshInvalidError):
            sessions.refresh(token)
        with pytest.raises(pinjwt.RefreshInvalidError):
            sessions.logout(token)
    grant = sessions.login("alice", client="web")
    with pytest.raises(pinjwt.RefreshInvalidError):
        sessions.refresh(grant.refresh_token, client="app")
    with pytest.raises(pinjwt.RefreshInvalidError):
        sessions.refresh(grant.refresh_token)
    assert sessions.refresh(bytearray(grant.refresh_token.encode()), client="web").generation == 1


def test_sessions_end_by_their_times() -> None:
    store = DictStore()
    events: list[Event] = []
    sessions = sessions_on(
        store, idle=60, absolute=timedelta(seconds=100), grace=timedelta(seconds=5), on_event=events.append
    )
    idle, used = sessions.login("alice"), sessions.login("alice")
    assert idle.refresh_expires_in == 60
    store.ahead = 50_000
    used = sessions.refresh(used.refresh_token)
    assert used.refresh_expires_in in (49, 50)
    store.ahead = 70_000
    with pytest.raises(pinjwt.RefreshExpiredError):
        sessions.refresh(idle.refresh_token)
    used = sessions.refresh(used.refresh_token)
    store.ahead = 110_000
    with pytest.raises(pinjwt.RefreshExpiredError):
        sessions.refresh(used.refresh_token)
    assert [event.type for event in events][-1] is EventType.SESSION_EXPIRED


def test_a_store_that_was_set_back() -> None:
    store = DictStore()
    events: list[Event] = []
    sessions = sessions_on(store, on_event=events.append)
    one = sessions.login("alice")
    two = sessions.login("bob")
    copy = store.copy()
    one = sessions.refresh(one.refresh_token)
    two = sessions.refresh(sessions.refresh(two.refresh_token).refresh_token)
    store.restore(copy)
    assert sessions.refresh(one.refresh_token).generation == 2
    with pytest.raises(pinjwt.SessionLostError) as caught:
        sessions.refresh(two.refresh_token)
    assert caught.value.status is pinjwt.Status.E_STORE_STATE
    assert [event.type for event in events][-2:] == [EventType.ROLLED_FORWARD, EventType.ROLLED_BACK]
    assert events[-1].reason is Reason.ROLLED_BACK


def test_a_handler_of_requests_tells_three_kinds_apart() -> None:
    for kind in ENDED:
        assert issubclass(kind, pinjwt.SessionEndedError)
        assert not issubclass(kind, pinjwt.UnavailableError)
    for unavailable in (pinjwt.StoreError, pinjwt.StoreStateError):
        assert issubclass(unavailable, pinjwt.UnavailableError)
        assert not issubclass(unavailable, pinjwt.TokenError)
    assert not issubclass(pinjwt.UnknownSessionError, (pinjwt.TokenError, pinjwt.UnavailableError))


def test_what_login_refuses(store: AnyStore) -> None:
    sessions = sessions_on(store)
    for user in ("", "u" * 257, "a\nb", "a\0b"):
        with pytest.raises(pinjwt.ArgumentError):
            sessions.login(user)
    for device in (Device("d" * 65), Device(address="a" * 46), Device(agent="a\n")):
        with pytest.raises(pinjwt.ArgumentError):
            sessions.login("alice", device=device)
    for name in ("sid", "sub", "ver", "exp", "client_id"):
        with pytest.raises(pinjwt.InvalidClaimError):
            sessions.login("alice", claims={name: "x"})
    with pytest.raises(pinjwt.ArgumentError):
        sessions.login("alice", claims={"x": "x" * 4096})
    with pytest.raises(pinjwt.SensitiveError):
        sessions.login("alice", claims={"password": "hunter2"})
    with pytest.raises(TypeError):
        sessions.login(b"alice")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        sessions.login("alice", claims='{"scope":"x"}')  # type: ignore[arg-type]
    assert sessions.list("alice") == []


@pytest.mark.parametrize(
    "options",
    [
        {"idle": 0},
        {"idle": timedelta(milliseconds=1500)},
        {"absolute": 2**70},
        {"grace": 301},
        {"limit": -1},
        {"limit": 1001},
        {"staleness": 61},
        {"staleness": timedelta(microseconds=1)},
    ],
)
def test_settings_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(pinjwt.ArgumentError):
        sessions_on(pinjwt.MemoryStore(), **options)


def test_what_sessions_are_made_from() -> None:
    store = DictStore()
    for peppers in ([], [b"short"], [b"a" * 32], [os.urandom(256)], [os.urandom(32)] * 17):
        with pytest.raises(pinjwt.PinJWTError):
            Sessions(store, SIGNER, peppers)
    for wrong in (b"one secret, which is not several", "x" * 32, bytearray(32)):
        with pytest.raises(TypeError):
            Sessions(store, SIGNER, wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Sessions("memory:", SIGNER, [PEPPER])  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Sessions.checker(None, ISSUER)  # type: ignore[arg-type]
    with pytest.raises(pinjwt.ArgumentError):
        Sessions(store, Signer(Policy(), KEY), [PEPPER])
    with pytest.raises(TypeError):
        Policy(sessions=store)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Policy(sessions=sessions_on(store), revocation=lambda claims: pinjwt.Verdict.ALLOW)


def test_peppers_rotate() -> None:
    sessions = sessions_on(pinjwt.MemoryStore())
    old, new = sessions.login("alice"), os.urandom(32)
    sessions.set_peppers([bytearray(new), PEPPER])
    moved = sessions.refresh(old.refresh_token)
    sessions.set_peppers([new])
    with pytest.raises(pinjwt.RefreshInvalidError):
        sessions.refresh(old.refresh_token)
    assert sessions.refresh(moved.refresh_token).generation == 2
    with pytest.raises(pinjwt.WeakKeyError):
        sessions.set_peppers([b"short"])
    assert sessions.login("bob").user == "bob"


# --- What others see ---


def test_no_repr_shows_a_token() -> None:
    sessions = sessions_on(pinjwt.MemoryStore())
    grant = sessions.login("alice")
    for text in (repr(grant), str(grant), f"{grant}"):
        assert grant.sid in text
        assert grant.refresh_token not in text
        assert grant.access_token not in text
    with pytest.raises(AttributeError):
        grant.refresh_token = ""  # type: ignore[misc]


def test_cookies() -> None:
    grant = sessions_on(pinjwt.MemoryStore()).login("alice")
    assert pinjwt.cookie_set("refresh", "/auth", grant.refresh_token, grant.refresh_expires_in) == (
        f"__Secure-refresh={grant.refresh_token}; Path=/auth; Max-Age=1209600; HttpOnly; Secure; "
        "SameSite=Strict"
    )
    assert pinjwt.cookie_clear("refresh", "/auth") == (
        "__Secure-refresh=; Path=/auth; Max-Age=0; HttpOnly; Secure; SameSite=Strict"
    )
    for name, path, seconds in (
        ("a b", "/", 1),
        ("", "/", 1),
        ("a", "auth", 1),
        ("a", "/;Domain=x", 1),
        ("a", "/", 0),
    ):
        with pytest.raises(pinjwt.ArgumentError):
            pinjwt.cookie_set(name, path, grant.refresh_token, seconds)
    with pytest.raises(pinjwt.RefreshInvalidError):
        pinjwt.cookie_set("a", "/", "pjr1_x; Domain=evil.example", 1)
    long = pinjwt.cookie_set("n" * 64, "/" + "p" * 255, grant.refresh_token, 1)
    assert "p" * 255 in long


def test_events_tell_a_sessions_life_without_a_secret() -> None:
    lines: list[str] = []
    sessions = sessions_on(pinjwt.MemoryStore(), on_event=lambda event: lines.append(event.to_json()))
    first = sessions.login("alice", client="web")
    second = sessions.refresh(first.refresh_token, client="web")
    again = sessions.refresh(first.refresh_token, client="web")
    sessions.logout(second.refresh_token)
    told = [json.loads(line) for line in lines]
    at = told[0]["at"]
    common = {"sid": first.sid, "sub": "alice", "client": "web"}
    expected = [
        {"event": "login", "jti": first.jti, "generation": 0},
        {"event": "refreshed", "jti": second.jti, "previous_jti": first.jti, "generation": 1},
        {"event": "replayed", "jti": again.jti, "previous_jti": second.jti, "generation": 1},
        {"event": "revoked", "jti": second.jti, "reason": "logout", "generation": 1},
    ]
    assert told == [{**common, **one, "at": event["at"]} for one, event in zip(expected, told)]
    assert at <= told[-1]["at"] <= at + 60
    for secret in (first, second, again):
        assert secret.refresh_token not in "".join(lines)
        assert secret.access_token not in "".join(lines)
    assert all(line.isascii() and "\n" not in line for line in lines)


def test_a_refused_access_token_tells_of_its_session() -> None:
    events: list[Event] = []
    sessions = sessions_on(pinjwt.MemoryStore())
    verifier = Verifier(Policy(**ACCESS, sessions=sessions, on_event=events.append), KEY)
    grant = sessions.login("alice")
    sessions.bump_user("alice")
    with pytest.raises(pinjwt.RevokedError):
        verifier.verify(grant.access_token)
    assert events[0].to_dict() == {
        "event": "rejected",
        "at": events[0].at,
        "status": "E_REVOKED",
        "jti": grant.jti,
        "sid": grant.sid,
        "sub": "alice",
        "kid": KEY.id,
    }


def test_a_handler_that_raises_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda given: reported.append(given.exc_type))

    def handler(event: Event) -> None:
        raise LookupError

    sessions = sessions_on(pinjwt.MemoryStore(), on_event=handler)
    assert sessions.refresh(sessions.login("alice").refresh_token).generation == 1
    assert reported == [LookupError, LookupError]


def test_a_handler_can_be_interrupted() -> None:
    def handler(event: Event) -> None:
        raise KeyboardInterrupt

    sessions = sessions_on(pinjwt.MemoryStore(), on_event=handler)
    with pytest.raises(KeyboardInterrupt):
        sessions.login("alice")
