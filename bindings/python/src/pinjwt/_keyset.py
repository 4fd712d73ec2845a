"""Key sets."""

from __future__ import annotations

from ctypes import byref, c_size_t

from . import _abi, _call
from ._algorithm import Algorithms, pins
from ._call import Handle, Text
from ._key import Key


class KeySet:
    """Keys to verify with, picked by the token's kid: all secrets, or none.

    It may be changed at any time, by any thread, while others verify; each of them sees the set before or
    after a change.
    """

    __slots__ = ("_handle",)

    def __init__(self) -> None:
        self._handle = Handle(_abi.keyset_new, _abi.keyset_free)

    def add(self, key: Key) -> None:
        """Add a key, which needs an id that no other key of the set has (`Key.with_id`)."""
        if not isinstance(key, Key):
            raise TypeError(f"key must be a Key, not {type(key).__name__}")
        _call.call(_abi.keyset_add, self._handle.pointer, key._handle.pointer)

    def remove(self, kid: str) -> None:
        """Remove the key with this id; its tokens are refused from the next verification on."""
        value = _call.text(kid, "kid")
        _call.call(_abi.keyset_remove, self._handle.pointer, value, len(value))

    def load_jwks(self, text: Text, algorithms: Algorithms) -> int:
        """Replace the whole set by the keys of a JWK Set, and return how many of them cannot serve.

        `algorithms`, one or several, are the pins that its keys may have: never the document's choice alone.
        A document that is refused changes nothing.
        """
        allowed, skipped = pins(algorithms), c_size_t()
        with _call.lend(text, "text") as lent:
            _call.call(
                _abi.keyset_load_jwks, self._handle.pointer, *lent, allowed, len(allowed), byref(skipped)
            )
        return skipped.value

    def to_jwks(self) -> str:
        """Return the set as the JSON text of a JWK Set: public halves only, always."""
        return _call.read(_abi.keyset_to_jwks, self._handle.pointer, capacity=8192).decode()

    def __len__(self) -> int:
        return int(_abi.keyset_count(self._handle.pointer))
