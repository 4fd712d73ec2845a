"""Tokens and keys that are meant to deceive, each beside its honest twin."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa

from tool import DONE, REFUSED, SECRET, USAGE, Result, b64, forged, now, private_file, run

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = RSA.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


def claims(**more: Any) -> dict[str, Any]:
    return {"sub": "alice", "exp": now() + 600, **more}


def hs256(header: dict[str, Any], payload: Any, secret: bytes) -> str:
    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}"
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


@pytest.fixture(name="public")
def made_public(tmp_path: Path) -> Path:
    path = tmp_path / "public.pem"
    path.write_bytes(PUBLIC_PEM)
    return path


@pytest.fixture(name="secret")
def made_secret(tmp_path: Path) -> Path:
    return private_file(tmp_path / "secret", SECRET)


def refused(result: Result, status: str) -> None:
    assert (result.status, result.out) == (REFUSED, ""), result
    assert result.err.startswith(f"refused: {status}"), result


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_alg_none(public: Path, alg: str) -> None:
    verify = ("verify", "--key", public, "--alg", "RS256")
    assert run(*verify, jwt.encode(claims(), RSA, "RS256")).status == DONE
    refused(run(*verify, forged({"alg": alg}, claims(), b"x")), "E_ALGORITHM")
    refused(run(*verify, forged({"alg": alg}, claims(), b"")), "E_ALGORITHM")


def test_a_token_cannot_choose_hmac_over_the_public_key(public: Path) -> None:
    token = hs256({"alg": "HS256"}, claims(), PUBLIC_PEM)
    refused(run("verify", "--key", public, "--alg", "RS256", token), "E_ALGORITHM")


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_no_secret(public: Path, tmp_path: Path, alg: str) -> None:
    public.chmod(0o600)
    der = RSA.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    jwk = json.dumps({"kty": "oct", "k": b64(PUBLIC_PEM)})
    for content in (PUBLIC_PEM, der, jwk.encode(), b'{"kty":"RSA","n":"AQAB","e":"AQAB"}'):
        path = private_file(tmp_path / "key", content)
        result = run("verify", "--key", path, "--alg", alg, hs256({"alg": alg}, claims(), content))
        assert (result.status, result.out) == (USAGE, "")
        assert "E_KEY_" in result.err


def test_the_alg_of_a_jwk_is_the_pin(tmp_path: Path) -> None:
    path = private_file(tmp_path / "jwk", json.dumps({"kty": "oct", "alg": "HS512", "k": b64(SECRET)}))
    assert run("verify", "--key", path, jwt.encode(claims(), SECRET, "HS512")).status == DONE
    refused(run("verify", "--key", path, jwt.encode(claims(), SECRET, "HS256")), "E_ALGORITHM")
    assert run("verify", "--key", path, "--alg", "HS256", "x").status == USAGE


@pytest.mark.parametrize(
    "kid", ["../../../../dev/null", "/etc/passwd", "' OR 1=1 --", "\0", "|id", "k" * 5000]
)
def test_a_kid_opens_no_file(secret: Path, kid: str) -> None:
    verify = ("verify", "--key", secret, "--alg", "HS256")
    assert run(*verify, jwt.encode(claims(), SECRET, "HS256", headers={"kid": kid})).status == DONE
    for guess in (b"", b"\0" * 32, SECRET[:32]):
        refused(run(*verify, hs256({"alg": "HS256", "kid": kid}, claims(), guess)), "E_SIGNATURE")


def test_keys_in_the_header_are_ignored(public: Path) -> None:
    mine = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = mine.public_key().public_numbers()
    brought: dict[str, Any] = {
        "jwk": {
            "kty": "RSA",
            "n": b64(numbers.n.to_bytes(256, "big")),
            "e": b64(numbers.e.to_bytes(3, "big")),
        },
        "jku": "http://127.0.0.1:9/keys",
        "x5u": "file:///etc/passwd",
        "x5c": ["AAAA"],
    }
    verify = ("verify", "--key", public, "--alg", "RS256")
    for name, value in brought.items():
        headers = {name: value}
        refused(run(*verify, jwt.encode(claims(), mine, "RS256", headers=headers)), "E_SIGNATURE")
        assert run(*verify, jwt.encode(claims(), RSA, "RS256", headers=headers)).status == DONE


def test_crit(secret: Path) -> None:
    token = hs256({"alg": "HS256", "crit": ["exp"], "exp": 1}, claims(), SECRET)
    refused(run("verify", "--key", secret, "--alg", "HS256", token), "E_CRITICAL (crit)")


def test_a_token_without_exp(secret: Path) -> None:
    token = hs256({"alg": "HS256"}, {"sub": "alice"}, SECRET)
    refused(run("verify", "--key", secret, "--alg", "HS256", token), "E_CLAIM_MISSING (exp)")


def test_an_expired_forgery_is_a_forgery(secret: Path) -> None:
    token = hs256({"alg": "HS256"}, {"exp": 1}, b"x" * 32)
    refused(run("verify", "--key", secret, "--alg", "HS256", token), "E_SIGNATURE")


def test_altered_tokens(secret: Path) -> None:
    token = jwt.encode(claims(), SECRET, "HS256")
    header, payload, signature = token.split(".")
    bob = b64(json.dumps(claims(sub="bob")).encode())
    for altered in (
        f"{header}.{bob}.{signature}",
        f"{token}A",
        f"{header}.{payload}.",
        token + "=",
        token + ".",
    ):
        result = run("verify", "--key", secret, "--alg", "HS256", altered)
        assert (result.status, result.out) == (REFUSED, "")


def test_messages_never_hold_the_token_or_the_secret(tmp_path: Path) -> None:
    secret = b"correct horse battery staple 0123456789"
    path = private_file(tmp_path / "secret", secret)
    token = jwt.encode(claims(), b"x" * 32, "HS256")
    for arguments in (["--alg", "HS256"], ["--alg", "HS512"], ["--alg", "RS256"], []):
        result = run("verify", "--key", path, *arguments, token)
        assert result.status != DONE
        assert token not in result.err
        assert secret.decode() not in result.err


def key_refused(path: Path, alg: str, status: str) -> None:
    """Refused as a key, whatever the token; nothing is printed."""
    result = run("verify", "--key", path, "--alg", alg, "--json", forged({"alg": alg}, claims()))
    assert (result.status, result.json()["status"]) == (USAGE, status), result


@pytest.mark.parametrize("shape", ["pem", "crlf", "blanks", "der", "base64", "jwk", "jwks", "ssh", "modulus"])
def test_public_keys_in_any_form_are_no_secrets(tmp_path: Path, shape: str) -> None:
    der = RSA.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    number = RSA.public_key().public_numbers().n.to_bytes(256, "big")
    jwk = {"kty": "RSA", "n": b64(number), "e": "AQAB"}
    text = {
        "pem": PUBLIC_PEM,
        "crlf": PUBLIC_PEM.replace(b"\n", b"\r\n"),
        "blanks": b" \n" + PUBLIC_PEM + b"\n \n",
        "der": der,
        "base64": base64.b64encode(der),
        "jwk": json.dumps(jwk).encode(),
        "jwks": json.dumps({"keys": [jwk]}).encode(),
        "ssh": RSA.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH),
        "modulus": number,
    }[shape]
    path = private_file(tmp_path / "key", text)
    # A JWK says what it is: a key of another kind, or a set.
    status = {"jwk": "E_KEY_MISMATCH"}.get(shape, "E_KEY_FORMAT")
    key_refused(path, "HS256", status)


@pytest.mark.parametrize(
    "secret",
    [
        b"",
        b"secret",
        b"your-256-bit-secret",
        b"\0" * 32,
        b"a-string-secret-at-least-256-bits-long",
        b"passwordpasswordpasswordpassword\n",
        b"base64url:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
        b"ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    ],
)
def test_weak_secrets(tmp_path: Path, secret: bytes) -> None:
    key_refused(private_file(tmp_path / "secret", secret), "HS256", "E_KEY_WEAK")


def test_keys_of_another_kind(tmp_path: Path) -> None:
    rsa_jwk = {"kty": "RSA", "n": b64(b"\xff" * 256), "e": "AQAB"}
    key_refused(private_file(tmp_path / "rsa", json.dumps(rsa_jwk)), "HS256", "E_KEY_MISMATCH")
    key_refused(
        private_file(tmp_path / "oct", json.dumps({"kty": "oct", "k": b64(SECRET)})),
        "RS256",
        "E_KEY_MISMATCH",
    )


@pytest.mark.parametrize(
    ("n", "e", "status"),
    [
        (b"\xff" * 128, b"\1\0\1", "E_KEY_WEAK"),
        (b"\xff" * 256, b"\1", "E_KEY_FORMAT"),
        (b"\xff" * 256, b"\1\0\0", "E_KEY_FORMAT"),
        (b"\xff" * 1025, b"\1\0\1", "E_KEY_FORMAT"),
    ],
)
def test_bad_rsa_numbers(tmp_path: Path, n: bytes, e: bytes, status: str) -> None:
    jwk = {"kty": "RSA", "n": b64(n), "e": b64(e)}
    key_refused(private_file(tmp_path / "jwk", json.dumps(jwk)), "RS256", status)


@pytest.mark.parametrize(
    ("jwk", "alg", "status"),
    [
        ({"kty": "EC", "crv": "P-256", "x": b64(b"\1" * 32), "y": b64(b"\1" * 32)}, "ES256", "E_KEY_FORMAT"),
        ({"kty": "EC", "crv": "P-256", "x": b64(bytes(32)), "y": b64(bytes(32))}, "ES256", "E_KEY_FORMAT"),
        (
            {"kty": "EC", "crv": "P-384", "x": b64(b"\1" * 48), "y": b64(b"\1" * 48)},
            "ES256",
            "E_KEY_MISMATCH",
        ),
        ({"kty": "OKP", "crv": "Ed25519", "x": b64(b"\1" + bytes(31))}, "EdDSA", "E_KEY_FORMAT"),
        (
            {"kty": "OKP", "crv": "Ed25519", "x": b64(b"\2" * 32), "d": b64(b"\3" * 32)},
            "EdDSA",
            "E_KEY_FORMAT",
        ),
    ],
)
def test_bad_points(tmp_path: Path, jwk: dict[str, str], alg: str, status: str) -> None:
    key_refused(private_file(tmp_path / "jwk", json.dumps(jwk)), alg, status)
