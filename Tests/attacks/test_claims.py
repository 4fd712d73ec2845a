"""Rows 25 to 30: claims that are missing, wrong, or meant for somebody else."""

from __future__ import annotations

from typing import Any

import pytest

import pinjwt
from forge import CLAIMS, NOW, compact, honest, hs, raw, status, token
from pinjwt import Algorithm


def with_time(name: str, text: str) -> str:
    members = {k: str(v) for k, v in CLAIMS.items() if k in ("exp", "iat") and k != name}
    members[name] = text
    payload = "{" + ",".join(f'"{k}":{v}' for k, v in members.items()) + "}"
    return status(raw(compact({"alg": "HS256"}), payload.encode(), hs()))


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "text",
    [
        f'"{NOW + 60}"',
        "1e999",
        "1e30",
        "18446744073709551617",
        "9223372036854775808",
        "253402300800",
        "-1",
        "-0.5",
        "-1e999",
        "null",
        "[]",
        f"[{NOW}]",
        "{}",
        "true",
    ],
)
def test_25_times_that_are_none(name: str, text: str) -> None:
    assert with_time(name, text) == "E_CLAIM_INVALID"


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "0x7fffffff", "1_000"])
def test_25_numbers_that_are_no_json(name: str, text: str) -> None:
    assert with_time(name, text) == "E_CLAIMS_FORMAT"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{NOW + 1}", "OK"),
        (f"{NOW + 1}.0", "OK"),
        (f"{NOW + 0.5}", "E_EXPIRED"),
        (f"{(NOW + 100) / 1e9:.9f}e9", "OK"),
        (f"{NOW + 100}00e-2", "OK"),
        (f"{NOW + 1}.99999999999999999999", "OK"),
        (f"{NOW}.99999999999999999999", "E_EXPIRED"),
    ],
)
def test_25_fractions_are_rounded_down(text: str, expected: str) -> None:
    payload = '{"exp":' + text + "}"
    assert status(raw(compact({"alg": "HS256"}), payload.encode(), hs())) == expected


def claims(**changes: Any) -> str:
    return honest(claims={k: v for k, v in {**CLAIMS, **changes}.items() if v is not ...})


def test_26_expiry() -> None:
    assert status(claims(exp=...)) == "E_CLAIM_MISSING"
    assert status(claims(exp=..., iat=...), leeway=300, max_lifetime=315576000) == "E_CLAIM_MISSING"
    assert status(claims(), now=NOW + 599) == "OK"
    assert status(claims(), now=NOW + 600) == "E_EXPIRED"
    assert status(claims(), now=NOW + 899, leeway=300) == "OK"
    assert status(claims(), now=NOW + 900, leeway=300) == "E_EXPIRED"


def test_26_lifetime() -> None:
    assert status(claims(exp=NOW + 7200)) == "OK"
    assert status(claims(exp=NOW + 7201)) == "E_LIFETIME"
    assert status(claims(exp=NOW + 7201), max_lifetime=7201) == "OK"
    assert status(claims(exp=NOW + 7200, iat=...)) == "OK"
    assert status(claims(exp=NOW + 7201, iat=...)) == "E_LIFETIME"
    # An old iat does not shorten what the token claims to live.
    assert status(claims(iat=NOW - 7000, exp=NOW + 201)) == "E_LIFETIME"


def test_26_issued_in_the_future() -> None:
    assert status(claims(iat=NOW + 10)) == "OK"
    assert status(claims(iat=NOW + 11)) == "E_NOT_YET_VALID"
    assert status(claims(iat=NOW + 11), leeway=11) == "OK"
    assert status(claims(nbf=NOW + 10)) == "OK"
    assert status(claims(nbf=NOW + 11)) == "E_NOT_YET_VALID"
    assert status(claims(nbf=NOW + 60), leeway=60) == "OK"


@pytest.mark.parametrize("leeway", [-1, 301, 2**62])
def test_27_leeway_out_of_bounds(leeway: int) -> None:
    with pytest.raises(pinjwt.ArgumentError):
        pinjwt.Policy(leeway=leeway)


