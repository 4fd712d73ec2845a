from __future__ import annotations

import hashlib
import pickle
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import pinjwt
from pinjwt import Algorithm, Key, Policy, Signer, Verifier

NOW = 1_700_000_000
KEY = Key.from_secret(Algorithm.HS256, hashlib.sha256(b"a secret").digest())


def pair(**settings: Any) -> tuple[Signer, Verifier]:
    policy = Policy(**settings)
    return Signer(policy, KEY), Verifier(policy, KEY)


def test_a_token_and_its_claims() -> None:
    signer, verifier = pair(issuer="me", audience=["a", "b"], subject="s", lifetime=timedelta(minutes=5))
    claims = verifier.verify(signer.sign({"name": "Zoë", "list": [1, None]}, now=NOW), now=NOW)
    assert list(claims)[:2] == ["name", "list"]
    assert claims["name"] == "Zoë"
    assert dict(claims)["list"] == [1, None]
    assert claims.issuer == "me"
    assert claims.subject == "s"
    assert claims.audience == ("a", "b")
    assert claims.issued_at == datetime.fromtimestamp(NOW, timezone.utc)
    assert claims.expires_at - claims.issued_at == timedelta(minutes=5)
    assert claims.not_before is None
    assert claims.token_id is not None
    assert len(claims.token_id) == 22


def test_datetimes_become_numeric_dates() -> None:
    signer, verifier = pair()
    start = datetime.fromtimestamp(NOW, timezone(timedelta(hours=2)))
    claims = verifier.verify(signer.sign({"nbf": start, "auth_time": start}, now=start), now=start)
    assert claims["nbf"] == claims["auth_time"] == NOW
    assert claims.not_before == start


@pytest.mark.parametrize(
    ("settings", "claims", "later", "error", "claim"),
    [
        ({}, {}, 900, pinjwt.ExpiredError, "exp"),
        ({"issuer": "b"}, {}, 0, pinjwt.IssuerError, "iss"),
        ({"audience": "b"}, {}, 0, pinjwt.AudienceError, "aud"),
        ({"subject": "b"}, {}, 0, pinjwt.SubjectError, "sub"),
        ({"type": "at+jwt"}, {}, 0, pinjwt.TokenTypeError, "typ"),
        ({"required_claims": ["scope"]}, {}, 0, pinjwt.MissingClaimError, "scope"),
        ({"max_lifetime": 60}, {}, 0, pinjwt.LifetimeError, "exp"),
        ({"max_token_size": 256}, {"pad": "x" * 300}, 0, pinjwt.TokenSizeError, ""),
    ],
)
def test_refused_by_the_policy(
    settings: dict[str, Any], claims: dict[str, Any], later: int, error: type[pinjwt.TokenError], claim: str
) -> None:
    signer = Signer(Policy(issuer="a", audience="a", subject="a"), KEY)
    token = signer.sign(claims, now=NOW)
    verifier = Verifier(Policy(**{"audience": "a", **settings}), KEY)
    with pytest.raises(error) as caught:
        verifier.verify(token, now=NOW + later)
    assert caught.value.claim == claim
    assert isinstance(caught.value, pinjwt.TokenError)
    assert token not in caught.value.message


def test_not_yet_valid() -> None:
    signer, verifier = pair()
    with pytest.raises(pinjwt.NotYetValidError):
        verifier.verify(signer.sign({"nbf": NOW + 60}, now=NOW), now=NOW)


def test_leeway_helps_a_slow_clock_with_nbf() -> None:
    signer, _ = pair()
    verifier = Verifier(Policy(leeway=timedelta(seconds=60)), KEY)
    assert verifier.verify(signer.sign({"nbf": NOW + 60}, now=NOW), now=NOW).not_before


@pytest.mark.parametrize(
    "token",
    ["", "a", "a.b", "a.b.c", "\0", "é.é.é", "\ud800.a.b", b"\xff\xfe", bytearray(b"a.b.c"), "." * 1000],
)
def test_what_is_no_token_is_a_token_error(token: str | bytes) -> None:
    with pytest.raises(pinjwt.TokenError):
        pair()[1].verify(token)


