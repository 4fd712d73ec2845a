"""Sessions in a store, as an operator sees them."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tool import DONE, REFUSED, ROOT, USAGE, done, run

sys.path.insert(0, str(ROOT / "bindings" / "python" / "src"))

import pinjwt

ISSUER = "https://login.example"


class Place:
    """A store, a service's sessions in it, and the tool on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        policy = pinjwt.Policy(issuer=ISSUER, audience="api", type="at+jwt")
        key = pinjwt.Key.generate(pinjwt.Algorithm.EDDSA)
        self.sessions = pinjwt.Sessions(
            pinjwt.open_store(url), pinjwt.Signer(policy, key), [os.urandom(32)], staleness=0
        )
        checking = pinjwt.Policy(issuer=ISSUER, audience="api", type="at+jwt", sessions=self.sessions)
        self.verifier = pinjwt.Verifier(checking, key)

    def arguments(self, command: str, *more: str) -> list[str]:
        return ["sessions", command, "--store", self.url, "--iss", ISSUER, *more]

    def login(self, user: str = "alice", device: str = "A laptop") -> pinjwt.Grant:
        return self.sessions.login(user, client="web", device=pinjwt.Device(device, "192.0.2.1"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(f"sqlite:{tmp_path / 'sessions.db'}")


def test_lists(place: Place) -> None:
    assert done(*place.arguments("list", "--user", "alice")).startswith("none")
    grant = place.login(device="A \u202e laptop")
    place.sessions.refresh(grant.refresh_token, client="web")
    text = done(*place.arguments("list", "--user", "alice"))
    assert grant.sid in text
    assert "192.0.2.1" in text
    assert "\u202e" not in text
    assert re.search(r"web since 20\d\d-.* UTC, used 20\d\d-.* UTC, 1 refreshes", text)
    [listed] = run(*place.arguments("list", "--user", "alice", "--json")).json()
    assert (listed["sid"], listed["refreshes"], listed["device"]) == (grant.sid, 1, "A \u202e laptop")
    assert run(*place.arguments("list", "--user", "bob", "--json")).out == "[]\n"


def test_revokes_one_session(place: Place) -> None:
    first, second = place.login(), place.login()
    refused = run(*place.arguments("revoke", "--user", "bob", "--sid", first.sid))
    assert (refused.status, refused.out) == (REFUSED, "")
    assert "E_REFRESH_INVALID (sid)" in refused.err
    done(*place.arguments("revoke", "--user", "alice", "--sid", first.sid))
    with pytest.raises(pinjwt.RevokedError):
        place.sessions.refresh(first.refresh_token, client="web")
    with pytest.raises(pinjwt.RevokedError):
        place.verifier.verify(first.access_token)
    place.sessions.refresh(second.refresh_token, client="web")


def test_revokes_all_but_one(place: Place) -> None:
    grants = [place.login() for _ in range(3)]
    answer = run(*place.arguments("revoke", "--user", "alice", "--except", grants[1].sid, "--json"))
    assert answer.json() == {"revoked": 2}
    assert [one.sid for one in place.sessions.list("alice")] == [grants[1].sid]


def test_revokes_all(place: Place) -> None:
    grant = place.login()
    assert run(*place.arguments("revoke", "--user", "alice", "--all", "--json")).json() == {"version": 1}
    with pytest.raises(pinjwt.RevokedError):
        place.sessions.refresh(grant.refresh_token, client="web")
    with pytest.raises(pinjwt.RevokedError):
        place.verifier.verify(grant.access_token)


def test_revokes_before_a_time(place: Place) -> None:
    place.login()
    place.login("bob")
    time.sleep(1.1)
    now = int(time.time())
    assert run(*place.arguments("revoke", "--before", str(now), "--json")).json() == {"revoked": 2}
    future = run(*place.arguments("revoke", "--before", str(now + 1000)))
    assert future.status == USAGE
    assert "future" in future.err


def test_denies_one_token(place: Place) -> None:
    grant = place.login()
    done(*place.arguments("revoke", "--jti", grant.jti))
    with pytest.raises(pinjwt.RevokedError):
        place.verifier.verify(grant.access_token)
    place.sessions.refresh(grant.refresh_token, client="web")


def test_counts_and_purges(place: Place) -> None:
    place.login()
    place.sessions.logout(place.login().refresh_token)
    expected = {"live": 1, "revoked": 1, "expired": 0, "denials": 1, "consumed": 0}
    assert run(*place.arguments("stats", "--json")).json() == expected
    assert "live" in done(*place.arguments("stats"))
    assert run(*place.arguments("purge", "--json")).json() == {"removed": 0}
    with sqlite3.connect(place.url.partition(":")[2]) as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables


def test_the_url_can_come_from_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINJWT_STORE", place.url)
    assert run("sessions", "stats", "--iss", ISSUER).status == DONE


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["stats", "--iss", ISSUER], "PINJWT_STORE"),
        (["stats", "--store", "memory:", "--iss", ISSUER], "sqlite:"),
        (["stats", "--store", "sqlite:/no/such/folder/x.db", "--iss", ISSUER], "/no/such/folder"),
        (["stats", "--store", "redis://127.0.0.1:1", "--iss", ISSUER], "127.0.0.1:1"),
        (["stats", "--store", "postgresql://u:secretword@127.0.0.1:1/x", "--iss", ISSUER], "PostgreSQL"),
        (["stats", "--store", "sqlite:x.db"], "--iss"),
        (["revoke", "--store", "sqlite:x.db", "--iss", ISSUER], "exactly one"),
        (["revoke", "--store", "sqlite:x.db", "--iss", ISSUER, "--all"], "--user"),
        (["revoke", "--store", "sqlite:x.db", "--iss", ISSUER, "--user", "a", "--jti", "x"], "--user"),
        (["revoke", "--store", "sqlite:x.db", "--iss", ISSUER, "--all", "--sid", "x"], "exactly one"),
        (["purge", "--store", "sqlite:x.db", "--iss", ISSUER, "--batch", "0"], "1 to 100000"),
        (["list", "--store", "sqlite:x.db", "--iss", ISSUER, "--user", ""], "user"),
    ],
)
def test_what_is_wrong_is_said(
    arguments: list[str], part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PINJWT_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    result = run("sessions", *arguments)
    assert (result.status, result.out) == (USAGE, "")
    assert part in result.err
    assert "secretword" not in result.err


def test_a_missing_library_is_said(tmp_path: Path) -> None:
    copy = tmp_path / "pinjwt"
    copy.write_bytes((ROOT / "build" / "bin" / "pinjwt").read_bytes())
    copy.chmod(0o755)
    ended = subprocess.run(
        [copy, "sessions", "stats", "--store", "sqlite:x.db", "--iss", ISSUER],
        capture_output=True,
        cwd=tmp_path,
    )
    assert ended.returncode == USAGE
    assert b"libpinjwt_sqlite.so.0 cannot be loaded" in ended.stderr
