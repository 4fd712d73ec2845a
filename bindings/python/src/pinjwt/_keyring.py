"""Key rings: an issuer's keys over time."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from enum import IntEnum

from . import _abi, _call
from ._algorithm import Algorithm, pin
from ._call import Duration, Handle, Text, Time


class Cost(IntEnum):
    """What it costs to try one passphrase (Argon2id): 64 MiB, 256 MiB or 1 GiB of memory and some passes."""

    #: For tests only: 8 KiB.
    MINIMUM = 1
    INTERACTIVE = 2
    MODERATE = 3
    SENSITIVE = 4


class KeyRing:
    """The keys of an issuer over time: one that is published and will sign, one that signs, retired ones.

    Make one with `new` or `load`. `rotate` moves each key one step; no valid token is refused for it. A ring
    that was saved or loaded is tied to its file: every change is written before it counts, and other
    processes with the same file notice it within a second of use. Safe to share between threads.
    """

    __slots__ = ("_handle",)
    _handle: Handle

    def __init__(self) -> None:
        raise TypeError("make a KeyRing with KeyRing.new or KeyRing.load")

    @classmethod
    def _make(cls, function: _abi.Function, *arguments: object) -> KeyRing:
        ring = object.__new__(cls)
        ring._handle = Handle(function, _abi.keyring_free, *arguments)
        return ring

    @classmethod
    def new(
        cls,
        algorithm: Algorithm,
        *,
        publish: Duration = timedelta(days=1),
        token_lifetime: Duration = timedelta(hours=2),
        now: Time | None = None,
    ) -> KeyRing:
        """Make a ring with two new keys, in memory.

        publish         how long verifiers may keep the set: so long a key is published before it signs
        token_lifetime  how long tokens live at most: so long a retired key verifies, and 11 minutes more
        """
        return cls._make(
            _abi.keyring_new,
            pin(algorithm),
            _call.seconds(publish, "publish"),
            _call.seconds(token_lifetime, "token_lifetime"),
            _call.time(now),
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str], passphrase: Text = b"") -> KeyRing:
        """Read a ring from the file that `save` wrote, which must be the owner's alone, and tie it to it."""
        with _call.lend(passphrase, "passphrase") as phrase:
            return cls._make(_abi.keyring_load, _call.path(path), *phrase)

    def save(self, path: str | os.PathLike[str], passphrase: Text = b"", cost: Cost = Cost.MODERATE) -> None:
        """Write the ring to a new file, encrypted where there is a passphrase, and tie it to it.

        For a ring that is tied to `path` already, write it anew, with this passphrase.
        """
        if not isinstance(cost, Cost):
            raise TypeError(f"cost must be a pinjwt.Cost, not {type(cost).__name__}")
        with _call.lend(passphrase, "passphrase") as phrase:
            _call.call(_abi.keyring_save, self._handle.pointer, _call.path(path), *phrase, int(cost))

    def reload(self) -> None:
        """Read the ring's file again now, and raise what is wrong with it."""
        _call.call(_abi.keyring_reload, self._handle.pointer)

    def rotate(self, *, now: Time | None = None) -> None:
        """Let the next key sign, retire the active one and publish a new next one.

        Before `rotation_time` it is a NotYetValidError and nothing changes; so of two processes that rotate
        one file at the same time, one does.
        """
        _call.call(_abi.keyring_rotate, self._handle.pointer, _call.time(now))

    @property
    def rotation_time(self) -> datetime:
        """When the ring may be rotated next, in UTC."""
        return datetime.fromtimestamp(_abi.keyring_rotation_time(self._handle.pointer), timezone.utc)

    def remove(self, kid: str, *, now: Time | None = None) -> None:
        """Remove a key at once, because others know it: what it signed is refused from now on."""
        value = _call.text(kid, "kid")
        _call.call(_abi.keyring_remove, self._handle.pointer, value, len(value), _call.time(now))

    def to_jwks(self, *, now: Time | None = None) -> str:
        """Return the JSON text of the JWK Set to publish: public halves only."""
        return _call.read(_abi.keyring_to_jwks, self._handle.pointer, _call.time(now), capacity=8192).decode()
