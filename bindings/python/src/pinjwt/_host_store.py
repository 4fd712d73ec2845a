"""Stores written in Python: what the library calls, and what goes in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ctypes import Structure, byref, c_char_p, c_int64, c_void_p, cast, sizeof
from enum import IntEnum
from typing import Any, TypeVar

from . import _abi, _call, _hooks, _store_abi, stores
from ._errors import Status, StoreError, StoreStateError, from_library
from ._hooks import Reason
from .stores import Store

Answer = TypeVar("Answer")

_DONE = 0x53544F52
_FAILED = 0x4641494C
_STATE = 0x53544154

#: The members that are not plain numbers.
_ENUMS: dict[str, type[IntEnum]] = {
    "kind": stores.FeedKind,
    "reason": Reason,
    "target": stores.RevokeTarget,
}


def _given(struct: Any) -> Any:
    """Return what C lends, as the dataclass of the same name."""
    members = {name: _member(name, getattr(struct, name)) for name, *_ in struct._fields_}
    return getattr(stores, type(struct).__name__)(**members)


def _member(name: str, value: Any) -> Any:
    if isinstance(value, _abi.Bytes):
        return value.copy()
    if isinstance(value, int):
        return _ENUMS[name](value) if name in _ENUMS else value
    return _given(value if isinstance(value, Structure) else value.contents)


class _Loan:
    """Structures for C, whose bytes live as long as this object."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def bytes(self, value: object, name: str) -> _abi.Bytes:
        copy = _call.data(value, name)
        self._kept.append(copy)
        return _abi.Bytes(cast(c_char_p(copy), c_void_p), len(copy))

    def struct(self, kind: Any, value: object) -> Any:
        """Return a dataclass as the structure of the same name."""
        made = kind()
        _insist(getattr(stores, kind.__name__), value)
        for name, member, *_ in kind._fields_:
            setattr(made, name, self._member(member, getattr(value, name), name))
        return made

    def _member(self, kind: Any, value: Any, name: str) -> Any:
        if kind is _abi.Bytes:
            return self.bytes(value, name)
        if kind is c_int64:
            return _call.int64(value, name)  # ctypes would cut off what does not fit
        if name in _ENUMS:
            return int(_ENUMS[name](value))
        return self.struct(kind, value)


def _insist(kind: type[Answer], value: object) -> Answer:
    """Insist on a type: what forgets to answer, or is a coroutine, has not done it."""
    if not isinstance(value, kind):
        raise TypeError(f"a store must answer with a {kind.__name__} here, not {type(value).__name__}")
    return value


def _tell_rows(tell: Any, sink: Any, rows: Iterable[stores.SessionRow]) -> None:
    for row in rows:
        loan = _Loan()
        tell(sink, byref(loan.struct(_store_abi.SessionRow, row)))


def _create(store: Store, request: Any, answer: Any) -> None:
    done = _insist(stores.Created, store.create(_given(request.contents)))
    out = answer.contents
    _tell_rows(out.created, out.sink, [done.session])
    _tell_rows(out.displaced, out.sink, done.displaced)


def _rotate(store: Store, request: Any, answer: Any) -> None:
    done = _insist(stores.Rotated, store.rotate(_given(request.contents)))
    out = answer.contents
    out.verdict = stores.RotationVerdict(done.verdict)
    out.previous_jti = _jti(done.previous_jti)
    out.now = _call.int64(done.now, "now")
    if done.session is not None:
        _tell_rows(out.session, out.sink, [done.session])


def _jti(value: object) -> bytes:
    jti = _call.data(value, "previous_jti")
    if len(jti) > 22 or b"\0" in jti:
        raise ValueError("previous_jti has over 22 bytes, or a NUL.")
    return jti


def _revoke(store: Store, request: Any, answer: Any) -> None:
    done = _insist(stores.Revoked, store.revoke(_given(request.contents)))
    out = answer.contents
    _tell_rows(out.revoked, out.sink, done.sessions)
    out.found = _insist(bool, done.found)
    out.more = _insist(bool, done.more)
    out.now = _call.int64(done.now, "now")


def _sweep(store: Store, request: Any, answer: Any) -> None:
    _progress(store.sweep(_given(request.contents)), answer)


def _bump(store: Store, request: Any, answer: Any) -> None:
    answer[0] = _call.int64(store.bump(_given(request.contents)), "version")


