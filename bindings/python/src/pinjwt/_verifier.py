"""Verifying tokens."""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import c_void_p
from typing import Union

from . import _abi, _call, _hooks
from ._call import Handle, Text, Time
from ._claims import Claims
from ._jwks import JWKSClient
from ._key import Key
from ._keyring import KeyRing
from ._keyset import KeySet
from ._policy import Policy

Keys = Union[Key, KeySet, KeyRing, JWKSClient]

_MAKE: dict[type[Keys], _abi.Function] = {
    Key: _abi.verifier_new,
    KeySet: _abi.verifier_new_with_keyset,
    KeyRing: _abi.verifier_new_with_keyring,
    JWKSClient: _abi.verifier_new_with_source,
}


class Verifier:
    """Verifies tokens by one policy, with one key or with those of a set, a ring or a JWKS client.

    With one key, tokens of any kid; else the token's kid picks the key. Later changes of a set or ring are
    followed. Safe to share between threads.
    """

    __slots__ = ("_handle",)
    _handle: Handle

    def __init__(self, policy: Policy, keys: Keys) -> None:
        make = next((make for kind, make in _MAKE.items() if isinstance(keys, kind)), None)
        if not isinstance(policy, Policy) or make is None:
            raise TypeError("Verifier takes a Policy and a Key, KeySet, KeyRing or JWKSClient")
        self._handle = Handle(make, _abi.verifier_free, policy._handle.pointer, keys._handle.pointer)

    @classmethod
    def join(cls, parts: Iterable[Verifier]) -> Verifier:
        """Return one verifier for several issuers: the token's iss picks the part, which then judges."""
        verifiers = list(parts)
        for part in verifiers:
            if not isinstance(part, Verifier):
                raise TypeError(f"join takes Verifiers, not {type(part).__name__}")
        handles = (c_void_p * len(verifiers))(*(part._handle.pointer for part in verifiers))
        joined = object.__new__(cls)
        joined._handle = Handle(_abi.verifier_join, _abi.verifier_free, handles, len(verifiers))
        return joined

    def verify(self, token: Text, *, now: Time | None = None) -> Claims:
        """Return the claims of a token that holds, or raise a TokenError that says why it does not.

        Where a revocation check or a remote key set does not answer, it is an UnavailableError instead.
        """
        value = _call.text_or_data(token, "token")
        with _hooks.Watch():
            payload = _call.read(
                _abi.verify_json,
                self._handle.pointer,
                value,
                len(value),
                _call.time(now),
                capacity=len(value) + 1,
            )
        return Claims(payload)
