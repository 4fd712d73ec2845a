"""pinjwt verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tool import DONE, REFUSED, SECRET, USAGE, done, now, on_terminal, parts, private_file, run

HS = ("--alg", "HS256")
KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "PS512": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.fixture(name="secret")
def made_secret(tmp_path: Path) -> Path:
    return private_file(tmp_path / "secret", SECRET)


def honest(**claims: Any) -> str:
    return jwt.encode({"sub": "alice", "iat": now(), "exp": now() + 600, **claims}, SECRET, "HS256")


@pytest.mark.parametrize("alg", KEYS)
def test_tokens_of_pyjwt(alg: str, tmp_path: Path) -> None:
    token = jwt.encode({"sub": "Zoë", "exp": now() + 600}, KEYS[alg], alg)
    public = tmp_path / "public.pem"
    public.write_bytes(
        KEYS[alg].public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    )
    assert json.loads(done("verify", "--key", public, "--alg", alg, token))["sub"] == "Zoë"


def test_the_payload_is_printed(secret: Path) -> None:
    token = jwt.encode({"sub": "alice", "exp": 2**31, "n": [1, {}]}, SECRET, "HS256")
    text = done("verify", "--key", secret, *HS, "--at", str(2**31 - 60), token)
    assert text == '{\n  "sub": "alice",\n  "exp": 2147483648,\n  "n": [\n    1,\n    {}\n  ]\n}\n'


@pytest.mark.parametrize("before", ["", "Bearer ", "bearer ", "BEARER "])
@pytest.mark.parametrize("after", ["", "\n", "\r\n", " "])
@pytest.mark.parametrize("dash", [[], ["-"]])
def test_from_standard_input(secret: Path, before: str, after: str, dash: list[str]) -> None:
    stdin = (before + honest() + after).encode()
    assert json.loads(done("verify", "--key", secret, *HS, *dash, stdin=stdin))["sub"] == "alice"


def test_as_an_argument(secret: Path) -> None:
    for before in ("", "Bearer "):
        assert json.loads(done("verify", "--key", secret, *HS, before + honest()))["sub"] == "alice"


@pytest.mark.parametrize("around", ["\n{}", " {}", "{}\n\n", "{}  ", "Bearer  {}", "Basic {}", "{}\0", "{}="])
def test_nothing_else_is_taken_off(secret: Path, around: str) -> None:
    result = run("verify", "--key", secret, *HS, stdin=around.format(honest()).encode())
    assert result.status == REFUSED


def test_no_token(secret: Path) -> None:
    for stdin in (b"", b"\n", b"Bearer \n", b"\xff\xfe"):
        result = run("verify", "--key", secret, *HS, stdin=stdin)
        assert (result.status, result.out) == (REFUSED, "")
        assert result.err.startswith("refused: E_TOKEN_FORMAT")


def test_a_refusal_is_one_line(secret: Path) -> None:
    token = honest(exp=now() - 3, iat=now() - 60)
    result = run("verify", "--key", secret, *HS, token)
    assert (result.status, result.out) == (REFUSED, "")
    assert result.err in {
        f"refused: E_EXPIRED (exp): The token expired {age} s ago; get a new one.\n" for age in range(3, 30)
    }


@pytest.mark.parametrize(
    ("claims", "options", "status"),
    [
        ({"iss": "me"}, ["--iss", "you"], "E_ISSUER (iss)"),
        ({}, ["--iss", "you"], "E_CLAIM_MISSING (iss)"),
        ({"aud": "me"}, ["--aud", "you", "--aud", "them"], "E_AUDIENCE (aud)"),
        ({"aud": "me"}, [], "E_AUDIENCE (aud)"),
        ({}, ["--sub", "bob"], "E_SUBJECT (sub)"),
        ({}, ["--typ", "at+jwt"], "E_TYPE (typ)"),
        ({}, ["--max-lifetime", "5m"], "E_LIFETIME (exp)"),
        ({}, ["--at", "1"], "E_NOT_YET_VALID (iat)"),
        ({}, ["--require", "scope"], "E_CLAIM_MISSING (scope)"),
        ({"x": "y" * 300}, ["--max-size", "256"], "E_TOKEN_SIZE"),
        ({"exp": None}, [], "E_CLAIM_INVALID (exp)"),
    ],
)
def test_refusals(secret: Path, claims: dict[str, Any], options: list[str], status: str) -> None:
    result = run("verify", "--key", secret, *HS, *options, honest(**claims))
    assert (result.status, result.out) == (REFUSED, "")
    assert result.err.startswith(f"refused: {status}: "), result
    assert result.err.count("\n") == 1
    assert "pinjwt_" not in result.err


def test_what_the_options_allow(secret: Path) -> None:
    token = honest(iss="me", aud=["you", "them"], scope="a", exp=now() + 80000)
    options = [
        "--iss",
        "me",
        "--aud",
        "x",
        "--aud",
        "them",
        "--sub",
        "alice",
        "--typ",
        "jwt",
        "--require",
        "scope",
    ]
    done("verify", "--key", secret, *HS, *options, "--max-lifetime", "1d", token)


def test_leeway_and_time(secret: Path) -> None:
    token = jwt.encode({"iat": 1_700_000_000, "exp": 1_700_000_600}, SECRET, "HS256")

    def status(*options: str) -> int:
        return run("verify", "--key", secret, *HS, *options, token).status

    assert status("--at", "1700000599") == DONE
    assert status("--at", "1700000600") == REFUSED
    assert status("--at", "1700000600", "--leeway", "1") == DONE
    assert status("--at", "1700000899", "--leeway", "5m") == DONE
    for time in (
        "2023-11-14T22:23:19Z",
        "2023-11-14t22:23:19z",
        "2023-11-14 22:23:19 UTC",
        "2023-11-14 22:23:19Z",
    ):
        assert status("--at", time) == DONE
    assert status("--at", "2023-11-14T22:23:20Z") == REFUSED
    for time in (
        *("2023-02-30T00:00:00Z", "2023-13-01T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z"),
        *("2023-11-14T22:23:19", "2023-11-14", "2023-11-14T22:23:19+01:00"),
        *("now", "", "1700000599000", "9" * 30),
    ):
        assert status("--at", time) == USAGE
    assert status("--leeway", "6m") == USAGE


def test_json(secret: Path) -> None:
    token = honest()
    result = run("verify", "--key", secret, *HS, "--json", token)
    assert result.status == DONE
    header, payload = parts(token)
    assert result.json() == {"verified": True, "header": header, "payload": payload}


def test_json_of_refusals(secret: Path) -> None:
    result = run("verify", "--key", secret, *HS, "--json", honest(exp=now() - 9, iat=now() - 99))
    assert (result.status, result.err) == (REFUSED, "")
    answer = result.json()
    assert answer.keys() == {"verified", "status", "claim", "message"}
    assert (answer["verified"], answer["status"], answer["claim"]) == (False, "E_EXPIRED", "exp")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--key", "/nonexistent"], "E_FILE"),
        ([], "E_USAGE"),
        (["--key", "/nonexistent", "--bogus"], "E_USAGE"),
        (["--key", "-"], "E_USAGE"),
        (["--key", "-", "a.b.c"], "E_USAGE"),
    ],
)
def test_json_of_wrong_usage_is_never_true(arguments: list[str], status: str) -> None:
    result = run("verify", "--json", *arguments, stdin=b"neither PEM nor JWK")
    assert (result.status, result.err) == (USAGE, "")
    assert result.json()["verified"] is False
    assert result.json()["status"] == status


def test_the_key_through_a_pipe() -> None:
    done("verify", "--key", "-", *HS, honest(), stdin=SECRET)
    result = run("verify", "--key", "-", *HS, stdin=SECRET)
    assert result.status == USAGE
    assert "Standard input is either" in result.err


def test_a_key_that_may_not_verify(tmp_path: Path, secret: Path) -> None:
    jwk = json.loads(done("key", "convert", secret, *HS, "--to", "jwk", "--private"))
    del jwk["use"]
    path = private_file(tmp_path / "jwk", json.dumps({**jwk, "key_ops": ["sign"]}))
    result = run("verify", "--key", path, honest())
    assert (result.status, result.out) == (USAGE, "")
    assert "E_KEY_USE" in result.err


def test_typed_on_a_terminal(secret: Path) -> None:
    status, seen = on_terminal("verify", "--key", secret, *HS, typed=honest().encode() + b"\n")
    assert status == DONE
    assert b"Paste the token and press Enter: " in seen
    assert b'"alice"' in seen


def test_a_token_of_many_bytes(secret: Path) -> None:
    token = honest(x="y" * 100_000)
    assert run("verify", "--key", secret, *HS, stdin=token.encode()).status == REFUSED
    done("verify", "--key", secret, *HS, "--max-size", "1048576", stdin=token.encode())
    assert run("verify", "--key", secret, *HS, stdin=b"a" * 3_000_000).status == USAGE
