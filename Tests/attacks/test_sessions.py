"""Refresh tokens and revocation: rows 30, 32 and 37."""

from __future__ import annotations

import base64
import os
import secrets
import threading
import time
import zlib
from typing import Any

import pytest

import pinjwt
from pinjwt import Algorithm, Key, NativeStore, Policy, Sessions, Signer, Verifier, open_store

ISSUER, AUDIENCE = "https://login.example", "api"
PEPPER = secrets.token_bytes(32)


class House:
    """A login with its sessions, and a service that takes access tokens."""

    def __init__(
        self, store: NativeStore | None = None, *, issuer: str = ISSUER, pepper: bytes = PEPPER, **more: Any
    ) -> None:
        self.key = Key.generate(Algorithm.EDDSA).with_id("current")
        self.events: list[pinjwt.Event] = []
        policy = Policy(issuer=issuer, audience=AUDIENCE, type="at+jwt")
        self.sessions = Sessions(
            store or open_store("memory:"),
            Signer(policy, self.key),
            [pepper],
            on_event=self.events.append,
            **more,
        )
        self.keys = pinjwt.KeySet()
        self.keys.add(self.key.public())
        self.checking = Policy(issuer=issuer, audience=AUDIENCE, type="at+jwt", sessions=self.sessions)
        self.verifier = Verifier(self.checking, self.keys)

    def login(self, user: str = "alice") -> pinjwt.Grant:
        return self.sessions.login(user, client="web")

    def refresh(self, token: str) -> pinjwt.Grant:
        return self.sessions.refresh(token, client="web")

    def sign(self, claims: dict[str, Any], **policy: Any) -> str:
        return Signer(Policy(issuer=ISSUER, audience=AUDIENCE, **policy), self.key).sign(claims)


def refused(house: House, token: str) -> pinjwt.Status:
    with pytest.raises(pinjwt.PinJWTError) as caught:
        house.refresh(token)
    return caught.value.status


def rejected(house: House, token: str, **when: Any) -> pinjwt.Status:
    with pytest.raises(pinjwt.PinJWTError) as caught:
        house.verifier.verify(token, **when)
    return caught.value.status


# --- 30: a token of one kind used as another ---


@pytest.mark.parametrize(
    "typ", [None, "JWT", "id+jwt", "reset+jwt", "mail+jwt", "refresh+jwt", "at+jwt2", "logout+jwt"]
)
def test_30_only_access_tokens_give_access(typ: str | None) -> None:
    house = House()
    grant = house.login()
    good = dict(house.verifier.verify(grant.access_token))
    assert rejected(house, house.sign(good, type=typ)) is pinjwt.Status.E_TYPE


def test_30_a_refresh_token_is_no_access_token_and_the_other_way() -> None:
    house = House()
    grant = house.login()
    assert rejected(house, grant.refresh_token) is pinjwt.Status.E_TOKEN_FORMAT
    assert refused(house, grant.access_token) is pinjwt.Status.E_REFRESH_INVALID


def test_30_an_access_token_is_no_one_shot_token() -> None:
    house = House()
    grant = house.login()
    with pytest.raises(pinjwt.TokenTypeError):
        house.sessions.consume(house.verifier, grant.access_token)
    reset = Verifier(Policy(issuer=ISSUER, audience=AUDIENCE, type="reset+jwt"), house.key)
    token = house.sign({"sub": "alice"}, type="reset+jwt")
    assert house.sessions.consume(reset, token).subject == "alice"
    with pytest.raises(pinjwt.RevokedError):
        house.sessions.consume(reset, token)
    with pytest.raises(pinjwt.TokenTypeError):
        house.sessions.consume(reset, house.sign({"sub": "alice"}, type="mail+jwt"))


