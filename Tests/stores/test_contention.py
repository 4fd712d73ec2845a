"""Many at once on one store: threads, processes, servers that fork, and changes under load.

`ROUNDS=500` is the long run; by default the rounds are fewer.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "bindings" / "python" / "src"))

from crowd import in_threads  # noqa: E402
from store_abi import is_opened_again, opener_of  # noqa: E402

import pinjwt  # noqa: E402
from conftest import SHARED_KINDS  # noqa: E402
from pinjwt import Algorithm, Key, NativeStore, Policy, Sessions, Signer, Verifier, _abi  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "60"))
KEY = Key.generate(Algorithm.EDDSA)
AUDIENCE = "api"


def open_store(url: str) -> NativeStore:
    """Open a store, also one that the binding does not know."""
    if not url.startswith("store:"):
        return pinjwt.open_store(url)
    library, function, text = opener_of(url)
    opener: Any = getattr(ctypes.CDLL(library), function)
    opener.argtypes = _abi.STORE_OPENER
    store = object.__new__(NativeStore)
    store._open(opener, text, len(text))
    return store


class House:
    """Sessions of an issuer of the test's own."""

    def __init__(self, url: str, pepper: bytes | None = None, issuer: str | None = None) -> None:
        self.url = url
        self.pepper = pepper or secrets.token_bytes(32)
        self.issuer = issuer or f"https://{secrets.token_hex(8)}.example"
        self.is_shared = is_opened_again(url)
        self.sessions = self.another()

    def another(self, **more: Any) -> Sessions:
        """Open the store again, as another process does."""
        policy = Policy(issuer=self.issuer, audience=AUDIENCE, type="at+jwt")
        return Sessions(open_store(self.url), Signer(policy, KEY), [self.pepper], **more)

    def verifier(self, sessions: Sessions) -> Verifier:
        return Verifier(Policy(issuer=self.issuer, audience=AUDIENCE, type="at+jwt", sessions=sessions), KEY)


@pytest.fixture
def house(url: str) -> House:
    return House(url)


#: Stores that processes share: those in memory are not.
SHARED = pytest.mark.parametrize("kind", SHARED_KINDS, indirect=True, scope="session")


def forked(count: int, body: Callable[[int], None]) -> None:
    """Run children to their end, which begin with what this process has open."""
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                body(number)
                code = 0
            except BaseException as fault:
                os.write(2, f"child: {fault!r}\n".encode())
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * count


def test_one_token_has_one_successor(house: House) -> None:
    count = 64
    token = house.sessions.login("alice").refresh_token
    barrier = threading.Barrier(count)
    results: list[pinjwt.Grant | None] = [None] * count
    current = [token]

    def settle() -> None:
        """Look at what all of them got, once for each round."""
        grants = [grant for grant in results if grant is not None]
        assert len(grants) == count
        assert len({grant.refresh_token for grant in grants}) == 1
        assert sum(not grant.replayed for grant in grants) == 1
        current[0] = grants[0].refresh_token

    after = threading.Barrier(count, action=settle)

    def live(number: int) -> None:
        try:
            for _ in range(ROUNDS):
                barrier.wait(60)
                results[number] = house.sessions.refresh(current[0])
                after.wait(60)
        except BaseException:
            barrier.abort()
            after.abort()
            raise

    in_threads(count, live)
    [session] = house.sessions.list("alice")
    assert session.refreshes == ROUNDS


@SHARED
def test_a_server_that_forks_after_it_has_opened(house: House) -> None:
    house.sessions.login("parent")  # connections are open
    token_of_all = house.sessions.login("shared").refresh_token
    own = [house.sessions.login(f"child {number}").refresh_token for number in range(4)]

    def child(number: int) -> None:
        token = own[number]
        for _ in range(25):
            token = house.sessions.refresh(token).refresh_token
        house.sessions.refresh(token_of_all)
        in_threads(
            4,
            lambda thread: house.sessions.logout(house.sessions.login(f"{number}/{thread}").refresh_token),
        )

    forked(4, child)
    # The parent's connections are as they were.
    assert house.sessions.refresh(token_of_all).replayed
    for number in range(4):
        [session] = house.sessions.list(f"child {number}")
        assert session.refreshes == 25


