"""The part of pinjwt_sessions.h that stores are made of."""

from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, Structure, c_char, c_int, c_int64, c_size_t, c_void_p
from typing import Any

from . import _abi
from ._abi import Bytes


class SessionRow(Structure):
    """pinjwt_session_row."""

    _fields_ = (
        ("selector", Bytes),
        ("sid", Bytes),
        ("user", Bytes),
        ("client", Bytes),
        ("claims", Bytes),
        ("device", Bytes),
        ("address", Bytes),
        ("agent", Bytes),
        ("current", Bytes),
        ("previous", Bytes),
        ("seal", Bytes),
        ("nonce", Bytes),
        ("jti", Bytes),
        ("generation", c_int64),
        ("version", c_int64),
        ("created", c_int64),
        ("rotated", c_int64),
        ("idle_end", c_int64),
        ("end", c_int64),
        ("revoked", c_int64),
        ("reason", c_int),
    )


class DenialTerms(Structure):
    """pinjwt_denial_terms."""

    _fields_ = (("keep", c_int64), ("mark", Bytes))


SESSION_SINK = CFUNCTYPE(None, c_void_p, POINTER(SessionRow))


class CreateRequest(Structure):
    """pinjwt_create_request."""

    _fields_ = (
        ("space", Bytes),
        ("tag", Bytes),
        ("row", POINTER(SessionRow)),
        ("idle", c_int64),
        ("absolute", c_int64),
        ("cap", c_int64),
        ("denial", DenialTerms),
    )


class CreateAnswer(Structure):
    """pinjwt_create_answer."""

    _fields_ = (("sink", c_void_p), ("created", SESSION_SINK), ("displaced", SESSION_SINK))


class RotateRequest(Structure):
    """pinjwt_rotate_request."""

    _fields_ = (
        ("space", Bytes),
        ("selector", Bytes),
        ("generation", c_int64),
        ("hash", Bytes),
        ("client", Bytes),
        ("next", Bytes),
        ("seal", Bytes),
        ("nonce", Bytes),
        ("jti", Bytes),
        ("grace", c_int64),
        ("idle", c_int64),
        ("denial", DenialTerms),
    )


class RotateAnswer(Structure):
    """pinjwt_rotate_answer."""

    _fields_ = (
        ("sink", c_void_p),
        ("session", SESSION_SINK),
        ("verdict", c_int),
        ("previous_jti", c_char * 24),
        ("now", c_int64),
    )
    verdict: int
    previous_jti: bytes
    now: int


class RevokeRequest(Structure):
    """pinjwt_revoke_request."""

    _fields_ = (
        ("space", Bytes),
        ("tag", Bytes),
        ("target", c_int),
        ("selector", Bytes),
        ("user", Bytes),
        ("sid", Bytes),
        ("reason", c_int),
        ("limit", c_int64),
        ("denial", DenialTerms),
    )


class RevokeAnswer(Structure):
    """pinjwt_revoke_answer."""

    _fields_ = (
        ("sink", c_void_p),
        ("revoked", SESSION_SINK),
        ("found", c_int),
        ("more", c_int),
        ("now", c_int64),
    )


class SweepRequest(Structure):
    """pinjwt_sweep_request."""

    _fields_ = (("space", Bytes), ("before", c_int64), ("limit", c_int64))


class Progress(Structure):
    """pinjwt_progress."""

    _fields_ = (("count", c_int64), ("more", c_int))


class BumpRequest(Structure):
    """pinjwt_bump_request."""

    _fields_ = (("space", Bytes), ("tag", Bytes), ("user", Bytes), ("denial", DenialTerms))


class DenyRequest(Structure):
    """pinjwt_deny_request."""

    _fields_ = (
        ("space", Bytes),
        ("kind", c_int),
        ("key", Bytes),
        ("value", c_int64),
        ("until", c_int64),
        ("denial", DenialTerms),
    )


class ConsumeRequest(Structure):
    """pinjwt_consume_request."""

    _fields_ = (("space", Bytes), ("key", Bytes), ("until", c_int64))


class FeedPosition(Structure):
    """pinjwt_feed_position."""

    _fields_ = (("epoch", Bytes), ("mark", Bytes), ("sequence", c_int64))


class FeedEntry(Structure):
    """pinjwt_feed_entry."""

    _fields_ = (
        ("sequence", c_int64),
        ("kind", c_int),
        ("key", Bytes),
        ("value", c_int64),
        ("until", c_int64),
    )


class FeedRequest(Structure):
    """pinjwt_feed_request."""

    _fields_ = (("space", Bytes), ("position", FeedPosition), ("limit", c_int64), ("epoch", Bytes))


class FeedAnswer(Structure):
    """pinjwt_feed_answer."""

    _fields_ = (
        ("sink", c_void_p),
        ("entry", CFUNCTYPE(None, c_void_p, POINTER(FeedEntry))),
        ("position", CFUNCTYPE(None, c_void_p, POINTER(FeedPosition))),
        ("more", c_int),
        ("now", c_int64),
    )


class ListRequest(Structure):
    """pinjwt_list_request."""

    _fields_ = (("space", Bytes), ("tag", Bytes), ("user", Bytes), ("limit", c_int64))


class ListAnswer(Structure):
    """pinjwt_list_answer."""

    _fields_ = (("sink", c_void_p), ("session", SESSION_SINK))


class PurgeRequest(Structure):
    """pinjwt_purge_request."""

    _fields_ = (("space", Bytes), ("retain", c_int64), ("grace", c_int64), ("limit", c_int64))


class Counts(Structure):
    """pinjwt_statistics."""

    _fields_ = (
        ("live", c_int64),
        ("revoked", c_int64),
        ("expired", c_int64),
        ("denials", c_int64),
        ("consumed", c_int64),
    )


def _operation(*arguments: Any) -> Any:
    return CFUNCTYPE(c_int, c_void_p, *arguments, POINTER(_abi.Error))


#: The types of a store's functions, in the order in which they stand in pinjwt_store.
OPERATIONS: dict[str, Any] = {
    "create": _operation(POINTER(CreateRequest), POINTER(CreateAnswer)),
    "rotate": _operation(POINTER(RotateRequest), POINTER(RotateAnswer)),
    "revoke": _operation(POINTER(RevokeRequest), POINTER(RevokeAnswer)),
    "sweep": _operation(POINTER(SweepRequest), POINTER(Progress)),
    "bump": _operation(POINTER(BumpRequest), POINTER(c_int64)),
    "deny": _operation(POINTER(DenyRequest)),
    "consume": _operation(POINTER(ConsumeRequest), POINTER(c_int)),
    "feed": _operation(POINTER(FeedRequest), POINTER(FeedAnswer)),
    "list": _operation(POINTER(ListRequest), POINTER(ListAnswer)),
    "purge": _operation(POINTER(PurgeRequest), POINTER(Progress)),
    "statistics": _operation(Bytes, POINTER(Counts)),
}


class HostStore(Structure):
    """pinjwt_store, as this version knows it, with functions of ours."""

    _fields_ = (
        ("size", c_size_t),
        ("context", c_void_p),
        ("release", _abi.RELEASE),
        *OPERATIONS.items(),
    )


session_judge = _abi.declare(
    c_int,
    "pinjwt_session_judge",
    POINTER(RotateRequest),
    POINTER(SessionRow),
    c_int64,
    c_int64,
    POINTER(RotateAnswer),
    SESSION_SINK,
    c_void_p,
    POINTER(_abi.Error),
)
