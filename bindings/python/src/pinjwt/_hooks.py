"""Hooks: Python callables that the library calls.

The library holds each by a number, its context; the registry keeps the callable alive until the library says
that the last user of that number is gone.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from ctypes import byref, c_void_p
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from . import _abi
from ._claims import Claims
from ._errors import Status


class Verdict(Enum):
    """What a revocation check answers; anything else, or an exception, refuses the token (StoreError)."""

    ALLOW = 0x50415353
    REVOKED = 0x52455631


class EventType(IntEnum):
    """What happened to a token."""

    SIGNED = 1
    VERIFIED = 2
    REJECTED = 3


@dataclass(frozen=True)
class Event:
    """One happening in a token's life.

    `jti` and `sub` come only from a token whose signature held. `kid` of a rejected token may have been
    written by anybody. `at` is in Unix seconds. `claim` is what a refusal concerns.
    """

    type: EventType
    status: Status
    at: int
    jti: str
    sub: str
    kid: str
    claim: str


RevocationCheck = Callable[[Claims], Verdict]
EventHandler = Callable[[Event], object]

_numbers = itertools.count(1)
_registry: dict[int, Callable[[Any], object]] = {}
_raised = threading.local()


def register(function: Callable[[Any], object]) -> int:
    """Keep a callable until `forget`; the number that stands for it."""
    if not callable(function):
        raise TypeError(f"a hook must be callable, not {type(function).__name__}")
    number = next(_numbers)
    _registry[number] = function
    return number


def forget(number: int) -> None:
    """Drop a callable that the library never took."""
    _registry.pop(number, None)


def take_exception() -> BaseException | None:
    """Return what this thread's last revocation check raised, once."""
    error: BaseException | None = getattr(_raised, "error", None)
    _raised.error = None
    return error


def _ask(context: int, claims: int) -> int:
    """Ask the check; 0, which the library takes for no answer, when it raises or answers anything else."""
    try:
        lent = _abi.Bytes()
        if _abi.claims_json(c_void_p(claims), byref(lent)):
            return 0
        verdict = _registry[context](Claims(lent.copy()))
        return verdict.value if isinstance(verdict, Verdict) else 0
    except BaseException as error:  # nothing may pass through C
        _raised.error = error
        return 0


def _tell(context: int, given: Any) -> None:
    """Tell the handler; ctypes hands what it raises to sys.unraisablehook."""
    source = given.contents
    event = Event(
        type=EventType(source.type),
        status=Status(source.status),
        at=source.at,
        jti=source.jti.copy().decode(),
        sub=source.sub.copy().decode(),
        kid=source.kid.copy().decode(),
        claim=source.what.copy().decode("ascii"),
    )
    _registry[context](event)


def _release(context: int) -> None:
    """Forget a callable whose last user is gone."""
    _registry.pop(context, None)


#: What C calls. They live as long as the module, so that no call can come too late.
revocation = _abi.REVOCATION(_ask)
event = _abi.EVENT(_tell)
release = _abi.RELEASE(_release)
