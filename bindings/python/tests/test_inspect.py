"""Lint, inspection and the refusal to sign secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

import pinjwt
from pinjwt import Algorithm, Finding, Key, Policy, Severity, Signer

NOW = 1_800_000_000
KEY = Key.generate(Algorithm.ES256)
GOOD = {"iss": "me", "aud": "you", "sub": "u-17", "jti": "a", "iat": NOW, "exp": NOW + 60}


def codes(given: Any) -> set[str]:
    return {found.code for found in pinjwt.lint(given, now=NOW)}


def test_good_claims_have_no_grave_finding() -> None:
    assert [f for f in pinjwt.lint(GOOD, now=NOW) if f.severity is not Severity.NOTE] == []


def test_findings_say_what_and_where_the_gravest_first() -> None:
    findings = pinjwt.lint({"password": "hunter22", "email": "alice@example.com"}, now=NOW)
    assert findings
    assert all(isinstance(found, Finding) for found in findings)
    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    assert [order.index(f.severity) for f in findings] == sorted(order.index(f.severity) for f in findings)
    assert findings[0].severity is Severity.ERROR
    assert {"password", "exp"} <= {f.member for f in findings if f.severity is Severity.ERROR}
    assert all(f.message.endswith(".") and f.code.isidentifier() for f in findings)
    assert "hunter22" not in repr(findings)
    with pytest.raises(AttributeError):
        findings[0].code = "other"  # type: ignore[misc]


def test_every_form_gives_the_same_findings() -> None:
    text = json.dumps(GOOD)
    expected = pinjwt.lint(GOOD, now=NOW)
    for given in (text, text.encode(), bytearray(text.encode()), f"  {text}\n"):
        assert pinjwt.lint(given, now=NOW) == expected


def test_a_token_and_verified_claims_can_be_looked_at() -> None:
    policy = Policy(issuer="me", audience="you")
    token = Signer(policy, KEY).sign({"sub": "u-17", "phone_number": "+49 30 1234567"}, now=NOW)
    assert "phone_number" in {found.member for found in pinjwt.lint(token, now=NOW)}
    claims = pinjwt.Verifier(policy, KEY).verify(token, now=NOW)
    assert "phone_number" in {found.member for found in pinjwt.lint(claims, now=NOW)}
    assert codes(token) >= codes(claims)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("", pinjwt.TokenFormatError),
        ("a.b", pinjwt.TokenFormatError),
        ("[]", pinjwt.PinJWTError),
        ('{"a":1,"a":2}', pinjwt.ClaimsFormatError),
        ("x" * 1048577, pinjwt.TokenSizeError),
        ({"a": float("nan")}, ValueError),
        (None, TypeError),
        (1, TypeError),
        ([GOOD], TypeError),
    ],
)
def test_what_cannot_be_looked_at(given: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        pinjwt.lint(given)


def test_inspect_is_a_shorter_name() -> None:
    assert pinjwt.inspect is pinjwt.inspect_unverified
    shown = pinjwt.inspect(Signer(Policy(), KEY).sign({"sub": "a"}))
    assert shown["header"]["alg"] == "ES256"
    assert shown["signature_bytes"] == 64


SENSITIVE = [
    {"password": "hunter22"},
    {"user": {"clientSecret": "a"}},
    {"note": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"},
    {"key": {"kty": "oct", "k": "AAAA"}},
    {"cloud": "AKIAIOSFODNN7EXAMPLE"},
]


@pytest.mark.parametrize("claims", SENSITIVE)
def test_secrets_are_not_signed_unless_they_are_allowed(claims: dict[str, Any]) -> None:
    with pytest.raises(pinjwt.SensitiveError) as caught:
        Signer(Policy(), KEY).sign(claims)
    assert isinstance(caught.value, pinjwt.ClaimError)
    assert caught.value.status is pinjwt.Status.E_SENSITIVE
    assert "hunter22" not in str(caught.value)
    (name,) = claims
    assert Signer(Policy(allow_sensitive=[name]), KEY).sign(claims)
    with pytest.raises(pinjwt.SensitiveError):
        Signer(Policy(allow_sensitive=["other"]), KEY).sign(claims)


def test_what_only_looks_like_it_is_signed() -> None:
    for claims in (
        {"password": ""},
        {"password_changed_at": 5},
        {"has_password": True},
        {"key": {"kty": "RSA"}},
    ):
        assert Signer(Policy(), KEY).sign(claims)


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ("password", TypeError),
        ([""], pinjwt.ArgumentError),
        ([1], TypeError),
        ([str(number) for number in range(65)], pinjwt.ArgumentError),
    ],
)
def test_names_that_cannot_be_allowed(names: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Policy(allow_sensitive=names)
