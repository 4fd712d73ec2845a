"""Sessions: refresh tokens that rotate, and the revocation of access tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from ctypes import Structure, addressof, byref, c_char_p, c_int, c_int64, c_size_t, c_void_p, cast
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from typing import Any

from . import _abi, _call, _hooks, _host_store
from ._call import Duration, Handle, Text, Time
from ._claims import Claims
from ._errors import (
    PinJWTError,
    SessionLostError,
    SessionRevokedError,
    Status,
    UnknownSessionError,
    argument,
    refined,
)
from ._hooks import EventHandler
from ._signer import Signer, encode_claims
from ._store import NativeStore
from ._verifier import Verifier
from .stores import Store

#: What these say when they refuse a refresh.
_REFUSED: dict[Status, type[PinJWTError]] = {
    Status.E_REVOKED: SessionRevokedError,
    Status.E_STORE_STATE: SessionLostError,
}


@dataclass(frozen=True)
class Device:
    """From where a user signs in, for the list of devices: up to 64, 45 and 256 bytes."""

    name: str = ""
    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class SessionInfo:
    """One live session of a user."""

    sid: str
    client: str
    device: Device
    created: datetime
    last_used: datetime
    expires: datetime
    refreshes: int
    current: bool


@dataclass(frozen=True)
class Statistics:
    """What the store holds of an issuer: sessions by their state, denials and used one-shot tokens.

    `copied` is how many denials this process has a copy of.
    """

    live: int
    revoked: int
    expired: int
    denials: int
    consumed: int
    copied: int


@dataclass(frozen=True, eq=False)
class Grant:
    """What a login or a refresh gives. Its repr shows no token.

    access_token        a JWT, for the client's memory
    refresh_token       a secret: best in the cookie of `cookie_set`
    sid                 the session's public name, the claim sid
    jti                 the access token's
    expires_in          for how many seconds the access token is valid
    refresh_expires_in  and the refresh token if it is not used: the Max-Age of its cookie
    generation          how often the session has been refreshed
    replayed            whether the refresh token was given before, within the grace
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    sid: str
    user: str
    jti: str
    expires_in: int
    refresh_expires_in: int
    generation: int
    replayed: bool

    @classmethod
    def _take(cls, grant: c_void_p) -> Grant:
        return cls(
            access_token=_text(grant, 1),
            refresh_token=_text(grant, 2),
            sid=_text(grant, 3),
            user=_text(grant, 4),
            jti=_text(grant, 5),
            expires_in=_abi.grant_get_number(grant, 1),
            refresh_expires_in=_abi.grant_get_number(grant, 2),
            generation=_abi.grant_get_number(grant, 3),
            replayed=_abi.grant_get_number(grant, 4) == 1,
        )


def _text(grant: c_void_p, which: int) -> str:
    lent = _abi.Bytes()
    _abi.grant_get_text(grant, which, byref(lent))
    return lent.copy().decode()