@pytest.mark.parametrize("token", [None, 1, ["a"], object()])
def test_what_is_no_text_is_a_type_error(token: Any) -> None:
    with pytest.raises(TypeError):
        pair()[1].verify(token)


def test_a_forgery_is_a_signature_error_even_when_expired() -> None:
    signer, verifier = pair()
    token = signer.sign({}, now=NOW)
    changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    with pytest.raises((pinjwt.SignatureError, pinjwt.TokenFormatError)):
        verifier.verify(changed, now=NOW + 10**6)
    other = Signer(Policy(), Key.generate(Algorithm.HS256)).sign({}, now=NOW)
    with pytest.raises(pinjwt.SignatureError):
        verifier.verify(other, now=NOW + 10**6)


def cycle() -> dict[str, Any]:
    claims: dict[str, Any] = {}
    claims["a"] = claims
    return claims


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"a": float("nan")}, ValueError),
        ({"a": float("inf")}, ValueError),
        ({"a": {1, 2}}, TypeError),
        ({"a": b"bytes"}, TypeError),
        ({"a": "\ud800"}, UnicodeEncodeError),
        ({1: "a"}, TypeError),
        (cycle(), (ValueError, RecursionError)),
        ({"exp": datetime(2030, 1, 1)}, pinjwt.ArgumentError),
        ({"a": 10**200}, pinjwt.ClaimsFormatError),
        ({"exp": True}, pinjwt.InvalidClaimError),
        ({"exp": -1}, pinjwt.InvalidClaimError),
        ({"exp": 10**30}, pinjwt.InvalidClaimError),
        ({"iss": "other"}, pinjwt.IssuerError),
        ({"aud": "other"}, pinjwt.AudienceError),
        ({"exp": NOW + 86400}, pinjwt.LifetimeError),
        ([("a", 1)], TypeError),
        ("{}", TypeError),
        (None, TypeError),
    ],
)
def test_claims_that_are_not_signed(claims: Any, error: Any) -> None:
    signer, _ = pair(issuer="me", audience="us")
    with pytest.raises(error):
        signer.sign(claims, now=NOW)


