"""Forging tokens by hand, with no JWT library in the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Callable

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import pinjwt
from pinjwt import Algorithm, Key, Policy, Verifier

NOW = 1_700_000_000
SECRET = hashlib.sha512(b"a secret").digest()
CLAIMS: dict[str, Any] = {"sub": "alice", "iat": NOW, "exp": NOW + 600, "jti": "id-1"}

Sign = Callable[[bytes], bytes]
Make = Callable[[], Key]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def raw(header: bytes, payload: bytes, sign: Sign) -> str:
    """A token over exactly these bytes."""
    signing_input = f"{b64(header)}.{b64(payload)}"
    return f"{signing_input}.{b64(sign(signing_input.encode()))}"


def token(header: Any, payload: Any, sign: Sign) -> str:
    return raw(compact(header), compact(payload), sign)


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def hs(secret: bytes = SECRET, digest: str = "sha256") -> Sign:
    return lambda data: hmac.new(secret, data, digest).digest()


def rs(key: rsa.RSAPrivateKey, digest: hashes.HashAlgorithm | None = None) -> Sign:
    return lambda data: key.sign(data, padding.PKCS1v15(), digest or hashes.SHA256())


def es(key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm | None = None) -> Sign:
    size = (key.curve.key_size + 7) // 8

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest or hashes.SHA256())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return sign


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
ED448 = ed448.Ed448PrivateKey.generate()


def public_pem(key: Any) -> bytes:
    return bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def public_der(key: Any) -> bytes:
    return bytes(
        key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


KEYS: dict[Algorithm, tuple[Key, Sign]] = {
    Algorithm.HS256: (Key.from_secret(Algorithm.HS256, SECRET), hs()),
    Algorithm.RS256: (Key.from_pem(Algorithm.RS256, public_pem(RSA)), rs(RSA)),
    Algorithm.ES256: (Key.from_pem(Algorithm.ES256, public_pem(P256)), es(P256)),
    Algorithm.EDDSA: (Key.from_pem(Algorithm.EDDSA, public_pem(ED25519)), ED25519.sign),
}


def status(candidate: str | bytes, key: Key | None = None, *, now: int = NOW, **settings: Any) -> str:
    """What the verifier says of a token: "OK" or the name of the status."""
    verifier = Verifier(Policy(**settings), key or KEYS[Algorithm.HS256][0])
    try:
        verifier.verify(candidate, now=now)
    except pinjwt.TokenError as error:
        if len(candidate) > 20 and str(candidate) in error.message:
            raise ValueError("the message holds the token") from error
        return error.status.name
    return "OK"


def made(algorithm: Algorithm, make: Make) -> str:
    """What the library says of a key."""
    try:
        key = make()
    except pinjwt.PinJWTError as error:
        return error.status.name
    return "OK" if key.algorithm is algorithm else "pinned to something else"


def honest(
    algorithm: Algorithm = Algorithm.HS256, claims: dict[str, Any] | None = None, **header: Any
) -> str:
    """A token that must be accepted: the control of each attack."""
    _, sign = KEYS[algorithm]
    return token(
        {"alg": algorithm.jose_name, "typ": "JWT", **header}, CLAIMS if claims is None else claims, sign
    )


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
