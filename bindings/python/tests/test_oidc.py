"""ID tokens: each rule of OpenID Connect Core 3.1.3.7 with a token that breaks it and one that does not."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

import pinjwt
from pinjwt import Algorithm, Key, KeySet, Policy, Signer, oidc

T0 = 1_800_000_000
ISSUER, CLIENT, NONCE = "https://idp.example", "shop", "n-0S6_WzA2Mj"
ACCESS_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
KEY = Key.generate(Algorithm.RS256)

#: The edge where a claim is left out.
ABSENT = object()


def keys(*several: Key) -> KeySet:
    made = KeySet()
    for key in several:
        made.add(key)
    return made


def id_token(key: Key = KEY, typ: str | None = None, lifetime: int = 3600, **claims: Any) -> str:
    """Sign what a provider would; claims are changed, added, or taken away with ABSENT."""
    members = {"iss": ISSUER, "aud": CLIENT, "sub": "u-17", "nonce": NONCE, "iat": T0, **claims}
    members.setdefault("exp", T0 + lifetime)
    members = {name: value for name, value in members.items() if value is not ABSENT}
    return sign_anything(key, {"alg": key.algorithm.jose_name, "kid": key.id, "typ": typ or "JWT"}, members)


def sign_anything(key: Key, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Sign with a policy that takes everything: the token, not the signer, is what is tested."""
    audience = claims.get("aud", ())
    audience = [audience] if isinstance(audience, str) else audience
    policy = Policy(audience=audience, type=header["typ"], max_lifetime=10**8)
    return Signer(policy, key).sign(claims, now=T0)


def provider(*several: Key, **settings: Any) -> oidc.Provider:
    return oidc.Provider(ISSUER, CLIENT, keys(*(several or (KEY,))), **settings)


def verify(token: str, given: oidc.Provider | None = None, **arguments: Any) -> pinjwt.Claims:
    return (given or provider()).verify_id_token(token, **{"nonce": NONCE, "now": T0 + 10, **arguments})


def test_an_id_token_that_holds() -> None:
    claims = verify(id_token(email="alice@example.com"))
    assert claims.subject == "u-17"
    assert claims["email"] == "alice@example.com"
    assert verify(id_token(lifetime=86400))


@pytest.mark.parametrize(
    ("claims", "error", "claim"),
    [
        ({"iss": "https://other.example"}, pinjwt.IssuerError, "iss"),
        ({"iss": ISSUER + "/"}, pinjwt.IssuerError, "iss"),
        ({"iss": ABSENT}, pinjwt.MissingClaimError, "iss"),
        ({"aud": "other"}, pinjwt.AudienceError, "aud"),
        ({"aud": ABSENT}, pinjwt.AudienceError, "aud"),
        ({"aud": ["other", "third"], "azp": CLIENT}, pinjwt.AudienceError, "aud"),
        ({"aud": [CLIENT, "other"], "azp": CLIENT}, pinjwt.AudienceError, "aud"),
        ({"azp": "other"}, pinjwt.InvalidClaimError, "azp"),
        ({"azp": ""}, pinjwt.InvalidClaimError, "azp"),
        ({"azp": [CLIENT]}, pinjwt.InvalidClaimError, "azp"),
        ({"aud": [CLIENT, CLIENT]}, pinjwt.MissingClaimError, "azp"),
        ({"nonce": "other"}, pinjwt.InvalidClaimError, "nonce"),
        ({"nonce": NONCE + "x"}, pinjwt.InvalidClaimError, "nonce"),
        ({"nonce": ""}, pinjwt.InvalidClaimError, "nonce"),
        ({"nonce": [NONCE]}, pinjwt.InvalidClaimError, "nonce"),
        ({"nonce": "Zoë"}, pinjwt.InvalidClaimError, "nonce"),
        ({"nonce": ABSENT}, pinjwt.MissingClaimError, "nonce"),
        ({"nonce": None}, pinjwt.MissingClaimError, "nonce"),
        ({"sub": ABSENT}, pinjwt.MissingClaimError, "sub"),
        ({"exp": T0 + 86401}, pinjwt.LifetimeError, "exp"),
    ],
)
def test_claims_that_break_a_rule(claims: dict[str, Any], error: type[Exception], claim: str) -> None:
    with pytest.raises(error) as caught:
        verify(id_token(**claims))
    assert isinstance(caught.value, pinjwt.TokenError)
    assert caught.value.claim == claim
    assert verify(id_token())


