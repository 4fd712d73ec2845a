"""pinjwt sign."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from tool import REFUSED, SECRET, USAGE, done, now, openssl, parts, private_file, run

HS = ("--alg", "HS256")


@pytest.fixture(name="secret")
def made_secret(tmp_path: Path) -> Path:
    return private_file(tmp_path / "secret", SECRET)


@pytest.mark.parametrize("alg", ["HS256", "RS256", "PS256", "ES256", "ES384", "ES512", "ES256K", "EdDSA"])
def test_pyjwt_verifies_the_token(alg: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    done("keygen", "--alg", alg, "--out", key)
    token = done("sign", "--key", key, "--iss", "me", "--aud", "you", "--aud", "them", "--sub", "Zoë")
    assert token.endswith("\n")
    # PyJWT wants the half of an RSA key that verifies.
    half = ("public",) if alg != "HS256" else ("convert", "--private", "--to", "jwk")
    jwk = jwt.PyJWK.from_json(done("key", *half, key))
    claims = jwt.decode(token.strip(), jwk, algorithms=[alg], audience="them", issuer="me")
    assert (claims["sub"], claims["aud"]) == ("Zoë", ["you", "them"])
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - now()) < 10


def test_a_key_of_openssl(tmp_path: Path) -> None:
    pem = openssl("genpkey", "-algorithm", "ed25519")
    token = done("sign", "--key", "-", "--claim", "a=b", stdin=pem)
    public = openssl("pkey", "-pubout", stdin=pem)
    assert jwt.decode(token.strip(), public, algorithms=["EdDSA"])["a"] == "b"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("text", "text"),
        ("", ""),
        ("a=b", "a=b"),
        ("3", 3),
        ("-1.5e3", -1500.0),
        ("03", "03"),
        ("+3", "+3"),
        ("0x10", "0x10"),
        ("NaN", "NaN"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("True", "True"),
        ('["a",1]', ["a", 1]),
        ('{"a":{"b":[]}}', {"a": {"b": []}}),
        ('{"a":1,"a":2}', '{"a":1,"a":2}'),
        ('"quoted"', '"quoted"'),
        ("[1", "[1"),
        ('1,"admin":true', '1,"admin":true'),
        ('1}, {"x":2', '1}, {"x":2'),
        ("Zoë 日本", "Zoë 日本"),
        ("back\\slash \t tab", "back\\slash \t tab"),
    ],
)
def test_what_a_claim_is(secret: Path, written: str, value: Any) -> None:
    _, payload = parts(done("sign", "--key", secret, *HS, "--claim", f"x={written}"))
    assert payload["x"] == value
    assert type(payload["x"]) is type(value)
    assert payload.keys() == {"x", "iat", "exp", "jti"}
    _, payload = parts(done("sign", "--key", secret, *HS, "--claim-string", f"x={written}"))
    assert payload["x"] == written


def test_large_numbers_keep_their_digits(secret: Path) -> None:
    token = done("sign", "--key", secret, *HS, "--claim", "x=12345678901234567890.10")
    assert json.loads(done("decode", token.strip(), "--json"))["payload"]["x"] > 1e18
    assert '"x":12345678901234567890.10,' in done("decode", token.strip(), "--json")


@pytest.mark.parametrize("claim", ["x", "", "=x", "="])
def test_a_claim_without_a_name_or_value(secret: Path, claim: str) -> None:
    result = run("sign", "--key", secret, *HS, "--claim", claim)
    assert result.status == USAGE
    assert "name=value" in result.err


def test_claims_as_json(secret: Path, tmp_path: Path) -> None:
    text = '{"sub": "alice", "n": 1}'
    path = tmp_path / "claims.json"
    path.write_text(text)
    for given, stdin in ((text, ""), (f"@{path}", ""), ("-", text + "\n")):
        token = done("sign", "--key", secret, *HS, "--claims", given, "--claim", "m=2", stdin=stdin.encode())
        payload = parts(token)[1]
        assert {"sub": "alice", "n": 1, "m": 2}.items() <= payload.items()
        assert list(payload)[:3] == ["sub", "n", "m"]


@pytest.mark.parametrize(
    "claims", ["", "[]", "null", "{", '{"a":1}}', '{"a":1,"a":2}', "{'a':1}", '{"a":"\ud800"}', "{}x"]
)
@pytest.mark.parametrize("more", [[], ["--claim", "b=1"]])
def test_claims_that_are_no_json_object(secret: Path, claims: str, more: list[str]) -> None:
    stdin = claims.encode("utf-8", "surrogatepass")
    result = run("sign", "--key", secret, *HS, "--claims", "-", *more, stdin=stdin)
    assert (result.status, result.out) == (REFUSED, "")
    assert result.err.startswith("refused: E_CLAIMS_FORMAT (")


def test_a_claim_twice(secret: Path) -> None:
    for given in (["--claims", '{"a":1}', "--claim", "a=2"], ["--claim", "a=1", "--claim-string", "a=2"]):
        result = run("sign", "--key", secret, *HS, *given)
        assert result.status == REFUSED
        assert result.err.startswith("refused: E_CLAIMS_FORMAT (a): ")


@pytest.mark.parametrize(
    ("written", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)]
)
def test_durations(secret: Path, written: str, seconds: int) -> None:
    token = done("sign", "--key", secret, *HS, "--lifetime", written, "--max-lifetime", "7d")
    payload = parts(token)[1]
    assert payload["exp"] - payload["iat"] == seconds


@pytest.mark.parametrize(
    "written", ["", "m", "-5", "1.5h", "5 m", "5w", "15M", "9" * 19 + "d", "9" * 30, "٣"]
)
def test_what_is_no_duration(secret: Path, written: str) -> None:
    result = run("sign", "--key", secret, *HS, f"--lifetime={written}")
    assert (result.status, result.out) == (USAGE, "")
    reason = f"The value '{written}' is invalid for '--lifetime <duration>': write a number of seconds, or"
    assert result.err.startswith(f"error: {reason}" if written else "error: Missing value for '--lifetime")


@pytest.mark.parametrize("written", ["0", "3653d", "9999999d"])
def test_durations_out_of_range(secret: Path, written: str) -> None:
    assert run("sign", "--key", secret, *HS, "--lifetime", written).status == USAGE


def test_a_lifetime_over_the_maximum(secret: Path) -> None:
    result = run("sign", "--key", secret, *HS, "--lifetime", "7d")
    assert result.status == REFUSED
    assert result.err.startswith("refused: E_LIFETIME (lifetime): ")
    assert "--max-lifetime" in result.err
    assert "pinjwt_" not in result.err


def test_what_the_policy_would_refuse(secret: Path) -> None:
    for given, status in (
        (["--iss", "me", "--claim", "iss=you"], "E_ISSUER"),
        (["--claim", "aud=you"], "E_AUDIENCE"),
        (["--claim", "exp=1"], "E_EXPIRED"),
        (["--claim", "exp=soon"], "E_CLAIM_INVALID"),
        (["--require", "sub"], "E_CLAIM_MISSING"),
        (["--max-size", "256", "--claim", "x=" + "y" * 300], "E_TOKEN_SIZE"),
    ):
        result = run("sign", "--key", secret, *HS, *given)
        assert (result.status, result.out) == (REFUSED, "")
        assert result.err.startswith(f"refused: {status}"), result


def test_header(secret: Path) -> None:
    header, _ = parts(done("sign", "--key", secret, *HS, "--typ", "at+jwt", "--kid", "k-1"))
    assert header == {"alg": "HS256", "typ": "at+jwt", "kid": "k-1"}


def test_json(secret: Path) -> None:
    token = run("sign", "--key", secret, *HS, "--json").json()["token"]
    assert jwt.decode(token, SECRET, algorithms=["HS256"])
    refused = run("sign", "--key", secret, *HS, "--claim", "exp=1", "--json")
    assert refused.status == REFUSED
    assert refused.err == ""
    assert refused.json()["status"] == "E_EXPIRED"
    assert refused.json()["claim"] == "exp"
    assert "verified" not in refused.json()


def test_a_public_key_does_not_sign(tmp_path: Path) -> None:
    public = openssl("pkey", "-pubout", stdin=openssl("genpkey", "-algorithm", "ed25519"))
    result = run("sign", "--key", "-", stdin=public)
    assert result.status == USAGE
    assert "E_KEY_USE" in result.err


def test_standard_input_has_one_use(secret: Path) -> None:
    assert run("sign", "--key", "-", *HS, "--claims", "-", stdin=SECRET).status == USAGE


def test_a_file_of_claims_that_is_not_there(secret: Path, tmp_path: Path) -> None:
    result = run("sign", "--key", secret, *HS, "--claims", f"@{tmp_path / 'none'}")
    assert result.status == USAGE
    assert "cannot be read" in result.err
