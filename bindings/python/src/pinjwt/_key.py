"""Keys."""

from __future__ import annotations

import os
from ctypes import byref

from . import _abi, _call, _hooks
from ._algorithm import Algorithm, pin
from ._call import Handle
from ._errors import argument
from ._hooks import BytesLike, Sign

_PUBLIC = 1
_PRIVATE = 2


class Key:
    """A key bound to one algorithm: parsed and checked once, immutable, safe to share between threads.

    Make one with `from_secret`, `from_pem`, `from_der`, `from_jwk`, `from_file`, `from_env`, `generate` or
    `external`. A key that is not valid, too weak or made for something else is an InvalidKeyError.
    """

    __slots__ = ("_handle",)
    _handle: Handle

    def __init__(self) -> None:
        raise TypeError("make a Key with Key.generate, from_file or another of its class methods")

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
        with _call.lend(secret, "secret") as lent:
            return cls._make(_abi.key_from_secret, pin(algorithm), *lent)

    @classmethod
    def from_pem(cls, algorithm: Algorithm, pem: str | BytesLike, passphrase: str | BytesLike = b"") -> Key:
        """Make a key from PEM: PKCS#8 (encrypted too), PKCS#1, SEC 1 or SPKI. Nothing ever prompts."""
        with _call.lend(pem, "pem") as lent, _call.lend(passphrase, "passphrase") as phrase:
            return cls._make(_abi.key_from_pem, pin(algorithm), *lent, *phrase)

    @classmethod
    def from_der(cls, algorithm: Algorithm, der: BytesLike) -> Key:
        """Make a key from DER: PKCS#8, PKCS#1, SEC 1 or SPKI."""
        if isinstance(der, str):
            raise TypeError("der must be bytes-like, not str")
        with _call.lend(der, "der") as lent:
            return cls._make(_abi.key_from_der, pin(algorithm), *lent)

    @classmethod
    def from_jwk(cls, algorithm: Algorithm, jwk: str | BytesLike) -> Key:
        """Make a key from the JSON text of a JWK (RFC 7517)."""
        with _call.lend(jwk, "jwk") as lent:
            return cls._make(_abi.key_from_jwk, pin(algorithm), *lent)

    @classmethod
    def from_file(cls, algorithm: Algorithm, path: str | os.PathLike[str]) -> Key:
        """Make a key from a file: PEM, DER, a JWK, or for HMAC a secret.

        A secret is "base64url:" and its base64url, or the bytes themselves. A file that can sign must be the
        owner's alone (mode 0600), else it is an InputOutputError.
        """
        return cls._make(_abi.key_from_file, pin(algorithm), _call.path(path))

    @classmethod
    def from_env(cls, algorithm: Algorithm, name: str) -> Key:
        """Make a key from an environment variable, whose text is as in `from_file`. Prefer a file."""
        value = _call.text(name, "name")
        if b"\0" in value:
            raise argument("name", "The name has a NUL inside.")
        return cls._make(_abi.key_from_env, pin(algorithm), value)

    @classmethod
    def external(cls, public_key: Key, sign: Sign) -> Key:
        """Make a key whose private half stays in a KMS or HSM: `sign` signs for it.

        `sign` is called with the bytes to sign, on the thread that signs, and returns the signature in its
        JOSE form: for ECDSA r and s side by side, else as it is. Each is checked with the public half before
        it leaves. What `sign` raises is the `__cause__` of a CryptoError.
        """
        if not isinstance(public_key, Key):
            raise TypeError(f"public_key must be a Key, not {type(public_key).__name__}")
        with _hooks.registered(sign) as number:
            return cls._make(
                _abi.key_external, public_key._handle.pointer, _hooks.sign, number, _hooks.release
            )

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
        if private:
            return _call.read_secret(function, self._handle.pointer, _PRIVATE, capacity=8192)
        return _call.read(function, self._handle.pointer, _PUBLIC, capacity=8192).decode()

    def __repr__(self) -> str:
        return f"<pinjwt.Key {self.algorithm.jose_name} kid={self.id!r}>"
