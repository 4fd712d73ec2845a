"""Rows 4 to 7: a public key taken for a secret, and secrets that are none."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from functools import partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from forge import (
    CLAIMS,
    ED25519,
    KEYS,
    P256,
    RSA,
    SECRET,
    hs,
    made,
    public_der,
    public_pem,
    status,
    token,
)
from pinjwt import Algorithm, Key

HMAC = [Algorithm.HS256, Algorithm.HS384, Algorithm.HS512]


def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder(
        name, name, P256.public_key(), 1, start, start + datetime.timedelta(days=1)
    )
    return builder.sign(P256, hashes.SHA256())


def ssh(key: Any) -> bytes:
    return bytes(
        key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    )


PEM = public_pem(P256)
CERTIFICATE = certificate()
JWK = Key.from_pem(Algorithm.ES256, PEM).to_jwk().encode()
DISGUISED = {
    "PEM": PEM,
    "PEM of RSA": public_pem(RSA),
    "PEM with CRLF": PEM.replace(b"\n", b"\r\n"),
    "PEM with leading blanks": b" \n\t" + PEM,
    "PEM with trailing blanks": PEM + b"  \n",
    "PEM without the last newline": PEM.strip(),
    "PEM behind a byte order mark": b"\xef\xbb\xbf" + PEM,
    "PEM behind a comment": b"# our key\n" + PEM,
    "DER": public_der(P256),
    "DER of Ed25519 twice as long as needed": public_der(ED25519),
    "DER of RSA": public_der(RSA),
    "DER in base64": base64.b64encode(public_der(P256)),
    "DER in base64url": base64.urlsafe_b64encode(public_der(P256)),
    "DER in base64url without padding": base64.urlsafe_b64encode(public_der(P256)).rstrip(b"="),
    "DER in base64 lines": base64.encodebytes(public_der(P256)),
    "OpenSSH": ssh(P256),
    "OpenSSH of Ed25519": ssh(ED25519),
    "OpenSSH without its name": ssh(P256).split()[1],
    "X.509": CERTIFICATE.public_bytes(serialization.Encoding.PEM),
    "X.509 in DER": CERTIFICATE.public_bytes(serialization.Encoding.DER),
    "JWK": JWK,
    "JWK with blanks": b"  " + json.dumps(json.loads(JWK), indent=2).encode(),
    "JWKS": b'{"keys":[' + JWK + b"]}",
    "bare modulus": RSA.public_key().public_numbers().n.to_bytes(256, "big"),
}


@pytest.mark.parametrize(
    "secret", [PEM, PEM.replace(b"\n", b"\r\n"), b" \n" + PEM, PEM + b"\n\n", PEM.strip()]
)
def test_4_an_rs256_verifier_gets_hs256_with_its_public_key(secret: bytes) -> None:
    pem = public_pem(RSA)
    forged = token({"alg": "HS256"}, CLAIMS, hs(secret.replace(PEM, pem)))
    assert status(forged, KEYS[Algorithm.RS256][0]) == "E_ALGORITHM"


@pytest.mark.parametrize("algorithm", HMAC)
@pytest.mark.parametrize("name", DISGUISED)
def test_5_something_public_as_the_secret(algorithm: Algorithm, name: str) -> None:
    assert made(algorithm, lambda: Key.from_secret(algorithm, DISGUISED[name])) == "E_KEY_FORMAT"


@pytest.mark.parametrize("algorithm", HMAC)
def test_5_as_k_of_a_jwk(algorithm: Algorithm) -> None:
    def jwk(k: bytes) -> str:
        return json.dumps({"kty": "oct", "k": base64.urlsafe_b64encode(k).rstrip(b"=").decode()})

    assert made(algorithm, lambda: Key.from_jwk(algorithm, jwk(PEM))) == "E_KEY_FORMAT"
    assert made(algorithm, lambda: Key.from_jwk(algorithm, jwk(SECRET))) == "OK"


@pytest.mark.parametrize(("algorithm", "least"), list(zip(HMAC, (32, 48, 64))))
def test_6_lengths_of_secrets(algorithm: Algorithm, least: int) -> None:
    secret = hashlib.shake_256(b"a secret").digest(300)
    for length in (0, 1, 16, least - 1):
        assert made(algorithm, partial(Key.from_secret, algorithm, secret[:length])) == "E_KEY_WEAK"
    for length in (least, least + 1, 255):
        assert made(algorithm, partial(Key.from_secret, algorithm, secret[:length])) == "OK"
    assert made(algorithm, lambda: Key.from_secret(algorithm, secret[:256])) == "E_KEY_FORMAT"


@pytest.mark.parametrize("algorithm", HMAC)
@pytest.mark.parametrize("kind", ["RSA", "EC", "OKP"])
def test_7_an_asymmetric_jwk_under_an_hmac_pin(algorithm: Algorithm, kind: str) -> None:
    source = {"RSA": (Algorithm.RS256, RSA), "EC": (Algorithm.ES256, P256), "OKP": (Algorithm.EDDSA, ED25519)}
    pin, key = source[kind]
    jwk = json.loads(Key.from_pem(pin, public_pem(key)).to_jwk())
    del jwk["alg"]
    assert made(algorithm, lambda: Key.from_jwk(algorithm, json.dumps(jwk))) == "E_KEY_MISMATCH"
    assert (
        made(algorithm, lambda: Key.from_jwk(algorithm, json.dumps({**jwk, "k": "A" * 86})))
        == "E_KEY_MISMATCH"
    )


@pytest.mark.parametrize("algorithm", HMAC)
def test_7_pem_and_der_under_an_hmac_pin(algorithm: Algorithm) -> None:
    assert made(algorithm, lambda: Key.from_pem(algorithm, PEM)) == "E_KEY_MISMATCH"
    assert made(algorithm, lambda: Key.from_der(algorithm, public_der(P256))) == "E_KEY_MISMATCH"
    assert made(Algorithm.ES256, lambda: Key.from_secret(Algorithm.ES256, SECRET)) == "E_KEY_MISMATCH"