@SHARED
def test_processes_of_their_own(house: House) -> None:
    token = house.sessions.login("shared").refresh_token
    program = """
import sys
import pinjwt
url, issuer, pepper, token, number = sys.argv[1:]
key = pinjwt.Key.generate(pinjwt.Algorithm.EDDSA)
policy = pinjwt.Policy(issuer=issuer, audience="api", type="at+jwt")
sessions = pinjwt.Sessions(pinjwt.open_store(url), pinjwt.Signer(policy, key), [bytes.fromhex(pepper)])
own = sessions.login("user " + number)
sys.stdin.readline()
print(sessions.refresh(token).refresh_token)
for _ in range(25):
    own = sessions.refresh(own.refresh_token)
assert own.generation == 25
"""
    path = str(CHECKOUT / "bindings" / "python" / "src")
    children = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                program,
                house.url,
                house.issuer,
                house.pepper.hex(),
                token,
                str(number),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        for number in range(4)
    ]
    time.sleep(0.4)
    answers = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.flush()
    for child in children:
        answers.append(child.communicate(timeout=60)[0])
        assert child.returncode == 0
    assert len(set(answers)) == 1
    [session] = house.sessions.list("shared")
    assert session.refreshes == 1


def test_the_limit_is_exact_in_a_storm_of_logins(house: House) -> None:
    sessions = house.another(limit=5) if house.is_shared else house.sessions
    limit = 5 if house.is_shared else 20
    grants: list[pinjwt.Grant] = []
    in_threads(16, lambda _: grants.extend(sessions.login("alice") for _ in range(5)))
    assert len(grants) == 80
    live = {session.sid for session in sessions.list("alice")}
    assert len(live) == limit
    for grant in grants:
        if grant.sid in live:
            sessions.refresh(grant.refresh_token)
        else:
            with pytest.raises(pinjwt.RevokedError):
                sessions.refresh(grant.refresh_token)


def test_a_bump_among_logins_and_refreshes(house: House) -> None:
    """What began before a bump does not outlive it; what begins after it is not touched."""
    sessions = house.another(limit=0)
    verifier = house.verifier(sessions)
    begun: list[pinjwt.Grant] = []
    stop = threading.Event()

    def live(_: int) -> None:
        try:
            while not stop.is_set():
                grant = sessions.login("alice")
                begun.append(grant)
                try:
                    sessions.refresh(grant.refresh_token)
                except pinjwt.RevokedError:
                    continue
        finally:
            stop.set()

    def bump() -> None:
        try:
            for step in range(1, 16):
                while len(begun) < 3 * step and not stop.is_set():
                    time.sleep(0.001)
                before = list(begun)[-4:]
                version = sessions.bump_user("alice")
                for grant in before:
                    with pytest.raises(pinjwt.RevokedError):
                        sessions.refresh(grant.refresh_token)
                    with pytest.raises(pinjwt.RevokedError):
                        verifier.verify(grant.access_token)
                after = sessions.login("alice")
                assert verifier.verify(after.access_token)["ver"] >= version
        finally:
            stop.set()

    in_threads(4, lambda number: bump() if number == 0 else live(number))
    assert len(begun) > 4


def test_peppers_are_rotated_under_load(house: House) -> None:
    sessions = house.sessions
    old, new = house.pepper, secrets.token_bytes(32)
    stop = threading.Event()
    counts = [0] * 8

    def live(number: int) -> None:
        token = sessions.login(f"user {number}").refresh_token
        while not stop.is_set():
            token = sessions.refresh(token).refresh_token
            counts[number] += 1
        # In the end every token is one of the new pepper.
        sessions.refresh(token)

    def rotate() -> None:
        for ring in ([old, new], [new, old]):
            sessions.set_peppers(ring)
            seen = list(counts)
            end = time.monotonic() + 30
            while any(now < before + 3 for now, before in zip(counts, seen)) and time.monotonic() < end:
                time.sleep(0.01)
        sessions.set_peppers([new])
        stop.set()

    in_threads(9, lambda number: rotate() if number == 8 else live(number))
    assert min(counts) >= 6


def test_denials_are_seen_by_whoever_reads_after_them(house: House) -> None:
    """Denials acknowledged by one before another reads are seen by it, whatever is committed meanwhile."""
    writer = house.sessions
    reader = writer if not house.is_shared else house.another()
    verifier = house.verifier(reader)

    def deny(number: int) -> None:
        for _ in range(10):
            grant = writer.login(f"user {number}")
            verifier.verify(grant.access_token)
            writer.revoke_session(f"user {number}", grant.sid)
            reader.sync()
            with pytest.raises(pinjwt.RevokedError):
                verifier.verify(grant.access_token)

    in_threads(6, deny)


