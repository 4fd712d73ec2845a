"""Stores: opening them, whose they are, and those that are written in Python."""

from __future__ import annotations

import contextvars
import gc
import os
import sqlite3
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dict_store import DictStore

import pinjwt
from pinjwt import Algorithm, Key, Policy, Sessions, Signer, Verifier, _store, stores

ACCESS: dict[str, Any] = {"issuer": "https://login.example", "audience": "api", "type": "at+jwt"}
KEY = Key.generate(Algorithm.EDDSA)
SIGNER = Signer(Policy(**ACCESS), KEY)
PEPPER = os.urandom(32)
PASSWORD = "hunter2-in-a-url"


def sessions_on(store: Any, **options: Any) -> Sessions:
    return Sessions(store, SIGNER, [PEPPER], **options)


def open_files(path: Path) -> int:
    descriptors = Path("/proc/self/fd")
    found = 0
    for descriptor in descriptors.iterdir():
        try:
            found += os.readlink(descriptor) == str(path)
        except FileNotFoundError:  # that of the listing
            continue
    return found


# --- Opening ---


def test_a_url_names_the_store(tmp_path: Path) -> None:
    assert isinstance(pinjwt.open_store("memory:"), pinjwt.MemoryStore)
    assert isinstance(pinjwt.open_store(f"sqlite://{tmp_path}/a.db"), pinjwt.SQLiteStore)
    assert (tmp_path / "a.db").is_file()


@pytest.mark.parametrize("url", ["", "memory", "memory:x", "mysql://x/y", "/a.db", "sqlite", "sqlite:", ":"])
def test_a_url_that_names_none(url: str) -> None:
    with pytest.raises(pinjwt.ArgumentError) as caught:
        pinjwt.open_store(url)
    assert not isinstance(caught.value, pinjwt.UnavailableError)


def test_types_that_are_no_urls() -> None:
    for wrong in (None, b"memory:", Path("a.db"), 1):
        with pytest.raises(TypeError):
            pinjwt.open_store(wrong)  # type: ignore[arg-type]
    for kind in (pinjwt.PostgresStore, pinjwt.RedisStore, pinjwt.SQLiteStore):
        with pytest.raises(TypeError):
            kind(1)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        pinjwt.NativeStore()
    with pytest.raises(TypeError):
        pinjwt.Store()  # type: ignore[abstract]


def test_sqlite_takes_a_path_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cases: list[tuple[str | Path, str]] = [
        (tmp_path / "ä b%20.db", "ä b%20.db"),
        ("plain.db", "plain.db"),
        (Path("sqlite:odd.db"), "sqlite:odd.db"),
        ("sqlite:with%20space.db?busy_ms=500", "with space.db"),
    ]
    for given, made in cases:
        token = sessions_on(pinjwt.SQLiteStore(given)).login("alice").refresh_token
        assert (tmp_path / made).is_file()
        # What one wrote, the next one reads.
        assert sessions_on(pinjwt.SQLiteStore(given)).refresh(token).generation == 1
    for refused in ("a\0b.db", ":memory:", "sqlite::memory:", "sqlite:a.db?busy_ms=1"):
        with pytest.raises(pinjwt.ArgumentError):
            pinjwt.SQLiteStore(refused)


def test_a_store_that_cannot_be_used(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()
    for path in (other, tmp_path, tmp_path / "none" / "a.db"):
        with pytest.raises(pinjwt.StoreStateError) as caught:
            pinjwt.SQLiteStore(path)
        assert caught.value.status is pinjwt.Status.E_STORE_STATE
        assert not isinstance(caught.value, pinjwt.SessionEndedError)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (pinjwt.RedisStore, f"redis://:{PASSWORD}@127.0.0.1:1/?deadline_ms=200"),
        (pinjwt.PostgresStore, f"postgresql://u:{PASSWORD}@127.0.0.1:1/db?pinjwt_deadline_ms=200"),
    ],
)
@pytest.mark.parametrize("convert", [str, str.encode, lambda url: bytearray(url.encode())])
def test_a_server_that_does_not_answer(
    kind: Callable[[Any], Any], url: str, convert: Callable[[str], Any]
) -> None:
    with pytest.raises(pinjwt.StoreError) as caught:
        kind(convert(url))
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (pinjwt.RedisStore, "http://127.0.0.1/"),
        (pinjwt.RedisStore, "redis://127.0.0.1/?colour=red"),
        (pinjwt.RedisStore, "redis://" + "h" * 9000),
        (pinjwt.PostgresStore, "mysql://127.0.0.1/db"),
        (pinjwt.PostgresStore, "postgresql://127.0.0.1/db?pinjwt_pool=0"),
    ],
)
def test_a_url_that_is_not_understood(kind: Callable[[str], Any], url: str) -> None:
    with pytest.raises(pinjwt.ArgumentError):
        kind(url)


