"""Tokens in both directions with PyJWT, joserfc and OpenSSL's command line."""

from __future__ import annotations

import base64
import datetime
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwk as jose_jwk
from joserfc import jwt as jose_jwt

from peers import ASYMMETRIC, CURVES, HMAC, SECRET, openssl, private_key, private_pem, public_pem
from pinjwt import Algorithm, Key, Policy, Signer, Verifier

# joserfc warns of "EdDSA", which RFC 9864 deprecates in favour of the curves' names.
pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")

POLICY = Policy(issuer="me", audience="you")
CLAIMS: dict[str, Any] = {"iss": "me", "aud": "you", "sub": "Zoë", "n": [1, {"a": None}]}
PYJWT = [a for a in Algorithm if a not in (Algorithm.ED25519, Algorithm.ED448)]


def ours(algorithm: Algorithm) -> Key:
    if algorithm in HMAC:
        return Key.from_secret(algorithm, SECRET)
    return Key.from_pem(algorithm, private_pem(private_key(algorithm)))


def times() -> dict[str, int]:
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp())
    return {"iat": now, "exp": now + 300}


def check(algorithm: Algorithm, token: str) -> None:
    claims = Verifier(POLICY, ours(algorithm)).verify(token)
    assert claims.subject == "Zoë"
    assert claims["n"] == [1, {"a": None}]


@pytest.mark.parametrize("algorithm", PYJWT)
def test_pyjwt_verifies_ours(algorithm: Algorithm) -> None:
    token = Signer(POLICY, ours(algorithm)).sign(CLAIMS)
    key: Any = SECRET if algorithm in HMAC else private_key(algorithm).public_key()
    claims = jwt.decode(token, key, algorithms=[algorithm.jose_name], audience="you", issuer="me")
    assert claims["sub"] == "Zoë"
    assert claims["exp"] - claims["iat"] == 900


@pytest.mark.parametrize("algorithm", PYJWT)
def test_we_verify_pyjwts(algorithm: Algorithm) -> None:
    key: Any = SECRET if algorithm in HMAC else private_key(algorithm)
    check(algorithm, jwt.encode({**CLAIMS, **times()}, key, algorithm=algorithm.jose_name))


def test_pyjwt_and_ed448_under_the_older_name() -> None:
    key = private_key(Algorithm.ED448)
    mine = Key.from_pem(Algorithm.EDDSA, private_pem(key))
    token = jwt.encode({**CLAIMS, **times()}, key, algorithm="EdDSA")
    assert Verifier(POLICY, mine).verify(token).subject == "Zoë"
    claims = jwt.decode(
        Signer(POLICY, mine).sign(CLAIMS), key.public_key(), algorithms=["EdDSA"], audience="you"
    )
    assert claims["sub"] == "Zoë"


def joses(algorithm: Algorithm) -> Any:
    if algorithm in HMAC:
        return jose_jwk.OctKey.import_key(SECRET)
    kind = "EC" if algorithm in CURVES else "RSA" if algorithm.name[1:2] == "S" else "OKP"
    make: Any = jose_jwk.import_key
    return make(private_pem(private_key(algorithm)), kind)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_joserfc_verifies_ours(algorithm: Algorithm) -> None:
    token = Signer(POLICY, ours(algorithm)).sign(CLAIMS)
    decoded = jose_jwt.decode(token, joses(algorithm), algorithms=[algorithm.jose_name])
    assert decoded.claims["sub"] == "Zoë"
    assert decoded.header["alg"] == algorithm.jose_name


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_we_verify_joserfcs(algorithm: Algorithm) -> None:
    name = algorithm.jose_name
    check(
        algorithm, jose_jwt.encode({"alg": name}, {**CLAIMS, **times()}, joses(algorithm), algorithms=[name])
    )


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl_signature(algorithm: Algorithm, data: bytes, folder: Path) -> bytes:
    message, key = folder / "message", folder / "key.pem"
    message.write_bytes(data)
    digest = f"-sha{algorithm.name[2:5]}"
    if algorithm in HMAC:
        return openssl(
            "dgst", digest, "-mac", "HMAC", "-macopt", f"hexkey:{SECRET.hex()}", "-binary", message
        )
    key.write_bytes(private_pem(private_key(algorithm)))
    if algorithm in CURVES:
        r, s = decode_dss_signature(openssl("dgst", digest, "-sign", key, message))
        size = (CURVES[algorithm].key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if algorithm.name.startswith("PS"):
        scheme = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        return openssl("dgst", digest, *scheme, "-sign", key, message)
    if algorithm.name.startswith("RS"):
        return openssl("dgst", digest, "-sign", key, message)
    return openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", message)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_we_verify_openssls(algorithm: Algorithm, tmp_path: Path) -> None:
    header = json.dumps({"alg": algorithm.jose_name, "typ": "JWT"}).encode()
    signed = f"{b64(header)}.{b64(json.dumps({**CLAIMS, **times()}).encode())}"
    check(algorithm, f"{signed}.{b64(openssl_signature(algorithm, signed.encode(), tmp_path))}")


@pytest.mark.parametrize("algorithm", [Algorithm.RS256, Algorithm.EDDSA, Algorithm.ED448])
def test_openssl_verifies_ours(algorithm: Algorithm, tmp_path: Path) -> None:
    signed, signature = Signer(POLICY, ours(algorithm)).sign(CLAIMS).rsplit(".", 1)
    for name, data in [
        ("message", signed.encode()),
        ("signature", base64.urlsafe_b64decode(signature + "==")),
        ("key", public_pem(private_key(algorithm))),
    ]:
        (tmp_path / name).write_bytes(data)
    files: list[str | Path] = [
        "-inkey",
        tmp_path / "key",
        "-sigfile",
        tmp_path / "signature",
        "-in",
        tmp_path / "message",
    ]
    digest: list[str | Path] = ["-digest", "sha256"] if algorithm is Algorithm.RS256 else []
    assert b"Success" in openssl("pkeyutl", "-verify", "-pubin", "-rawin", *digest, *files)


def test_the_lists_cover_every_algorithm() -> None:
    assert set(HMAC) | set(ASYMMETRIC) == set(Algorithm)
    assert len(Algorithm) == 16
