"""Hooks: Python callables that the library calls.

The library holds each by a number, its context; the registry keeps the callable, or the store, until it says
that the last user of that number is gone.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_void_p, memmove, sizeof, string_at
from dataclasses import dataclass
from enum import Enum, IntEnum
from types import TracebackType
from typing import Any, Union

from . import _abi, _call
from ._claims import Claims
from ._errors import PinJWTError, Status


class Verdict(Enum):
    """What a revocation check answers; anything else, or an exception, refuses the token (StoreError)."""

    ALLOW = 0x50415353
    REVOKED = 0x52455631


class EventType(IntEnum):
    """What happened to a token or a session; of sessions only once the store has committed it."""

    SIGNED = 1
    VERIFIED = 2
    REJECTED = 3
    LOGIN = 10
    REFRESHED = 11
    REPLAYED = 12
    REUSE_DETECTED = 13
    ROLLED_FORWARD = 14
    ROLLED_BACK = 15
    REVOKED = 16
    SESSION_EXPIRED = 17
    DENIED = 18
    CONSUMED = 19


class Reason(IntEnum):
    """Why a session was revoked."""

    NONE = 0
    LOGOUT = 1
    SESSION = 2
    USER = 3
    DISPLACED = 4
    REUSED = 5
    ROLLED_BACK = 6
    BEFORE = 7
    VERSION = 8


@dataclass(frozen=True)
class Event:
    """One happening in a token's life.

    `jti` and `sub` come only from a token whose signature held. `kid` of a rejected token may have been
    written by anybody. `at` is in Unix seconds. `claim` is what a refusal concerns. Of a session, `sub` is
    the user, `generation` how often it has been refreshed (None where that does not apply), and
    `previous_jti` that of the access token which came with the refresh token before.
    """

    type: EventType
    status: Status
    at: int
    jti: str
    sub: str
    kid: str
    claim: str
    sid: str = ""
    previous_jti: str = ""
    client: str = ""
    generation: int | None = None
    reason: Reason = Reason.NONE

    def to_json(self) -> str:
        """Return one line of a JSON log, in ASCII: no secret is in it."""
        return json.dumps(self.to_dict())

    def to_dict(self) -> dict[str, object]:
        """Return what is known; what does not apply is left out."""
        known: dict[str, object] = {
            "event": self.type.name.lower(),
            "at": self.at,
            "status": self.status.name if self.status else "",
            "jti": self.jti,
            "previous_jti": self.previous_jti,
            "sid": self.sid,
            "sub": self.sub,
            "client": self.client,
            "kid": self.kid,
            "claim": self.claim,
            "reason": self.reason.name.lower() if self.reason else "",
        }
        members = {name: value for name, value in known.items() if value != ""}
        if self.generation is not None:
            members["generation"] = self.generation
        return members


BytesLike = Union[bytes, bytearray, memoryview]
RevocationCheck = Callable[[Claims], Verdict]
EventHandler = Callable[[Event], object]
Sign = Callable[[bytes], BytesLike]
Fetch = Callable[[str, int], BytesLike]

_SIGNED = 0x5349474E
_FETCHED = 0x46455443

_numbers = itertools.count(1)
_registry: dict[int, Any] = {}


@contextmanager
def registered(function: Callable[..., object]) -> Iterator[int]:
    """Keep a callable, and yield the number that stands for it."""
    if not callable(function):
        raise TypeError(f"a hook must be callable, not {type(function).__name__}")
    with keep(function) as number:
        yield number


@contextmanager
def keep(value: object) -> Iterator[int]:
    """Keep an object, and yield the number that stands for it; it is dropped where handing it over fails."""
    number = next(_numbers)
    _registry[number] = value
    try:
        yield number
    except BaseException:
        _registry.pop(number, None)
        raise


def kept(number: int) -> Any:
    """Return the object that a number stands for."""
    return _registry[number]


class _Thread(threading.local):
    watch: Watch | None = None


_thread = _Thread()


class Watch:
    """Around a call of the library: what callables raise during it becomes the cause of its refusal.

    Watches nest, for a callable may use the library itself.
    """

    __slots__ = ("causes", "outer", "stop")

    def __enter__(self) -> None:
        self.causes: dict[Status, Exception] = {}
        self.stop: BaseException | None = None
        self.outer = _thread.watch
        _thread.watch = self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _thread.watch = self.outer
        causes, stop = self.causes, self.stop
        self.causes, self.stop = {}, None
        if stop is not None:  # Ctrl-C and sys.exit go on, whatever came of the call
            raise stop from None
        if isinstance(error, PinJWTError) and error.status in causes:
            error.__cause__ = causes[error.status]


def note(status: Status, error: BaseException) -> None:
    """Remember for this thread's call what a callable raised, and the refusal that comes of it."""
    watch = _thread.watch
    if watch is None:
        return
    if isinstance(error, Exception):
        watch.causes[status] = error
    else:
        watch.stop = error