def test_27_an_infinite_leeway() -> None:
    with pytest.raises((TypeError, ValueError)):
        pinjwt.Policy(leeway=float("inf"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("iss", "expected"),
    [
        ("https://a.example", "OK"),
        ("https://a.example/", "E_ISSUER"),
        ("https://a.exampl", "E_ISSUER"),
        ("xhttps://a.example", "E_ISSUER"),
        ("HTTPS://A.EXAMPLE", "E_ISSUER"),
        ("https://a.example\0", "E_ISSUER"),
        ("https://a.example\0evil", "E_ISSUER"),
        (" https://a.example", "E_ISSUER"),
        ("", "E_ISSUER"),
        (["https://a.example"], "E_CLAIM_INVALID"),
        ({"a": 1}, "E_CLAIM_INVALID"),
        (None, "E_CLAIM_INVALID"),
        (1, "E_CLAIM_INVALID"),
        (..., "E_CLAIM_MISSING"),
    ],
)
def test_28_issuers(iss: Any, expected: str) -> None:
    assert status(claims(iss=iss), issuer="https://a.example") == expected


def test_28_a_policy_without_issuer_does_not_judge_it() -> None:
    assert status(claims(iss="anybody")) == "OK"


@pytest.mark.parametrize(
    ("aud", "expected"),
    [
        ("api", "OK"),
        (["other", "api"], "OK"),
        ("second", "OK"),
        ("", "E_AUDIENCE"),
        ("ap", "E_AUDIENCE"),
        ("apis", "E_AUDIENCE"),
        ("API", "E_AUDIENCE"),
        ("api\0", "E_AUDIENCE"),
        ("other api", "E_AUDIENCE"),
        (["other"], "E_AUDIENCE"),
        ([""], "E_AUDIENCE"),
        (..., "E_AUDIENCE"),
        ([], "E_CLAIM_INVALID"),
        (1, "E_CLAIM_INVALID"),
        ([1], "E_CLAIM_INVALID"),
        (["api", 1], "E_CLAIM_INVALID"),
        ({"api": 1}, "E_CLAIM_INVALID"),
        ([["api"]], "E_CLAIM_INVALID"),
        (None, "E_CLAIM_INVALID"),
    ],
)
def test_29_audiences(aud: Any, expected: str) -> None:
    assert status(claims(aud=aud), audience=["api", "second"]) == expected


def test_29_an_audience_where_the_policy_has_none() -> None:
    assert status(claims(aud="api")) == "E_AUDIENCE"
    assert status(claims(aud=["api"])) == "E_AUDIENCE"
    assert status(claims()) == "OK"


def typed(typ: Any) -> str:
    header = {"alg": "HS256"} if typ is ... else {"alg": "HS256", "typ": typ}
    return token(header, CLAIMS, hs())


@pytest.mark.parametrize(
    ("typ", "expected"),
    [
        (..., "OK"),
        ("JWT", "OK"),
        ("jwt", "OK"),
        ("application/jwt", "OK"),
        ("APPLICATION/JWT", "OK"),
        ("at+jwt", "E_TYPE"),
        ("refresh+jwt", "E_TYPE"),
        ("JOSE", "E_TYPE"),
        ("JW", "E_TYPE"),
        ("JWT ", "E_TYPE"),
        ("", "E_TYPE"),
        (1, "E_HEADER"),
        (None, "E_HEADER"),
        (["JWT"], "E_HEADER"),
    ],
)
def test_30_types_where_the_policy_has_none(typ: Any, expected: str) -> None:
    assert status(typed(typ)) == expected


@pytest.mark.parametrize(
    ("typ", "expected"),
    [
        ("at+jwt", "OK"),
        ("AT+JWT", "OK"),
        ("application/at+jwt", "OK"),
        (..., "E_TYPE"),
        ("JWT", "E_TYPE"),
        ("id+jwt", "E_TYPE"),
        ("at+jwt+x", "E_TYPE"),
        ("text/at+jwt", "E_TYPE"),
        ("application/x/at+jwt", "E_TYPE"),
    ],
)
def test_30_types_where_the_policy_has_one(typ: Any, expected: str) -> None:
    assert status(typed(typ), type="at+jwt") == expected
    assert status(typed(typ), type="application/at+jwt") == expected


def test_the_algorithms_of_the_controls() -> None:
    assert Algorithm.HS256.jose_name == "HS256"