def test_times() -> None:
    with pytest.raises(pinjwt.ExpiredError):
        verify(id_token(), now=T0 + 3600)
    assert verify(id_token(), now=T0 + 3599)
    with pytest.raises(pinjwt.NotYetValidError):
        verify(id_token(), now=T0 - 11)
    assert verify(id_token(), provider(leeway=60), now=T0 + 3659)
    long = id_token(lifetime=7 * 86400)
    assert verify(long, provider(max_lifetime=7 * 86400))


def test_several_audiences_have_to_be_trusted_and_need_azp() -> None:
    trusting = provider(trusted_audiences=["api"])
    assert verify(id_token(aud=[CLIENT, "api"], azp=CLIENT), trusting)
    with pytest.raises(pinjwt.MissingClaimError) as caught:
        verify(id_token(aud=[CLIENT, "api"]), trusting)
    assert caught.value.claim == "azp"
    with pytest.raises(pinjwt.InvalidClaimError):
        verify(id_token(aud=[CLIENT, "api"], azp="api"), trusting)
    with pytest.raises(pinjwt.AudienceError):
        verify(id_token(aud=["api"], azp=CLIENT), trusting)
    assert verify(id_token(azp=CLIENT), trusting)


def test_a_nonce_has_to_be_said_to_be_none() -> None:
    with pytest.raises(TypeError):
        provider().verify_id_token(id_token())  # type: ignore[call-arg]
    assert verify(id_token(nonce=ABSENT), nonce=None)
    # A token that answers a request with a nonce answers none without.
    with pytest.raises(pinjwt.InvalidClaimError):
        verify(id_token(), nonce=None)
    with pytest.raises(pinjwt.ArgumentError):
        verify(id_token(nonce=""), nonce="")
    with pytest.raises(TypeError):
        verify(id_token(), nonce=NONCE.encode())


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT", "logout+jwt"])
def test_an_access_token_is_no_id_token(typ: str) -> None:
    with pytest.raises(pinjwt.TokenTypeError):
        verify(id_token(typ=typ))
    assert verify(id_token(typ="jwt"))