@pytest.mark.parametrize("name", ["sqlite", "postgres", "redis"])
def test_a_stores_library_that_cannot_be_loaded(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = "postgresql" if name == "postgres" else name
    url = f"{scheme}:{tmp_path}/a"
    soname = f"libpinjwt_{name}.so.0"
    (tmp_path / soname).write_text("no library")
    # One that lies beside libpinjwt is taken, and passed over for no other.
    monkeypatch.setattr(_store, "library", SimpleNamespace(_name=str(tmp_path / "libpinjwt.so.0")))
    with pytest.raises(ImportError, match=rf"cannot load {soname}.*make stores") as caught:
        pinjwt.open_store(url)
    assert isinstance(caught.value.__cause__, OSError)
    # Where the system's loader found libpinjwt, it finds the others too: not in the current directory.
    program = (
        "import sys, types, pinjwt; pinjwt._store.library = types.SimpleNamespace(_name='libpinjwt.so.0')\n"
        "try: pinjwt.open_store(sys.argv[1])\n"
        "except ImportError as error: print(error)"
    )
    source = str(Path(pinjwt.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-c", program, url],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert f"cannot load {soname}" in run.stdout
    assert "No such file" in run.stdout


# --- Whose a store is ---


def test_a_store_serves_one_sessions() -> None:
    store = pinjwt.MemoryStore()
    first = sessions_on(store)
    with pytest.raises(pinjwt.ArgumentError, match="taken over"):
        sessions_on(store)
    with pytest.raises(pinjwt.ArgumentError, match="taken over"):
        Sessions.checker(store, "https://login.example")
    del store
    gc.collect()
    assert first.login("alice").user == "alice"


def test_a_store_stays_where_sessions_are_refused() -> None:
    store = pinjwt.MemoryStore()
    for _ in range(2):
        with pytest.raises(pinjwt.WeakKeyError):
            Sessions(store, SIGNER, [b"short"])
        with pytest.raises(pinjwt.ArgumentError):
            Sessions.checker(store, "")
    assert sessions_on(store).login("alice").user == "alice"


def test_of_two_threads_one_gets_the_store() -> None:
    for _ in range(50):
        store = pinjwt.MemoryStore()
        together = threading.Barrier(4)

        def make(store: Any = store, together: Any = together) -> Sessions | None:
            together.wait()
            try:
                return sessions_on(store)
            except pinjwt.ArgumentError:
                return None

        with ThreadPoolExecutor(4) as pool:
            made = [future.result() for future in [pool.submit(make) for _ in range(4)]]
        assert sum(sessions is not None for sessions in made) == 1


def test_a_store_is_released_with_its_last_user(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    unused = pinjwt.SQLiteStore(path)
    assert open_files(path) > 0
    del unused
    gc.collect()
    assert open_files(path) == 0
    sessions = sessions_on(pinjwt.SQLiteStore(path))
    verifier = Verifier(Policy(**ACCESS, sessions=sessions), KEY)
    token = sessions.login("alice").access_token
    del sessions
    gc.collect()
    assert verifier.verify(token).subject == "alice"
    assert open_files(path) > 0
    del verifier
    gc.collect()
    assert open_files(path) == 0


def test_a_store_in_python_lives_as_long_as_its_last_user() -> None:
    store = DictStore()
    gone = weakref.ref(store)
    first, second = sessions_on(store), sessions_on(store)
    verifier = Verifier(Policy(**ACCESS, sessions=second), KEY)
    with pytest.raises(pinjwt.WeakKeyError):
        Sessions(store, SIGNER, [b"short"])
    del store
    token = first.login("alice").access_token
    del first, second
    gc.collect()
    assert gone() is not None
    assert verifier.verify(token).subject == "alice"
    del verifier
    gc.collect()
    assert gone() is None


def test_a_handler_lives_as_long_as_its_sessions() -> None:
    class Handler:
        def __call__(self, event: pinjwt.Event) -> None:
            self.seen = event

    handler = Handler()
    gone = weakref.ref(handler)
    sessions = sessions_on(pinjwt.MemoryStore(), on_event=handler)
    del handler
    gc.collect()
    sessions.login("alice")
    kept = gone()
    assert kept is not None
    assert kept.seen.sub == "alice"
    del sessions, kept
    gc.collect()
    assert gone() is None


def test_no_repr_shows_a_url(tmp_path: Path) -> None:
    store = pinjwt.SQLiteStore(tmp_path / "a.db")
    assert str(tmp_path) not in repr(store)


# --- Written in Python ---

TOKEN: str = sessions_on(pinjwt.MemoryStore()).login("alice").refresh_token
RESET_POLICY = Policy(issuer="https://login.example", audience="reset", type="reset+jwt")
RESET = Verifier(RESET_POLICY, KEY)
ONE_SHOT = Signer(RESET_POLICY, KEY).sign({"sub": "alice"})
OPERATIONS: dict[str, Callable[[Sessions], object]] = {
    "create": lambda sessions: sessions.login("alice"),
    "rotate": lambda sessions: sessions.refresh(TOKEN),
    "revoke": lambda sessions: sessions.revoke_user("alice"),
    "sweep": lambda sessions: sessions.revoke_before(),
    "bump": lambda sessions: sessions.bump_user("alice"),
    "deny": lambda sessions: sessions.deny_jti("an id"),
    "consume": lambda sessions: sessions.consume(RESET, ONE_SHOT),
    "feed": lambda sessions: sessions.sync(),
    "list": lambda sessions: sessions.list("alice"),
    "purge": lambda sessions: sessions.purge(),
    "statistics": lambda sessions: sessions.statistics(),
}


class LookupFailedError(Exception):
    """What the stores below raise."""


def store_whose(operation: str, act: Callable[..., Any]) -> DictStore:
    store: DictStore = type("Broken", (DictStore,), {operation: lambda self, request: act(request)})()
    return store


def test_all_operations_are_tried() -> None:
    assert set(OPERATIONS) == stores.Store.__abstractmethods__


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_a_store_raises_is_the_cause(operation: str) -> None:
    def act(request: object) -> None:
        raise LookupFailedError(PASSWORD)

    with pytest.raises(pinjwt.StoreError) as caught:
        OPERATIONS[operation](sessions_on(store_whose(operation, act)))
    assert isinstance(caught.value.__cause__, LookupFailedError)
    assert PASSWORD not in str(caught.value)
    assert not isinstance(caught.value, pinjwt.TokenError)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_store_says_that_trying_again_will_not_help(operation: str) -> None:
    reason = pinjwt.StoreStateError(pinjwt.Status.E_STORE_STATE, "store", "The schema is 9, and 8 is known.")

    def act(request: object) -> None:
        raise reason

    # Once the store is in use that is no reason to sign anybody out: the sessions may be as good as before.
    with pytest.raises(pinjwt.StoreError) as caught:
        OPERATIONS[operation](sessions_on(store_whose(operation, act)))
    assert str(caught.value) == "The schema is 9, and 8 is known."
    assert caught.value.__cause__ is reason
    assert not isinstance(caught.value, pinjwt.SessionEndedError)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_store_that_is_interrupted_is_not_a_refusal(operation: str, stop: type[BaseException]) -> None:
    def act(request: object) -> None:
        raise stop

    with pytest.raises(stop):
        OPERATIONS[operation](sessions_on(store_whose(operation, act)))


async def never_awaited() -> None:
    raise AssertionError


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("answer", [None, True, 0, "done", [None], object(), stores.Created, Exception()])
def test_an_answer_that_is_none_refuses(operation: str, answer: object) -> None:
    if (operation, answer) in [("deny", None), ("consume", True)] or (operation == "list" and not answer):
        answer = 1.5
    with pytest.raises(pinjwt.StoreError):
        OPERATIONS[operation](sessions_on(store_whose(operation, lambda request: answer)))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_coroutine_has_not_done_it(operation: str) -> None:
    made: list[Any] = []

    def act(request: object) -> Any:
        made.append(never_awaited())
        return made[-1]

    with pytest.raises(pinjwt.StoreError):
        OPERATIONS[operation](sessions_on(store_whose(operation, act)))
    for coroutine in made:
        coroutine.close()


def rows_of(store: DictStore) -> list[stores.SessionRow]:
    (space,) = store.copy().values()
    return list(space.rows.values())


@pytest.mark.parametrize(
    "change",
    [
        {"selector": b"short"},
        {"sid": ""},
        {"user": b""},
        {"current": b"x"},
        {"generation": 2**63},
        {"generation": -1},
        {"generation": "0"},
        {"created": -1},
        {"reason": 99},
        {"agent": b"x" * 257},
    ],
)
def test_a_row_that_is_not_as_described_refuses(change: dict[str, Any]) -> None:
    class Altering(DictStore):
        def list(self, request: stores.ListRequest) -> list[stores.SessionRow]:
            return [replace(row, **change) for row in super().list(request)]

    sessions = sessions_on(Altering())
    sessions.login("alice")
    with pytest.raises(pinjwt.StoreError):
        sessions.list("alice")


def test_rows_come_back_as_they_are_and_show_no_secret() -> None:
    store = DictStore()
    sessions = sessions_on(store)
    device = pinjwt.Device("Füchschen", "::1", "agent")
    grant = sessions.login("älice", client="web", claims={"scope": "x"}, device=device)
    sessions.refresh(grant.refresh_token, client="web")
    (row,) = rows_of(store)
    assert (row.sid.decode(), row.user.decode(), row.client, row.device.decode()) == (
        grant.sid,
        "älice",
        b"web",
        "Füchschen",
    )
    assert (row.generation, row.revoked, row.reason) == (1, 0, pinjwt.Reason.NONE)
    assert (len(row.selector), len(row.current), len(row.previous), len(row.seal)) == (16, 32, 32, 32)
    for hidden in (row.selector, row.current, row.previous, row.seal, row.nonce, row.claims):
        assert repr(hidden) not in repr(row)


def rotation(**changes: Any) -> stores.RotateRequest:
    members: dict[str, Any] = {
        "space": bytes(16),
        "selector": b"s" * 16,
        "generation": 0,
        "hash": b"h" * 32,
        "client": b"",
        "next": b"n" * 32,
        "seal": b"e" * 32,
        "nonce": b"o" * 16,
        "jti": b"jti",
        "grace": 10_000,
        "idle": 60_000,
        "denial": stores.DenialTerms(1000, bytes(8)),
    }
    return stores.RotateRequest(**{**members, **changes})


def test_judging() -> None:
    verdict = stores.RotationVerdict
    store = DictStore()
    sessions_on(store).login("alice")
    (row,) = rows_of(store)
    now = row.created + 5
    asked = rotation(selector=row.selector, hash=row.current)

    answer, written = stores.judge(asked, row, 0, now)
    assert answer == stores.Rotated(verdict.ROTATED, written, row.jti, now)
    assert written == replace(
        row,
        current=asked.next,
        previous=row.current,
        seal=asked.seal,
        nonce=asked.nonce,
        jti=b"jti",
        generation=1,
        rotated=now,
        idle_end=now + 60_000,
    )
    assert written is not None
    replayed, nothing = stores.judge(asked, written, 0, now + 10_000)
    assert (replayed.verdict, replayed.session, nothing) == (verdict.REPLAYED, written, None)
    reused, revoked = stores.judge(asked, written, 0, now + 10_001)
    assert (reused.verdict, reused.session) == (verdict.REUSED, revoked)
    assert revoked is not None
    assert (revoked.revoked, revoked.reason) == (now + 10_001, pinjwt.Reason.REUSED)
    assert stores.judge(asked, None, 0, now) == (stores.Rotated(verdict.UNKNOWN, None, b"", now), None)
    assert stores.judge(asked, row, 1, now)[0].verdict is verdict.SUPERSEDED

    for request, given, version, time in (
        (rotation(hash=b"short"), row, 0, now),
        (asked, replace(row, selector=b""), 0, now),
        (asked, row, -1, now),
        (asked, row, 0, 2**63),
    ):
        with pytest.raises(pinjwt.ArgumentError):
            stores.judge(request, given, version, time)
    with pytest.raises(TypeError):
        stores.judge(None, row, 0, now)  # type: ignore[arg-type]


def test_a_store_is_called_on_the_thread_of_the_caller() -> None:
    request_id = contextvars.ContextVar("request_id", default="")
    seen: list[tuple[int, str]] = []

    class Watching(DictStore):
        def create(self, request: stores.CreateRequest) -> stores.Created:
            seen.append((threading.get_ident(), request_id.get()))
            return super().create(request)

    sessions = sessions_on(Watching())
    request_id.set("r1")
    sessions.login("alice")
    assert seen == [(threading.get_ident(), "r1")]


def test_a_store_may_use_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda given: pytest.fail(str(given)))
    inner = sessions_on(pinjwt.MemoryStore())

    class Nested(DictStore):
        def create(self, request: stores.CreateRequest) -> stores.Created:
            with pytest.raises(pinjwt.RefreshInvalidError):
                inner.refresh("rubbish")
            inner.login("of the store")
            return super().create(request)

    assert sessions_on(Nested()).login("alice").user == "alice"
    assert len(inner.list("of the store")) == 1
