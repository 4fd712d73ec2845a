"""Signing tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from . import _abi, _call, _hooks
from ._call import Handle, Time
from ._key import Key
from ._keyring import KeyRing
from ._policy import Policy


class Signer:
    """Signs tokens by one policy, with one key or a ring's active one. Safe to share between threads."""

    __slots__ = ("_handle",)

    def __init__(self, policy: Policy, key: Key | KeyRing) -> None:
        if not isinstance(policy, Policy) or not isinstance(key, (Key, KeyRing)):
            raise TypeError("Signer takes a Policy and a Key or KeyRing")
        make = _abi.signer_new if isinstance(key, Key) else _abi.signer_new_with_keyring
        self._handle = Handle(make, _abi.signer_free, policy._handle.pointer, key._handle.pointer)

    def sign(self, claims: Mapping[str, Any], *, now: Time | None = None) -> str:
        """Return a token.

        The policy's iss, aud and sub, iat, exp and a random jti are filled in where `claims` has none; claims
        that contradict the policy are refused. Datetimes, which need their time zone, become NumericDates.
        """
        payload = encode_claims(claims)
        with _hooks.Watch():
            token = _call.read(
                _abi.sign,
                self._handle.pointer,
                payload,
                len(payload),
                _call.time(now),
                capacity=2048 + 2 * len(payload),
            )
        return token.decode("ascii")


def encode_claims(claims: Mapping[str, Any]) -> bytes:
    """Return claims as JSON."""
    if not isinstance(claims, Mapping):
        raise TypeError(f"claims must be a mapping, not {type(claims).__name__}")
    members = dict(claims)
    for name in members:
        if not isinstance(name, str):
            raise TypeError(f"the names of claims must be str, not {type(name).__name__}")
    return json.dumps(
        members, default=_convert, allow_nan=False, ensure_ascii=False, separators=(",", ":")
    ).encode()


def _convert(value: object) -> object:
    if isinstance(value, datetime):
        return _call.numeric_date(value, "claim")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a claim of type {type(value).__name__} cannot be written as JSON")
