"""The algorithms that a key can be pinned to."""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import Array, c_int
from enum import IntEnum
from typing import Union


class Algorithm(IntEnum):
    """The pins: JWS algorithms, always chosen by the caller (RFC 8725 section 3.1); none is "none"."""

    HS256 = 1
    HS384 = 2
    HS512 = 3
    RS256 = 4
    RS384 = 5
    RS512 = 6
    PS256 = 7
    PS384 = 8
    PS512 = 9
    ES256 = 10
    ES384 = 11
    ES512 = 12
    ES256K = 13
    EDDSA = 14
    ED25519 = 15
    ED448 = 16

    @property
    def jose_name(self) -> str:
        """The value of "alg" in a header, such as "EdDSA"."""
        return {14: "EdDSA", 15: "Ed25519", 16: "Ed448"}.get(self.value, self.name)


def pin(algorithm: object) -> int:
    """Return the number of an algorithm; nothing but an Algorithm will do."""
    if not isinstance(algorithm, Algorithm):
        raise TypeError(f"algorithm must be a pinjwt.Algorithm, not {type(algorithm).__name__}")
    return int(algorithm)


Algorithms = Union[Algorithm, Iterable[Algorithm]]


def pins(algorithms: Algorithms) -> Array[c_int]:
    """Return the numbers of one or several algorithms."""
    several = (algorithms,) if isinstance(algorithms, Algorithm) else tuple(algorithms)
    return (c_int * len(several))(*map(pin, several))