def _deny(store: Store, request: Any) -> None:
    done: object = store.deny(_given(request.contents))
    _insist(type(None), done)


def _consume(store: Store, request: Any, answer: Any) -> None:
    answer[0] = _insist(bool, store.consume(_given(request.contents)))


def _feed(store: Store, request: Any, answer: Any) -> None:
    page = _insist(stores.FeedPage, store.feed(_given(request.contents)))
    out = answer.contents
    for entry in page.entries:
        loan = _Loan()
        out.entry(out.sink, byref(loan.struct(_store_abi.FeedEntry, entry)))
    loan = _Loan()
    out.position(out.sink, byref(loan.struct(_store_abi.FeedPosition, page.position)))
    out.more = _insist(bool, page.more)
    out.now = _call.int64(page.now, "now")


def _list(store: Store, request: Any, answer: Any) -> None:
    rows = list(store.list(_given(request.contents)))
    _tell_rows(answer.contents.session, answer.contents.sink, rows)


def _purge(store: Store, request: Any, answer: Any) -> None:
    _progress(store.purge(_given(request.contents)), answer)


def _progress(done: object, answer: Any) -> None:
    progress = _insist(stores.Progress, done)
    answer.contents.count = _call.int64(progress.count, "count")
    answer.contents.more = _insist(bool, progress.more)


def _statistics(store: Store, space: Any, answer: Any) -> None:
    answer[0] = _Loan().struct(_store_abi.Counts, store.statistics(space.copy()))


def _guarded(operation: Any) -> Callable[..., int]:
    """Return the operation as C calls it: nothing may pass through C, and what was raised is noted."""

    def called(context: int, *arguments: Any) -> int:
        *given, error = arguments
        try:
            operation(_hooks.kept(context), *given)
            return _DONE
        except BaseException as raised:
            _hooks.note(Status.E_STORE, raised)
            if isinstance(raised, (StoreError, StoreStateError)):
                error.contents.message = _sentence(raised)
            return _STATE if isinstance(raised, StoreStateError) else _FAILED

    return called


def _sentence(error: StoreError | StoreStateError) -> bytes:
    """Return the message for C; that of any other exception may hold a secret, such as a password."""
    return error.message.encode("ascii", "replace")[:191]


#: What C calls. They live as long as the module, so that no call can come too late.
_FUNCTIONS = {
    name: _store_abi.OPERATIONS[name](_guarded(operation))
    for name, operation in {
        "create": _create,
        "rotate": _rotate,
        "revoke": _revoke,
        "sweep": _sweep,
        "bump": _bump,
        "deny": _deny,
        "consume": _consume,
        "feed": _feed,
        "list": _list,
        "purge": _purge,
        "statistics": _statistics,
    }.items()
}


@contextmanager
def lent(store: Store) -> Iterator[_store_abi.HostStore]:
    """Lend a store to a call that takes it over where it succeeds."""
    with _hooks.keep(store) as number:
        yield _store_abi.HostStore(
            size=sizeof(_store_abi.HostStore), context=number, release=_hooks.release, **_FUNCTIONS
        )


def judged(
    request: stores.RotateRequest, row: stores.SessionRow | None, user_version: int, now: int
) -> tuple[stores.Rotated, stores.SessionRow | None]:
    """See `stores.judge`."""
    told: list[stores.SessionRow] = []
    written: list[stores.SessionRow] = []
    tell = _store_abi.SESSION_SINK(lambda _, row: told.append(_given(row.contents)))
    write = _store_abi.SESSION_SINK(lambda _, row: written.append(_given(row.contents)))
    loan, answer, error = _Loan(), _store_abi.RotateAnswer(session=tell), _abi.Error()
    asked = loan.struct(_store_abi.RotateRequest, request)
    given = None if row is None else byref(loan.struct(_store_abi.SessionRow, row))
    if _store_abi.session_judge(
        byref(asked),
        given,
        _call.int64(user_version, "user_version"),
        _call.int64(now, "now"),
        byref(answer),
        write,
        None,
        byref(error),
    ):
        raise from_library(error)
    verdict = stores.RotationVerdict(answer.verdict)
    session = told[0] if told else None
    return (
        stores.Rotated(verdict, session, answer.previous_jti, answer.now),
        written[0] if written else None,
    )
