"""Verifying tokens."""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import c_void_p

from . import _abi, _call, _hooks
from ._call import Handle, Text, Time
from ._claims import Claims
from ._errors import StoreError
from ._key import Key
from ._policy import Policy


class Verifier:
    """Verifies tokens with one key by one policy. Immutable, safe to share between threads."""

    __slots__ = ("_handle",)
    _handle: Handle

    def __init__(self, policy: Policy, key: Key) -> None:
        if not isinstance(policy, Policy) or not isinstance(key, Key):
            raise TypeError("Verifier takes a Policy and a Key")
        self._handle = Handle(
            _abi.verifier_new, _abi.verifier_free, policy._handle.pointer, key._handle.pointer
        )

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
        """Return the claims of a token that holds, or raise a TokenError that says why it does not."""
        value = _call.text_or_data(token, "token")
        _hooks.take_exception()
        try:
            payload = _call.read(
                _abi.verify_json,
                self._handle.pointer,
                value,
                len(value),
                _call.time(now),
                capacity=len(value) + 1,
            )
        except StoreError as error:
            cause = _hooks.take_exception()
            if cause is not None and not isinstance(cause, Exception):
                raise cause from None  # Ctrl-C and sys.exit go on; the token has been refused all the same
            raise error from cause
        return Claims(payload)