def _ask(context: int, claims: int) -> int:
    """Ask the check; 0, which the library takes for no answer, when it raises or answers anything else."""
    try:
        lent = _abi.Bytes()
        if _abi.claims_json(c_void_p(claims), byref(lent)):
            return 0
        verdict = _registry[context](Claims(lent.copy()))
        return verdict.value if isinstance(verdict, Verdict) else 0
    except BaseException as error:  # nothing may pass through C
        note(Status.E_STORE, error)
        return 0


def _sign(context: int, given: int, given_len: int, signature: int, cap: int, length: Any) -> int:
    """Let the callable of an external key sign; 0, which the library takes for a failure, when it raises."""
    try:
        made = _call.data(_registry[context](string_at(given, given_len)), "the signature")
        if len(made) != cap:
            raise ValueError(
                f"The signature has {len(made)} bytes and must have {cap}: the JOSE form, "
                "which for ECDSA is r and s side by side, not DER."
            )
        memmove(signature, made, cap)
        length[0] = cap
        return _SIGNED
    except BaseException as error:  # nothing may pass through C
        note(Status.E_CRYPTO, error)
        return 0


def _fetch(context: int, url: bytes, body: int, cap: int, length: Any) -> int:
    """Let the fetcher of a JWKS client fetch; 0, which the library takes for a failure, when it raises."""
    try:
        document = _call.data(_registry[context](url.decode("ascii"), cap), "the document")
        if len(document) > cap:
            raise ValueError(f"The document has over {cap} bytes, the maximum size.")
        memmove(body, document, len(document))
        length[0] = len(document)
        return _FETCHED
    except BaseException as error:  # nothing may pass through C
        note(Status.E_KEY_SOURCE, error)
        return 0


def _tell(context: int, given: Any) -> None:
    """Tell the handler; what it raises goes to sys.unraisablehook, Ctrl-C and sys.exit go on."""
    source = _abi.Event(generation=-1)
    memmove(byref(source), given, min(given.contents.size, sizeof(source)))
    try:
        kind, status, reason = EventType(source.type), Status(source.status), Reason(source.reason)
    except ValueError:  # of a newer library, whose header says to ignore what one does not know
        return
    event = Event(
        type=kind,
        status=status,
        at=source.at,
        jti=source.jti.copy().decode(),
        sub=source.sub.copy().decode(),
        kid=source.kid.copy().decode(),
        claim=source.what.copy().decode("ascii"),
        sid=source.sid.copy().decode(),
        previous_jti=source.previous_jti.copy().decode(),
        client=source.client.copy().decode(),
        generation=None if source.generation < 0 else source.generation,
        reason=reason,
    )
    try:
        _registry[context](event)
    except Exception:
        raise
    except BaseException as error:
        note(Status.OK, error)


def _release(context: int) -> None:
    """Forget a callable whose last user is gone."""
    _registry.pop(context, None)


#: What C calls. They live as long as the module, so that no call can come too late.
revocation = _abi.REVOCATION(_ask)
sign = _abi.SIGN(_sign)
fetch = _abi.FETCH(_fetch)
event = _abi.EVENT(_tell)
release = _abi.RELEASE(_release)