class Sessions:
    """Sessions of one issuer in one store. Safe to share between threads, and after a fork.

    store      one of the library's, which is taken over, or your own (pinjwt.stores)
    signer     its policy has an issuer, an audience and the type "at+jwt"
    peppers    secrets of 32 to 255 bytes, the same on all servers; the first makes refresh tokens, the others
               are for those that were made before
    idle       how long a session lasts without a refresh; 14 days
    absolute   how long it lasts at most; 90 days
    grace      for how long the token before a rotation still gets the same successor; 10 s, 0 for never
    limit      how many sessions a user may have, beyond which the oldest goes; 20, 0 for any number
    staleness  how old this process's copy of the denials may be when a token is checked; 5 s, 0 to ask the
               store each time
    on_event   called with an Event once the store has committed what it tells of; it must not hold the
               Sessions, which could then never be freed

    Durations are timedeltas or whole seconds. Where the store does not answer, every method raises StoreError
    and may be called again. Methods block while the store works: in asyncio, use pinjwt.aio.
    """

    __slots__ = ("_handle",)
    _handle: Handle

    def __init__(
        self,
        store: NativeStore | Store,
        signer: Signer,
        peppers: Iterable[Text],
        *,
        idle: Duration | None = None,
        absolute: Duration | None = None,
        grace: Duration | None = None,
        limit: int | None = None,
        staleness: Duration | None = None,
        on_event: EventHandler | None = None,
    ) -> None:
        if not isinstance(store, (NativeStore, Store)) or not isinstance(signer, Signer):
            raise TypeError("Sessions takes a store and a Signer")
        with ExitStack() as lent:
            array = _peppers(peppers, lent)
            pointer = byref(lent.enter_context(_lent(store)))
            self._handle = Handle(
                _abi.sessions_new, _abi.sessions_free, pointer, signer._handle.pointer, array, len(array)
            )
        for function, duration, name in (
            (_abi.sessions_set_idle, idle, "idle"),
            (_abi.sessions_set_absolute, absolute, "absolute"),
            (_abi.sessions_set_grace, grace, "grace"),
        ):
            if duration is not None:
                self._call(function, _call.seconds(duration, name))
        if limit is not None:
            self._call(_abi.sessions_set_limit, _call.int64(limit, "limit"))
        self._configure(staleness, on_event)

    @classmethod
    def checker(
        cls,
        store: NativeStore | Store,
        issuer: str,
        *,
        max_lifetime: Duration = 7200,
        staleness: Duration | None = None,
        on_event: EventHandler | None = None,
    ) -> Sessions:
        """Return sessions for a service that only checks access tokens: without signer and peppers."""
        if not isinstance(store, (NativeStore, Store)):
            raise TypeError("checker takes a store")
        name = _call.text(issuer, "issuer")
        longest = _call.seconds(max_lifetime, "max_lifetime")
        sessions = object.__new__(cls)
        with _lent(store) as lent:
            sessions._handle = Handle(
                _abi.sessions_new_checker, _abi.sessions_free, byref(lent), name, len(name), longest
            )
        sessions._configure(staleness, on_event)
        return sessions

    def _configure(self, staleness: Duration | None, on_event: EventHandler | None) -> None:
        if staleness is not None:
            self._call(_abi.sessions_set_staleness, _call.milliseconds(staleness, "staleness"))
        if on_event is not None:
            with _hooks.registered(on_event) as number:
                self._call(_abi.sessions_set_event_handler, _hooks.event, number, _hooks.release)

    def _call(self, function: _abi.Function, *arguments: object) -> None:
        with _hooks.Watch():
            _call.call(function, self._handle.pointer, *arguments)

    def _grant(self, function: _abi.Function, *arguments: object) -> Grant:
        with _hooks.Watch():
            grant = Handle(function, _abi.grant_free, self._handle.pointer, *arguments)
        return Grant._take(grant.pointer)

    def set_peppers(self, peppers: Iterable[Text]) -> None:
        """Replace the peppers, for rotation: the new one goes behind the old everywhere, then before it."""
        with ExitStack() as lent:
            array = _peppers(peppers, lent)
            self._call(_abi.sessions_set_peppers, array, len(array))

    def login(
        self,
        user: str,
        *,
        client: str = "",
        claims: Mapping[str, Any] | None = None,
        device: Device | None = None,
    ) -> Grant:
        """Begin a session for a user whom you have authenticated.

        `claims` go into each of its access tokens, such as scope; `client` is who may refresh it.
        """
        given = b"" if claims is None else encode_claims(claims)
        what = device or Device()
        texts = [
            _call.text(value, name)
            for value, name in ((what.name, "name"), (what.address, "address"), (what.agent, "agent"))
        ]
        lent = _abi.Device(*(_bytes(value) for value in texts))
        return self._grant(
            _abi.sessions_login,
            *_sized(_call.text(user, "user")),
            *_sized(_call.text(client, "client")),
            *_sized(given),
            byref(lent),
        )

    def refresh(self, token: Text, *, client: str = "") -> Grant:
        """Exchange a refresh token for its successor and a new access token.

        SessionEndedError where the user has to sign in again: clear the cookie at that, and at nothing else.
        At StoreError the client tries the same token again.
        """
        with refined(_REFUSED), _call.lend(token, "token") as lent:
            return self._grant(_abi.sessions_refresh, *lent, *_sized(_call.text(client, "client")))

    def logout(self, token: Text) -> None:
        """End the session of a refresh token, be it the current one or an older one.

        It may have ended already.
        """
        with _call.lend(token, "token") as lent:
            self._call(_abi.sessions_logout, *lent)

    def revoke_session(self, user: str, sid: str) -> None:
        """End one session of a user; UnknownSessionError where the user has none of this sid.

        It may have ended already.
        """
        named = (*_sized(_call.text(user, "user")), *_sized(_call.text(sid, "sid")))
        with refined({Status.E_REFRESH_INVALID: UnknownSessionError}):
            self._call(_abi.sessions_revoke_session, *named)

    def revoke_user(self, user: str, *, except_sid: str = "") -> int:
        """End all sessions of a user, or all but one; how many there were."""
        count = c_size_t()
        self._call(
            _abi.sessions_revoke_user,
            *_sized(_call.text(user, "user")),
            *_sized(_call.text(except_sid, "except_sid")),
            byref(count),
        )
        return count.value

    def revoke_before(self, time: Time | None = None) -> int:
        """End every session of every user that began before a time, or before now; how many there were.

        After a breach, or after the store was restored from a copy, for the revocations lost with it.
        """
        count = c_size_t()
        self._call(_abi.sessions_revoke_before, _call.time(time, "time"), byref(count))
        return count.value

    def bump_user(self, user: str) -> int:
        """End all of a user's sessions and access tokens at once, as for a changed password.

        Returns the user's new version.
        """
        version = c_int64()
        self._call(_abi.sessions_bump_user, *_sized(_call.text(user, "user")), byref(version))
        return version.value

    def deny_jti(self, jti: str, *, expires: Time | None = None) -> None:
        """Deny one token, until `expires` or for the lifetime of access tokens."""
        self._call(_abi.sessions_deny_jti, *_sized(_call.text(jti, "jti")), _call.time(expires, "expires"))

    def check(self, verifier: Verifier, token: Text, *, now: Time | None = None) -> Claims:
        """Verify an access token and check it for denials; with Policy(sessions=...), each verify does it."""
        return self._judge(_abi.sessions_check, verifier, token, now)

    def consume(self, verifier: Verifier, token: Text, *, now: Time | None = None) -> Claims:
        """Verify a one-shot token, as for a password reset, and use it up.

        RevokedError where it was used before. The verifier's policy has a type of its own for such tokens.
        """
        return self._judge(_abi.sessions_consume, verifier, token, now)

    def _judge(self, function: _abi.Function, verifier: Verifier, token: Text, now: Time | None) -> Claims:
        value = _call.text_or_data(token, "token")
        with _hooks.Watch():
            claims = Handle(
                _abi.verify, _abi.claims_free, verifier._handle.pointer, value, len(value), _call.time(now)
            )
            _call.call(function, self._handle.pointer, claims.pointer)
            lent = _abi.Bytes()
            _abi.claims_json(claims.pointer, byref(lent))
            return Claims(lent.copy())

    def list(self, user: str, *, current_sid: str = "") -> list[SessionInfo]:
        """Return the live sessions of a user, the oldest first."""
        rows = self._json(
            _abi.sessions_list,
            *_sized(_call.text(user, "user")),
            *_sized(_call.text(current_sid, "current_sid")),
        )
        return [
            SessionInfo(
                sid=row["sid"],
                client=row["client"],
                device=Device(row["device"], row["address"], row["agent"]),
                created=datetime.fromtimestamp(row["created"], timezone.utc),
                last_used=datetime.fromtimestamp(row["last_used"], timezone.utc),
                expires=datetime.fromtimestamp(row["expires"], timezone.utc),
                refreshes=row["refreshes"],
                current=row["current"],
            )
            for row in rows
        ]

    def statistics(self) -> Statistics:
        """Count what the store holds of this issuer."""
        counts = self._json(_abi.sessions_statistics)
        return Statistics(*(counts[field.name] for field in fields(Statistics)))

    def _json(self, function: _abi.Function, *arguments: object) -> Any:
        with _hooks.Watch():
            return json.loads(_call.read(function, self._handle.pointer, *arguments, capacity=4096))

    def sync(self) -> None:
        """Read the new denials into this process's copy.

        Called each second, it keeps every check from asking the store.
        """
        self._call(_abi.sessions_sync)

    def purge(self, limit: int = 1000) -> tuple[int, bool]:
        """Remove up to `limit` rows that no answer needs any more: how many, and whether more may go."""
        if not 1 <= _call.int64(limit, "limit") <= 100_000:
            raise argument("limit", "The limit must be from 1 to 100000.")
        removed, more = c_size_t(), c_int()
        self._call(_abi.sessions_purge, limit, byref(removed), byref(more))
        return removed.value, more.value == 1


