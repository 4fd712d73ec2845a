"""Keys."""

from __future__ import annotations

from ctypes import byref
from typing import Union

from . import _abi, _call
from ._algorithm import Algorithm, pin
from ._call import Handle

BytesLike = Union[bytes, bytearray, memoryview]

_PUBLIC = 1
_PRIVATE = 2


class Key:
    """A key bound to one algorithm: parsed and checked once, immutable, safe to share between threads.

    Make one with `from_secret`, `from_pem`, `from_der`, `from_jwk` or `generate`. A key that is not valid,
    too weak or made for something else is an InvalidKeyError.
    """

    __slots__ = ("_handle",)
    _handle: Handle

    def __init__(self) -> None:
        raise TypeError("make a Key with Key.from_secret, from_pem, from_der, from_jwk or generate")

    @classmethod
    def _make(cls, function: _abi.Function, *arguments: object) -> Key:
        key = object.__new__(cls)
        key._handle = Handle(function, _abi.key_free, *arguments)
        return key

    @classmethod
    def from_secret(cls, algorithm: Algorithm, secret: BytesLike) -> Key:
        """Make an HMAC key from at least 32 (HS256), 48 or 64 (HS512) random bytes, and at most 255."""
        if isinstance(secret, str):
            raise TypeError("secret must be bytes: decode it first, for example with base64.b64decode")
        value = _call.data(secret, "secret")
        return cls._make(_abi.key_from_secret, pin(algorithm), value, len(value))

    @classmethod
    def from_pem(cls, algorithm: Algorithm, pem: str | BytesLike, passphrase: str | BytesLike = b"") -> Key:
        """Make a key from PEM: PKCS#8 (encrypted too), PKCS#1, SEC 1 or SPKI. Nothing ever prompts."""
        value = _call.text_or_data(pem, "pem")
        phrase = _call.text_or_data(passphrase, "passphrase")
        return cls._make(_abi.key_from_pem, pin(algorithm), value, len(value), phrase, len(phrase))

    @classmethod
    def from_der(cls, algorithm: Algorithm, der: BytesLike) -> Key:
        """Make a key from DER: PKCS#8, PKCS#1, SEC 1 or SPKI."""
        value = _call.data(der, "der")
        return cls._make(_abi.key_from_der, pin(algorithm), value, len(value))

    @classmethod
    def from_jwk(cls, algorithm: Algorithm, jwk: str | BytesLike) -> Key:
        """Make a key from the JSON text of a JWK (RFC 7517)."""
        value = _call.text_or_data(jwk, "jwk")
        return cls._make(_abi.key_from_jwk, pin(algorithm), value, len(value))

    @classmethod
    def generate(cls, algorithm: Algorithm) -> Key:
        """Make a new key: HMAC as long as the hash, RSA of 3072 bits, EdDSA on Ed25519."""
        return cls._make(_abi.key_generate, pin(algorithm))

    def with_id(self, kid: str) -> Key:
        """Return the same key under another kid."""
        value = _call.text(kid, "kid")
        return self._make(_abi.key_with_id, self._handle.pointer, value, len(value))

    def public(self) -> Key:
        """Return the public half, under the same kid; a secret has none."""
        return self._make(_abi.key_public, self._handle.pointer)

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm that the key is pinned to."""
        return Algorithm(_abi.key_alg(self._handle.pointer))

    @property
    def id(self) -> str:
        """The kid: an explicit one, else the thumbprint of an asymmetric key, empty for a secret."""
        lent = _abi.Bytes()
        _abi.key_id(self._handle.pointer, byref(lent))
        return lent.copy().decode()

    @property
    def can_sign(self) -> bool:
        """Whether the key has a private half or is a secret, and may sign."""
        return bool(_abi.key_can_sign(self._handle.pointer))

    @property
    def thumbprint(self) -> str:
        """The JWK thumbprint with SHA-256 (RFC 7638); a secret has none."""
        return _call.read(_abi.key_thumbprint, self._handle.pointer, capacity=64).decode()

    def to_jwk(self, *, private: bool = False) -> str:
        """Return the key as the JSON text of a JWK: the public half, unless the private one is asked for."""
        return self._write(_abi.key_to_jwk, private)

    def to_pem(self, *, private: bool = False) -> str:
        """Return the key as PEM: SPKI, or PKCS#8 where the private half is asked for."""
        return self._write(_abi.key_to_pem, private)

    def _write(self, function: _abi.Function, private: bool) -> str:
        part = _PRIVATE if private else _PUBLIC
        return _call.read(function, self._handle.pointer, part, capacity=8192, secret=private).decode()

    def __repr__(self) -> str:
        return f"<pinjwt.Key {self.algorithm.jose_name} kid={self.id!r}>"