def test_30_a_token_that_no_login_has_made_cannot_be_judged() -> None:
    house = House()
    good = dict(house.verifier.verify(house.login().access_token))
    assert house.verifier.verify(house.sign(good, type="at+jwt")).subject == "alice"
    for name in ("sid", "ver", "auth_time", "sub"):
        less = {key: value for key, value in good.items() if key != name}
        assert rejected(house, house.sign(less, type="at+jwt")) is pinjwt.Status.E_CLAIM_MISSING
    for name, value in (("sid", 1), ("ver", "0"), ("ver", None), ("auth_time", "1"), ("auth_time", -1)):
        status = rejected(house, house.sign({**good, name: value}, type="at+jwt"))
        assert status in (pinjwt.Status.E_CLAIM_INVALID, pinjwt.Status.E_CLAIM_MISSING)


# --- 32: an answer that outlives what it rests on ---


def test_32_each_token_gets_its_own_claims() -> None:
    house = House()
    grants = [house.login(f"user {number}") for number in range(8)]
    mixed: list[str] = []

    def verify(number: int) -> None:
        for _ in range(300):
            claims = house.verifier.verify(grants[number].access_token)
            if (claims["sub"], claims["sid"]) != (grants[number].user, grants[number].sid):
                mixed.append(claims["sub"])

    threads = [threading.Thread(target=verify, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []


def test_32_no_acceptance_outlives_expiry_revocation_or_key() -> None:
    house = House()
    grant, other, third = house.login(), house.login("bob"), house.login("carol")
    for token in (grant.access_token, other.access_token, third.access_token):
        house.verifier.verify(token)
    assert rejected(house, grant.access_token, now=time.time() + 900) is pinjwt.Status.E_EXPIRED
    house.verifier.verify(grant.access_token)
    house.sessions.revoke_session("alice", grant.sid)
    assert rejected(house, grant.access_token) is pinjwt.Status.E_REVOKED
    house.sessions.deny_jti(other.jti)
    assert rejected(house, other.access_token) is pinjwt.Status.E_REVOKED
    house.verifier.verify(third.access_token)
    house.keys.remove("current")
    assert rejected(house, third.access_token) is pinjwt.Status.E_KEY_UNKNOWN


def test_32_what_is_revoked_elsewhere_is_seen_in_time(tmp_path: Any) -> None:
    url = f"sqlite:{tmp_path / 'sessions.db'}"
    house = House(open_store(url))
    elsewhere = Sessions.checker(open_store(url), ISSUER, staleness=0)
    service = Verifier(Policy(issuer=ISSUER, audience=AUDIENCE, type="at+jwt", sessions=elsewhere), house.key)
    grant, kept = house.login(), house.login()
    service.verify(grant.access_token)
    house.sessions.revoke_user("alice", except_sid=kept.sid)
    with pytest.raises(pinjwt.RevokedError):
        service.verify(grant.access_token)
    service.verify(kept.access_token)
    house.sessions.bump_user("alice")
    with pytest.raises(pinjwt.RevokedError):
        service.verify(kept.access_token)


# --- 37: refresh tokens ---


def checksum(text: str) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    rest, out = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        out = digits[digit] + out
    return out


def sealed(data: bytes) -> str:
    """A text that scanners take for a refresh token: form and checksum are right."""
    body = "pjr1_" + base64.urlsafe_b64encode(data).decode()
    return body + checksum(body)


def opened(token: str) -> bytes:
    assert sealed(base64.urlsafe_b64decode(token[5:97])) == token
    return base64.urlsafe_b64decode(token[5:97])


def test_37_the_form_is_the_documented_one() -> None:
    grant = House().login()
    data = opened(grant.refresh_token)
    assert len(data) == 69
    assert data[17:21] == bytes(4)


def test_37_guessed_tokens() -> None:
    house = House()
    grant = house.login()
    for _ in range(200):
        assert refused(house, sealed(os.urandom(69))) is pinjwt.Status.E_REFRESH_INVALID
    data = opened(grant.refresh_token)
    # Each part with another in its place, under a right checksum: none is ours without the pepper.
    for position in range(69):
        for bit in (1, 128):
            changed = data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]
            assert refused(house, sealed(changed)) is pinjwt.Status.E_REFRESH_INVALID
    for generation in (1, 2, 2**32 - 1):
        changed = data[:17] + generation.to_bytes(4, "big") + data[21:]
        assert refused(house, sealed(changed)) is pinjwt.Status.E_REFRESH_INVALID
    # None of them has logged anybody out.
    assert house.refresh(grant.refresh_token).generation == 1


def test_37_cut_and_spelled_otherwise() -> None:
    house = House()
    token = house.login().refresh_token
    others = [token[:count] for count in range(len(token))]
    others += [
        token + "A",
        token + "=",
        token + "\n",
        " " + token,
        token.upper(),
        token.replace("pjr1_", "pjr2_"),
    ]
    others += [token[:5] + "=" + token[6:], token[:-1] + ("0" if token[-1] != "0" else "1")]
    # The last character of base64url has bits to spare where the length is no multiple of 3; 69 is one.
    for other in others:
        assert refused(house, other) is pinjwt.Status.E_REFRESH_INVALID, other
    house.refresh(token)


def test_37_of_another_server() -> None:
    house, stranger = House(), House(pepper=secrets.token_bytes(32))
    neighbour = House(issuer="https://other.example")
    grant = house.login()
    assert refused(stranger, grant.refresh_token) is pinjwt.Status.E_REFRESH_INVALID
    # The same pepper for another issuer: not even then.
    assert refused(neighbour, grant.refresh_token) is pinjwt.Status.E_REFRESH_INVALID
    with pytest.raises(pinjwt.RefreshInvalidError):
        neighbour.sessions.logout(grant.refresh_token)
    house.refresh(grant.refresh_token)


def test_37_replayed_after_rotation() -> None:
    house = House(grace=0)
    first = house.login()
    second = house.refresh(first.refresh_token)
    assert refused(house, first.refresh_token) is pinjwt.Status.E_REFRESH_REUSED
    # The session is dead for both.
    assert refused(house, second.refresh_token) is pinjwt.Status.E_REVOKED
    assert rejected(house, second.access_token) is pinjwt.Status.E_REVOKED
    assert house.events[-1].type is pinjwt.EventType.REUSE_DETECTED


def test_37_two_generations_old_within_the_grace() -> None:
    house = House(grace=300)
    first = house.login()
    second = house.refresh(first.refresh_token)
    assert house.refresh(first.refresh_token).refresh_token == second.refresh_token
    third = house.refresh(second.refresh_token)
    assert refused(house, first.refresh_token) is pinjwt.Status.E_REFRESH_REUSED
    assert refused(house, third.refresh_token) is pinjwt.Status.E_REVOKED


def test_37_spent_twice_at_once() -> None:
    house = House()
    token = house.login().refresh_token
    start = threading.Barrier(32)
    grants: list[pinjwt.Grant] = []

    def present() -> None:
        start.wait()
        grants.append(house.refresh(token))

    threads = [threading.Thread(target=present) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(grants) == 32
    assert sum(not grant.replayed for grant in grants) == 1
    assert len({grant.refresh_token for grant in grants}) == 1
    assert len({grant.jti for grant in grants}) == 32


def test_37_replayed_after_logout() -> None:
    house = House()
    first = house.login()
    second = house.refresh(first.refresh_token)
    house.sessions.logout(second.refresh_token)
    for token in (first.refresh_token, second.refresh_token):
        assert refused(house, token) is pinjwt.Status.E_REVOKED
    # Another session of the user is not touched by any of it.
    house.refresh(house.login().refresh_token)


def test_37_of_another_client() -> None:
    house = House()
    grant = house.login()
    with pytest.raises(pinjwt.RefreshInvalidError):
        house.sessions.refresh(grant.refresh_token, client="app")
    house.refresh(grant.refresh_token)