def _lent(store: NativeStore | Store) -> AbstractContextManager[Structure]:
    return store._lent() if isinstance(store, NativeStore) else _host_store.lent(store)


def cookie_set(name: str, path: str, token: Text, seconds: int) -> str:
    """Return the value of a Set-Cookie header for a refresh token, whose cookie is named __Secure-NAME."""
    with _call.lend(token, "token") as lent:
        return _call.read_secret(
            _abi.cookie_set,
            *_sized(_call.text(name, "name")),
            *_sized(_call.text(path, "path")),
            *lent,
            _call.int64(seconds, "seconds"),
            capacity=512,
        )


def cookie_clear(name: str, path: str) -> str:
    """Return the value of a Set-Cookie header that removes the cookie of `cookie_set`."""
    return _call.read(
        _abi.cookie_clear, *_sized(_call.text(name, "name")), *_sized(_call.text(path, "path")), capacity=512
    ).decode("ascii")


def _sized(value: bytes) -> tuple[bytes, int]:
    return value, len(value)


def _bytes(value: bytes) -> _abi.Bytes:
    """Lend bytes, which the caller keeps."""
    return _abi.Bytes(cast(c_char_p(value), c_void_p), len(value))


def _peppers(peppers: Iterable[Text], lent: ExitStack) -> Any:
    """Lend the peppers for a call; copies that have to be made of them are wiped when `lent` closes."""
    if isinstance(peppers, (str, bytes, bytearray, memoryview)):
        raise TypeError("peppers must be several secrets, not one")
    entries = []
    for pepper in peppers:
        copy, length = lent.enter_context(_call.lend(pepper, "pepper"))
        address: Any = cast(c_char_p(copy), c_void_p) if isinstance(copy, bytes) else addressof(copy)  # type: ignore[arg-type]
        entries.append(_abi.Bytes(address, length))
    return (_abi.Bytes * len(entries))(*entries)
