"""What the linter says of tokens and claims, and the secrets that are not signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tool import DONE, REFUSED, USAGE, done, forged, now, on_terminal, run

HEADER = {"alg": "EdDSA", "typ": "JWT"}


def good(**more: Any) -> dict[str, Any]:
    return {"iss": "i", "aud": "a", "jti": "j", "iat": now(), "exp": now() + 900, **more}


def codes(text: str, *options: str) -> tuple[int, list[str]]:
    result = run("lint", "--json", *options, stdin=text.encode())
    return result.status, [finding["code"] for finding in result.json()["findings"]]


def test_a_good_token() -> None:
    assert codes(forged(HEADER, good())) == (DONE, [])
    assert done("lint", forged(HEADER, good())) == "Nothing to say.\n"
    assert done("lint", stdin=f"Bearer {forged(HEADER, good())}\n".encode()) == "Nothing to say.\n"


@pytest.mark.parametrize(
    ("header", "claims", "expected"),
    [
        ({"alg": "none", "typ": "JWT"}, {}, (REFUSED, ["alg_none"])),
        ({"alg": "HS256", "typ": "JWT"}, {}, (DONE, ["alg_symmetric"])),
        (HEADER, {"password": "x"}, (REFUSED, ["secret"])),
        (HEADER, {"email": "a@b.example"}, (DONE, ["personal"])),
        (HEADER, {"card": "4111111111111111"}, (DONE, ["card_number"])),
        (HEADER, {"sub": "4111111111111111"}, (DONE, [])),
        (HEADER, {"x": "y" * 5000}, (DONE, ["large"])),
        (HEADER, {"exp": 99_999_999_999}, (DONE, ["long_exp"])),
    ],
)
def test_findings(header: Any, claims: Any, expected: tuple[int, list[str]]) -> None:
    assert codes(forged(header, good(**claims))) == expected


def test_strict() -> None:
    token = forged(HEADER, good(email="x"))
    assert run("lint", token).status == DONE
    assert run("lint", "--strict", token).status == REFUSED


def test_claims_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    path.write_text("{}")
    result = run("lint", "--claims", path)
    assert result.status == REFUSED
    assert result.out.splitlines() == [
        "error    exp: There is no exp: the token would never expire (RFC 8725 section 3.8).",
        "warning  iss: There is no iss: a verifier cannot tell whose token it is.",
        "warning  aud: There is no aud: every service of the issuer would take the token.",
        "warning  jti: There is no jti: this one token cannot be revoked or traced.",
    ]
    assert run("lint", "--claims", "-", stdin=json.dumps(good()).encode()).status == DONE
    assert run("lint", "--claims", tmp_path / "none").status == USAGE


def test_hostile_names_stay_text() -> None:
    token = forged(HEADER, {**good(), "a": {"\x1b[31mcvv": "x"}, "cvv": "\x1b]0;x\x07"})
    status, seen = on_terminal("lint", token)
    assert status == REFUSED
    assert b"\x1b]" not in seen
    assert b"\x1b[1;31m" in seen  # Our own colour for an error.


def test_what_is_neither(tmp_path: Path) -> None:
    for text in ("", "a.b", "{", "[]"):
        assert run("lint", stdin=text.encode()).status == REFUSED


def test_secrets_are_not_signed(tmp_path: Path) -> None:
    key = tmp_path / "key"
    done("keygen", "--out", key, "--json")
    for claim in ("password=hunter2", "client_secret=x", 'a={"cvv":"123"}', "x=AKIAIOSFODNN7EXAMPLE"):
        result = run("sign", "--key", key, "--claim-string" if "x=" in claim else "--claim", claim)
        assert (result.status, result.out) == (REFUSED, ""), claim
        assert "E_SENSITIVE" in result.err
        assert "hunter2" not in result.err
    for claim in ("has_password=true", "password_changed_at=1700000000", "password="):
        assert run("sign", "--key", key, "--claim", claim).status == DONE
    assert run("sign", "--key", key, "--claim", "password=x", "--allow-sensitive", "password").status == DONE