def left_half(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def sha(bits: int) -> str:
    return left_half(hashlib.new(f"sha{bits}", ACCESS_TOKEN.encode()).digest())


SHAKE = left_half(hashlib.shake_256(ACCESS_TOKEN.encode()).digest(114))
ED448 = Key.generate(Algorithm.ED448)
#: "EdDSA" on Ed448: Key.generate makes Ed25519 keys for it.
EDDSA_448 = Key.from_pem(Algorithm.EDDSA, ED448.to_pem(private=True))

HASHES = [
    (KEY, sha(256)),
    (Key.from_pem(Algorithm.RS512, KEY.to_pem(private=True)), sha(512)),
    (Key.from_pem(Algorithm.PS384, KEY.to_pem(private=True)), sha(384)),
    (Key.generate(Algorithm.ES256), sha(256)),
    (Key.generate(Algorithm.ES256K), sha(256)),
    (Key.generate(Algorithm.ES384), sha(384)),
    (Key.generate(Algorithm.ES512), sha(512)),
    (Key.generate(Algorithm.EDDSA), sha(512)),
    (Key.generate(Algorithm.ED25519), sha(512)),
    (ED448, SHAKE),
    (EDDSA_448, SHAKE),
]


@pytest.mark.parametrize(("key", "at_hash"), HASHES, ids=lambda value: repr(value)[:20])
def test_the_access_token_has_to_be_that_of_the_id_token(key: Key, at_hash: str) -> None:
    given = provider(key)
    token = id_token(key, at_hash=at_hash)
    assert verify(token, given, access_token=ACCESS_TOKEN)
    assert verify(token.encode(), given, access_token=ACCESS_TOKEN)  # type: ignore[arg-type]
    with pytest.raises(pinjwt.InvalidClaimError) as caught:
        verify(token, given, access_token=ACCESS_TOKEN[:-1])
    assert caught.value.claim == "at_hash"
    assert ACCESS_TOKEN[:-1] not in str(caught.value)
    with pytest.raises(pinjwt.InvalidClaimError):
        verify(token, given, access_token=ACCESS_TOKEN + "\ud800")


def test_at_hash_of_the_specifications_example() -> None:
    assert verify(id_token(at_hash="77QmUPtjPfzWtF2AnpK9RQ"), access_token=ACCESS_TOKEN)


@pytest.mark.parametrize(
    "at_hash", [sha(512), sha(256) + "==", sha(256)[:-1], "", 5, [sha(256)], sha(256).lower()]
)
def test_another_at_hash_is_refused(at_hash: Any) -> None:
    with pytest.raises(pinjwt.InvalidClaimError):
        verify(id_token(at_hash=at_hash), access_token=ACCESS_TOKEN)


def test_at_hash_is_needed_with_an_access_token_only() -> None:
    with pytest.raises(pinjwt.MissingClaimError) as caught:
        verify(id_token(), access_token=ACCESS_TOKEN)
    assert caught.value.claim == "at_hash"
    assert verify(id_token())
    assert verify(id_token(at_hash="anything"))


def test_max_age_needs_an_auth_time_that_is_young_enough() -> None:
    assert verify(id_token(auth_time=T0 - 290), max_age=300)
    with pytest.raises(pinjwt.ExpiredError) as caught:
        verify(id_token(auth_time=T0 - 291), max_age=300)
    assert caught.value.claim == "auth_time"
    assert verify(id_token(auth_time=T0 - 291), provider(leeway=1), max_age=300)
    assert verify(id_token(auth_time=T0 + 10), max_age=0)
    with pytest.raises(pinjwt.NotYetValidError):
        verify(id_token(auth_time=T0 + 21), max_age=300)
    assert verify(id_token(auth_time=T0 + 20), max_age=300)
    with pytest.raises(pinjwt.MissingClaimError):
        verify(id_token(), max_age=300)
    wrong: Any
    for wrong in ("now", True, -1, [T0], {}):
        with pytest.raises(pinjwt.InvalidClaimError):
            verify(id_token(auth_time=wrong), max_age=300)
    assert verify(id_token(auth_time="ignored"))
    with pytest.raises(pinjwt.ArgumentError):
        verify(id_token(auth_time=T0), max_age=-1)


def test_max_age_by_the_systems_clock() -> None:
    now = int(time.time())
    token = Signer(Policy(issuer=ISSUER, audience=CLIENT), KEY).sign(
        {"sub": "a", "nonce": NONCE, "auth_time": now - 100}
    )
    assert provider().verify_id_token(token, nonce=NONCE, max_age=200)
    with pytest.raises(pinjwt.ExpiredError):
        provider().verify_id_token(token, nonce=NONCE, max_age=50)


def test_a_forgery_is_refused_before_anything_is_looked_at() -> None:
    forged = id_token(Key.generate(Algorithm.RS256).with_id(KEY.id), nonce="other")
    with pytest.raises(pinjwt.SignatureError):
        verify(forged)
    with pytest.raises(pinjwt.UnknownKeyError):
        verify(id_token(Key.generate(Algorithm.RS256)))


# ---- Discovery ----


class Internet:
    """What answers at which address, and what was asked for."""

    def __init__(self, **configuration: Any) -> None:
        self.asked: list[str] = []
        issuer = configuration.get("issuer", ISSUER)
        found = {"issuer": issuer, "jwks_uri": "https://keys.example/jwks", **configuration}
        base = ISSUER if issuer is ABSENT else issuer
        self.documents: dict[str, Any] = {
            base.removesuffix("/") + "/.well-known/openid-configuration": json.dumps(
                {name: value for name, value in found.items() if value is not ABSENT}
            ),
            "https://keys.example/jwks": keys(KEY).to_jwks(),
        }

    def __call__(self, url: str, max_size: int) -> bytes:
        self.asked.append(url)
        document: str = self.documents[url]
        return document.encode()


def discover(internet: Callable[[str, int], bytes], issuer: str = ISSUER, **settings: Any) -> oidc.Provider:
    return oidc.Provider.discover(issuer, CLIENT, fetch=internet, **settings)


def test_a_provider_is_discovered() -> None:
    internet = Internet(token_endpoint="https://idp.example/token")
    found = discover(internet)
    assert found.configuration["token_endpoint"] == "https://idp.example/token"
    assert internet.asked == [ISSUER + "/.well-known/openid-configuration"]
    assert verify(id_token(), found)
    assert verify(id_token(), found)
    assert internet.asked[1:] == ["https://keys.example/jwks"]


@pytest.mark.parametrize(
    "issuer", [ISSUER + "/", ISSUER + "/tenant", ISSUER + "/tenant/", "https://idp.example:8443"]
)
def test_issuers_with_a_path(issuer: str) -> None:
    internet = Internet(issuer=issuer)
    assert verify(id_token(iss=issuer), discover(internet, issuer))
    assert internet.asked[0] == issuer.rstrip("/") + "/.well-known/openid-configuration"


def test_the_algorithms_are_the_clients_choice() -> None:
    key = Key.generate(Algorithm.ES256)
    internet = Internet()
    internet.documents["https://keys.example/jwks"] = keys(KEY, key).to_jwks()
    with pytest.raises(pinjwt.TokenError):
        verify(id_token(key), discover(internet))
    assert verify(id_token(key), discover(internet, algorithms=[Algorithm.ES256]))
    with pytest.raises(pinjwt.KeyMismatchError):
        discover(internet, algorithms=Algorithm.HS256)


@pytest.mark.parametrize(
    ("configuration", "claim"),
    [
        ({"issuer": ABSENT}, "issuer"),
        ({"jwks_uri": ABSENT}, "jwks_uri"),
        ({"jwks_uri": None}, "jwks_uri"),
        ({"jwks_uri": 5}, "jwks_uri"),
        ({"jwks_uri": "http://keys.example/jwks"}, "jwks_uri"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
        ({"jwks_uri": "https://user@keys.example/"}, "jwks_uri"),
        ({"jwks_uri": ""}, "jwks_uri"),
        ({"jwks_uri": "\ud800"}, "jwks_uri"),
    ],
)
def test_a_configuration_that_cannot_be_used(configuration: dict[str, Any], claim: str) -> None:
    with pytest.raises(pinjwt.KeySourceError) as caught:
        discover(Internet(**configuration))
    assert caught.value.claim == claim
    assert not isinstance(caught.value, pinjwt.TokenError)


@pytest.mark.parametrize(
    "written", [ISSUER + "/", "https://IDP.example", "https://evil.example", "", None, [ISSUER]]
)
def test_the_issuer_has_to_be_written_exactly_so(written: Any) -> None:
    internet = Internet()
    internet.documents[ISSUER + "/.well-known/openid-configuration"] = json.dumps(
        {"issuer": written, "jwks_uri": "https://keys.example/jwks"}
    )
    with pytest.raises(pinjwt.KeySourceError) as caught:
        discover(internet)
    assert caught.value.claim == "issuer"


@pytest.mark.parametrize("document", ["", "rubbish", "[]", "[" * 100_000, '"x"', "null"])
def test_what_is_no_configuration(document: str) -> None:
    internet = Internet()
    internet.documents[ISSUER + "/.well-known/openid-configuration"] = document
    with pytest.raises(pinjwt.KeySourceError):
        discover(internet)


def test_what_the_fetcher_raises_is_the_cause() -> None:
    with pytest.raises(pinjwt.KeySourceError) as caught:
        discover(Internet(issuer="https://elsewhere.example"))
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.status is pinjwt.Status.E_KEY_SOURCE

    def interrupted(url: str, max_size: int) -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        discover(interrupted)


@pytest.mark.parametrize(
    ("issuer", "error"),
    [
        ("http://idp.example", pinjwt.ArgumentError),
        ("idp.example", pinjwt.ArgumentError),
        ("", pinjwt.ArgumentError),
        ("https://idp.example?tenant=1", pinjwt.ArgumentError),
        ("https://idp.example#x", pinjwt.ArgumentError),
        (None, TypeError),
        (b"https://idp.example", TypeError),
    ],
)
def test_issuers_that_are_none(issuer: Any, error: type[Exception]) -> None:
    internet = Internet()
    with pytest.raises(error):
        discover(internet, issuer)
    assert internet.asked == []


def test_http_where_it_is_allowed() -> None:
    issuer = "http://localhost:8080"
    internet = Internet(issuer=issuer, jwks_uri="http://localhost:8080/jwks")
    internet.documents["http://localhost:8080/jwks"] = keys(KEY).to_jwks()
    assert verify(id_token(iss=issuer), discover(internet, issuer, allow_http=True))