@pytest.mark.parametrize(
    ("now", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (0.5, ValueError),
        (NOW * 1000, ValueError),
        (2**80, ValueError),
        (float("nan"), ValueError),
        (datetime(2030, 1, 1), ValueError),
        ("now", TypeError),
        (True, TypeError),
    ],
)
def test_times_that_are_none(now: Any, error: type[Exception]) -> None:
    signer, verifier = pair()
    token = signer.sign({})
    with pytest.raises(error):
        verifier.verify(token, now=now)
    with pytest.raises(error):
        signer.sign({}, now=now)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"leeway": 301}, pinjwt.ArgumentError),
        ({"leeway": -1}, pinjwt.ArgumentError),
        ({"leeway": 1.5}, TypeError),
        ({"leeway": timedelta(seconds=1.5)}, ValueError),
        ({"lifetime": 2**64 + 60}, ValueError),
        ({"max_lifetime": timedelta.max}, ValueError),
        ({"max_token_size": -1}, ValueError),
        ({"max_token_size": 2**64 + 1000}, ValueError),
        ({"issuer": ""}, ValueError),
        ({"issuer": b"me"}, TypeError),
        ({"issuer": "\ud800"}, ValueError),
        ({"audience": [1]}, TypeError),
        ({"required_claims": "sub"}, TypeError),
        ({"revocation": 1}, TypeError),
        ({"on_event": "print"}, TypeError),
        ({"unknown": 1}, TypeError),
    ],
)
def test_policies_that_are_none(settings: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Policy(**settings)


def test_a_policy_whose_lifetime_is_over_its_maximum_makes_no_signer() -> None:
    with pytest.raises(pinjwt.LifetimeError):
        Signer(Policy(lifetime=7201), KEY)


@pytest.mark.parametrize("cls", [Signer, Verifier])
def test_arguments_in_the_wrong_order(cls: Callable[..., object]) -> None:
    with pytest.raises(TypeError):
        cls(KEY, Policy())


def test_joined_verifiers_pick_the_part_by_issuer() -> None:
    policies = [Policy(issuer=name) for name in ("a", "b")]
    keys = [Key.generate(Algorithm.EDDSA), KEY]
    joined = Verifier.join(Verifier(policy, key) for policy, key in zip(policies, keys))
    tokens = [Signer(policy, key).sign({}) for policy, key in zip(policies, keys)]
    assert [joined.verify(token).issuer for token in tokens] == ["a", "b"]
    with pytest.raises(pinjwt.IssuerError):
        joined.verify(Signer(Policy(issuer="c"), KEY).sign({}))
    with pytest.raises(pinjwt.SignatureError):
        joined.verify(Signer(Policy(issuer="a"), Key.generate(Algorithm.EDDSA)).sign({}))
    with pytest.raises(pinjwt.ArgumentError):
        Verifier.join([])
    with pytest.raises(TypeError):
        Verifier.join([KEY])  # type: ignore[list-item]


def test_jws_over_any_payload() -> None:
    jws = pinjwt.jws_sign(KEY, b"\x00\xff body")
    assert pinjwt.jws_verify(KEY, jws) == b"\x00\xff body"
    assert pinjwt.jws_verify(KEY, pinjwt.jws_sign(KEY, b"")) == b""
    with pytest.raises(pinjwt.ArgumentError):
        pinjwt.jws_sign(KEY, b"{}", type="at+jwt")
    with pytest.raises(pinjwt.TokenTypeError):
        pinjwt.jws_verify(KEY, Signer(Policy(), KEY).sign({}))
    with pytest.raises(pinjwt.TokenTypeError):
        Verifier(Policy(), KEY).verify(jws)
    with pytest.raises(TypeError):
        pinjwt.jws_sign(KEY, "text")  # type: ignore[arg-type]


def test_inspection_shows_and_warns() -> None:
    seen = pinjwt.inspect_unverified(Signer(Policy(), KEY).sign({"sub": "é"}))
    assert seen["header"] == {"alg": "HS256", "typ": "JWT"}
    assert seen["payload"]["sub"] == "é"
    assert seen["signature_bytes"] == 32
    assert "verified" in seen["warnings"][0]
    with pytest.raises(pinjwt.TokenFormatError):
        pinjwt.inspect_unverified("no token")


def test_every_status_has_its_exception() -> None:
    from pinjwt import _errors

    assert set(_errors._CLASSES) == set(pinjwt.Status) - {pinjwt.Status.OK}
    assert len(set(_errors._CLASSES.values())) == len(_errors._CLASSES)


def test_a_status_of_a_newer_library_is_an_error_of_ours() -> None:
    from pinjwt import _abi, _errors

    error = _errors.from_library(_abi.Error(status=99, what=b"kid", message=b"No."))
    assert type(error) is pinjwt.PinJWTError
    assert (error.claim, error.message) == ("kid", "No. (?, unknown to this package)")


def test_errors_survive_pickling() -> None:
    with pytest.raises(pinjwt.TokenError) as caught:
        pair()[1].verify("a")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.status, again.claim, again.message) == (
        caught.value.status,
        caught.value.claim,
        caught.value.message,
    )


def test_many_threads_share_a_signer_and_a_verifier() -> None:
    policy = Policy()
    key = Key.generate(Algorithm.ES256)
    signer, verifier = Signer(policy, key), Verifier(policy, key)
    wrong: list[object] = []

    def work(number: int) -> None:
        for turn in range(100):
            claims = verifier.verify(signer.sign({"n": [number, turn]}))
            if claims["n"] != [number, turn]:
                wrong.append(claims)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
