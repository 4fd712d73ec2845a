"""The same private keys in every form, made by one tool and read by the others."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from pinjwt import Algorithm

PASSPHRASE = b"open sesame"
NOW = 1_700_000_000

CURVES: dict[Algorithm, ec.EllipticCurve] = {
    Algorithm.ES256: ec.SECP256R1(),
    Algorithm.ES384: ec.SECP384R1(),
    Algorithm.ES512: ec.SECP521R1(),
    Algorithm.ES256K: ec.SECP256K1(),
}
ASYMMETRIC = [algorithm for algorithm in Algorithm if not algorithm.name.startswith("HS")]
HMAC = [algorithm for algorithm in Algorithm if algorithm.name.startswith("HS")]
SECRET = hashlib.sha512(b"a secret").digest()


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def private_key(algorithm: Algorithm) -> Any:
    """A key made by the Python package cryptography."""
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm])
    if algorithm in (Algorithm.EDDSA, Algorithm.ED25519):
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm is Algorithm.ED448:
        return ed448.Ed448PrivateKey.generate()
    return rsa_key()


def private_pem(
    key: Any, kind: form.PrivateFormat = form.PrivateFormat.PKCS8, passphrase: bytes = b""
) -> bytes:
    encryption = form.BestAvailableEncryption(passphrase) if passphrase else form.NoEncryption()
    return bytes(key.private_bytes(form.Encoding.PEM, kind, encryption))


def public_pem(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))


def openssl(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    """The command line of OpenSSL, which never gets a terminal to ask on."""
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True).stdout