@SHARED
def test_another_purge_leaves_a_longer_grace_its_seals(house: House) -> None:
    """A purge by a process without grace takes nothing from one that gives it."""
    patient, hasty = house.another(grace=300), house.another(grace=0)
    first = patient.login("alice")
    second = patient.refresh(first.refresh_token)
    time.sleep(0.05)
    hasty.purge()
    assert patient.refresh(first.refresh_token).refresh_token == second.refresh_token
    with pytest.raises(pinjwt.RefreshReusedError):
        hasty.refresh(first.refresh_token)


# --- SQLite: a copy that is restored, and clocks ---


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


def restore(copy: Path, file: Path) -> None:
    """Put a copy in the place of the database, as the header says."""
    for name in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        name.unlink(missing_ok=True)
    file.write_bytes(copy.read_bytes())
    file.chmod(0o600)


def test_a_copy_is_restored(file: Path, tmp_path: Path) -> None:
    house = House(f"sqlite:{file}")
    grants = {name: house.sessions.login(name) for name in ("same", "one", "two", "revoked")}
    copy = tmp_path / "copy.db"
    with sqlite3.connect(file) as database:
        database.execute("VACUUM INTO ?", (str(copy),))
    database.close()
    one = house.sessions.refresh(grants["one"].refresh_token)
    two = house.sessions.refresh(house.sessions.refresh(grants["two"].refresh_token).refresh_token)
    house.sessions.logout(grants["revoked"].refresh_token)
    del house.sessions
    restore(copy, file)
    events: list[pinjwt.Event] = []
    sessions = house.another(on_event=events.append, staleness=0)
    # Lost one rotation: made good. Lost two: not believed.
    assert sessions.refresh(one.refresh_token).generation == 2
    told = [event.type for event in events]
    assert told[-1] is pinjwt.EventType.ROLLED_FORWARD
    with pytest.raises(pinjwt.SessionLostError):
        sessions.refresh(two.refresh_token)
    told = [event.type for event in events]
    assert told[-1] is pinjwt.EventType.ROLLED_BACK
    # The revocation is lost with the copy, until all that began before the restore ends.
    verifier = house.verifier(sessions)
    verifier.verify(grants["revoked"].access_token)
    assert sessions.revoke_before() == 3
    for name in ("revoked", "same"):
        with pytest.raises(pinjwt.RevokedError):
            sessions.refresh(grants[name].refresh_token)
        with pytest.raises(pinjwt.RevokedError):
            verifier.verify(grants[name].access_token)
    time.sleep(1.1)
    verifier.verify(sessions.login("same").access_token)


@pytest.mark.parametrize("hours", ["+1h", "-1h"])
def test_the_clock_is_an_hour_off(file: Path, hours: str) -> None:
    """Sessions go on; a grace that is no longer one, by either clock, is none."""
    house = House(f"sqlite:{file}")
    first = house.sessions.login("alice")
    second = house.sessions.refresh(first.refresh_token)
    lasting = house.sessions.login("bob")
    program = """
import sys
import pinjwt
url, issuer, pepper, first, second, lasting = sys.argv[1:]
key = pinjwt.Key.generate(pinjwt.Algorithm.EDDSA)
policy = pinjwt.Policy(issuer=issuer, audience="api", type="at+jwt")
sessions = pinjwt.Sessions(pinjwt.open_store(url), pinjwt.Signer(policy, key), [bytes.fromhex(pepper)])
grant = sessions.refresh(lasting)
checking = pinjwt.Policy(issuer=issuer, audience="api", type="at+jwt", sessions=sessions)
verifier = pinjwt.Verifier(checking, key)
verifier.verify(grant.access_token)
assert sessions.refresh(lasting).refresh_token == grant.refresh_token
try:
    sessions.refresh(first)
except pinjwt.RefreshReusedError:
    print("reused")
try:
    sessions.refresh(second)
except pinjwt.RevokedError:
    print("revoked")
"""
    [library] = list(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    tokens = [grant.refresh_token for grant in (first, second, lasting)]
    done = subprocess.run(
        [sys.executable, "-c", program, house.url, house.issuer, house.pepper.hex(), *tokens],
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(CHECKOUT / "bindings" / "python" / "src"),
            "LD_PRELOAD": str(library),
            "FAKETIME": hours,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        },
    )
    assert (done.returncode, done.stdout) == (0, b"reused\nrevoked\n"), done.stderr.decode()
    # Back on the right clock: what went on there goes on here.
    assert len(house.sessions.list("bob")) == 1
    with pytest.raises(pinjwt.RevokedError):
        house.sessions.refresh(second.refresh_token)
