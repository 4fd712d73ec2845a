"""Headers that want to choose the key, the rules or the reader: attacks 15, 16, 24, 30, 34 and 39."""

import json
import pathlib
import subprocess
import sys
from typing import Any

import pytest
from pinjwt_abi import Alg, Event, Key, Policy, Verifier, jws_sign, jws_verify
from pinjwt_forge import (
    CLAIMS,
    NOW,
    b64url,
    hmac_with,
    honest,
    pinned,
    private_key,
    private_pem,
    public_pem,
    secret_for,
    signing,
    stream,
    token,
    verifier,
)

MALLORY = stream("mallory", 32)
HS = verifier(Alg.HS256)


def header_of(text: str) -> str:
    """The status of an otherwise honest token with this header, signed by the owner of the key."""
    return HS.verify(token(text, CLAIMS, signing(Alg.HS256)), NOW).status


# ---- 15: keys and addresses of keys in the header


def key_carriers(certificate: bytes) -> list[dict[str, Any]]:
    oct_jwk = {"kty": "oct", "k": b64url(MALLORY), "alg": "HS256"}
    return [
        {"jwk": oct_jwk},
        {"jwk": {"kty": "oct", "k": ""}},
        {"jku": "https://mallory.example/keys.json"},
        {"jku": "http://127.0.0.1:9/keys.json"},
        {"jku": "file:///etc/hostname"},
        {"jku": "/etc/hostname"},
        {"x5u": "https://mallory.example/certificate.pem"},
        {"x5u": "file:///etc/hostname"},
        {"x5c": [b64url(certificate)]},
        {"x5c": [], "x5t": "AA", "x5t#S256": "AA"},
        {"x5c": "rubbish", "x5u": 7, "jku": None, "jwk": []},
        {"kid": "file:///etc/hostname", "jku": "ldap://mallory.example", "jwk": oct_jwk},
    ]


def in_sealed_process(
    alg: Alg, key: str, tokens: list[str], **more: Any
) -> subprocess.CompletedProcess[bytes]:
    task = {"alg": alg, "key": key, "tokens": tokens, "first": honest(alg), "now": NOW}
    task |= {"max_token_size": 1 << 20, **more}
    script = pathlib.Path(__file__).with_name("sealed.py")
    run = [sys.executable, str(script)]
    return subprocess.run(run, input=json.dumps(task).encode(), capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("alg", [Alg.HS256, Alg.RS256, Alg.ES256, Alg.EDDSA], ids=lambda alg: alg.name)
def test_15_keys_in_the_header_are_ignored(alg: Alg, certificate_der: bytes) -> None:
    forging = hmac_with(MALLORY) if alg is Alg.HS256 else signing(Alg.ES384)
    for members in key_carriers(certificate_der):
        forged = token({"alg": alg.jose, **members}, CLAIMS, forging)
        assert verifier(alg).verify(forged, NOW).status == "E_SIGNATURE"
        assert verifier(alg).verify(honest(alg, **members), NOW).status == "OK"


@pytest.mark.parametrize("crv", ["Ed25519", "P-256"])
def test_15_embedded_jwk_of_the_right_kind(crv: str) -> None:
    """As the token's owner would do it, but with a key of mallory's."""
    alg = Alg.ED25519 if crv == "Ed25519" else Alg.ES256
    mallory = Key.generate(alg).value()
    jwk = json.loads(mallory.public().value().to_jwk(1).value())
    header = {"alg": alg.jose, "typ": "webhook", "jwk": jwk, "kid": jwk["kid"]}
    signed = jws_sign(mallory, "webhook", b"x").value().decode()
    signature = signed.rpartition(".")[2]
    forged = f"{b64url(json.dumps(header).encode())}.{b64url(b'x')}.{signature}"
    assert jws_verify(pinned(alg), "webhook", forged).status == "E_SIGNATURE"
    assert jws_verify(mallory, "webhook", signed).value() == b"x"


@pytest.mark.parametrize("alg", [Alg.HS256, Alg.RS256, Alg.ES256, Alg.ED448], ids=lambda alg: alg.name)
def test_15_no_file_and_no_socket_is_opened(alg: Alg, certificate_der: bytes) -> None:
    if alg is Alg.HS256:
        key = json.dumps({"kty": "oct", "k": b64url(secret_for(alg))})
    else:
        key = public_pem(private_key(alg))
    carriers = key_carriers(certificate_der)
    forged = [token({"alg": alg.jose, **members}, CLAIMS, lambda _: bytes(64)) for members in carriers]
    genuine = [honest(alg, **members) for members in carriers]
    done = in_sealed_process(alg, key, forged + genuine)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == ["E_SIGNATURE"] * len(forged) + ["OK"] * len(genuine)


@pytest.mark.parametrize("kind", ["file", "socket", "memory"])
def test_15_the_seal_holds(kind: str) -> None:
    """The control: what the sealed process must not do ends it."""
    key = json.dumps({"kty": "oct", "k": b64url(secret_for(Alg.HS256))})
    assert in_sealed_process(Alg.HS256, key, [honest(Alg.HS256)]).stdout == b'["OK"]'
    done = in_sealed_process(Alg.HS256, key, [honest(Alg.HS256)], trespass=kind)
    assert done.returncode != 0
    assert done.stdout == b""


# ---- 16: kid is a name and nothing else

KIDS = [
    "../../../../etc/passwd",
    "/dev/null",
    "file:///dev/null",
    "|/bin/true",
    "' OR '1'='1",
    "x' UNION SELECT 'c2VjcmV0' -- ",
    "a\0b",
    "\0",
    "",
    "%00%2e%2e%2f",
    "\u202ea\U0001f511",
    "{}",
    "k" * 8000,
]


@pytest.mark.parametrize("kid", KIDS, ids=[str(i) for i in range(len(KIDS))])
def test_16_hostile_kid(kid: str) -> None:
    events: list[Event] = []
    policy = Policy.new().record_events(events)
    verifying = Verifier.new(policy, pinned(Alg.HS256)).value()
    # What a reader of the file, or of an empty result, would take for the secret.
    for guessed in (b"", b"\0", kid.encode(), b"secret"):
        forged = token({"alg": "HS256", "kid": kid}, CLAIMS, hmac_with(guessed))
        assert verifying.verify_once(forged, NOW).status == "E_SIGNATURE"
    assert verifying.verify_once(honest(Alg.HS256, kid=kid), NOW).status == "OK"
    assert [event.status for event in events] == ["E_SIGNATURE"] * 4 + ["OK"]
    assert {event.kid for event in events} == {kid.encode()}
    assert [event.sub for event in events] == [b""] * 4 + [b"alice"]


def test_16_kid_of_100_kilobytes() -> None:
    large = verifier(Alg.HS256, 1 << 20)
    genuine = honest(Alg.HS256, kid="k" * 100_000)
    forged = token({"alg": "HS256", "kid": "k" * 100_000}, CLAIMS, hmac_with(MALLORY))
    assert HS.verify(genuine, NOW).status == "E_TOKEN_SIZE"
    assert HS.verify(forged, NOW).status == "E_TOKEN_SIZE"
    assert large.verify(forged, NOW).status == "E_SIGNATURE"
    assert large.verify(genuine, NOW).status == "OK"


@pytest.mark.parametrize("value", ["null", "0", "true", "[]", '["a"]', "{}", '{"a":"b"}', "1.5"])
@pytest.mark.parametrize("member", ["kid", "typ", "alg"])
def test_16_member_is_not_a_string(member: str, value: str) -> None:
    others = '"alg":"HS256",' if member != "alg" else ""
    forged = token(f'{{{others}"{member}":{value}}}', CLAIMS, signing(Alg.HS256))
    assert HS.verify(forged, NOW)[:2] == ("E_HEADER", member)


# ---- 24: critical extensions

CRITS = [
    '"crit":["exp"],"exp":1',
    '"crit":["unknown"],"unknown":true',
    '"crit":["unknown"]',
    '"crit":["b64"],"b64":true',
    '"crit":["b64"],"b64":false',
    '"crit":["alg"]',
    '"crit":["kid"],"kid":"a"',
    '"crit":["crit"]',
    '"crit":["a","a"],"a":1',
    '"crit":[]',
    '"crit":[""]',
    '"crit":[1]',
    '"crit":[[]]',
    '"crit":null',
    '"crit":false',
    '"crit":0',
    '"crit":"exp"',
    '"crit":""',
    '"crit":{}',
    '"crit":{"exp":1}',
    '"\\u0063rit":["a"]',
    '"b64":false',
    '"b64":null',
    '"b64":0',
    '"b64":"true"',
    '"b64":[]',
    '"\\u00626\\u0034":false',
]


@pytest.mark.parametrize("members", CRITS)
def test_24_crit_or_b64(members: str) -> None:
    outcome = HS.verify(token(f'{{"alg":"HS256",{members}}}', CLAIMS, signing(Alg.HS256)), NOW)
    assert outcome[:2] == (
        "E_CRITICAL",
        "b64" if "crit" not in members and "\\u0063" not in members else "crit",
    )
    forged = token(f'{{{members},"alg":"HS256"}}', CLAIMS, hmac_with(MALLORY))
    assert HS.verify(forged, NOW).status == "E_CRITICAL"


def test_24_crit_twice() -> None:
    assert header_of('{"alg":"HS256","crit":["a"],"crit":["a"]}') == "E_HEADER"


def test_24_unencoded_payload() -> None:
    """RFC 7797: a payload that was signed as it stands, and carried as it stands."""
    header = b64url(b'{"alg":"HS256","b64":false,"crit":["b64"]}')
    payload = '{"sub":"alice"}'
    signature = b64url(signing(Alg.HS256)(f"{header}.{payload}".encode()))
    assert HS.verify(f"{header}.{payload}.{signature}", NOW).status in ("E_CRITICAL", "E_TOKEN_FORMAT")
    assert HS.verify(f"{header}.{b64url(payload.encode())}.{signature}", NOW).status == "E_CRITICAL"


def test_24_header_without_extensions_is_accepted() -> None:
    for members in ('"b64":true', '"CRIT":["a"]', '"x":{"crit":["a"],"b64":false}', '"cty":"JWT"'):
        assert header_of(f'{{"alg":"HS256",{members}}}') == "OK"


# ---- 30: a token of one type used as another

OTHER_TYPES = ["at+jwt", "application/at+jwt", "refresh+jwt", "id+jwt", "logout+jwt", "mail", "JOSE", "JWT2"]
OTHER_TYPES += [
    "",
    "jwt ",
    " jwt",
    "application/",
    "application/jwt/x",
    "text/jwt",
    "J\u017aT",
    "jwt\0",
    "+jwt",
]
JWT_TYPES = ["JWT", "jwt", "Jwt", "application/jwt", "APPLICATION/JWT"]


def typed(typ: str | None) -> str:
    return honest(Alg.HS256, **({} if typ is None else {"typ": typ}))


@pytest.mark.parametrize("typ", OTHER_TYPES)
def test_30_another_type_than_jwt(typ: str) -> None:
    assert HS.verify(typed(typ), NOW)[:2] == ("E_TYPE", "typ")


@pytest.mark.parametrize("typ", [None, *JWT_TYPES])
def test_30_type_jwt_or_none_is_accepted(typ: str | None) -> None:
    assert HS.verify(typed(typ), NOW).status == "OK"


@pytest.mark.parametrize("expected", ["at+jwt", "application/at+jwt", "AT+JWT"])
def test_30_a_policy_with_a_type_takes_no_other(expected: str) -> None:
    verifying = Verifier.new(Policy.new(type=expected), pinned(Alg.HS256)).value()
    refused = [
        None,
        *JWT_TYPES,
        "refresh+jwt",
        "at+jwt2",
        "at",
        "jwt+at",
        "application/x/at+jwt",
        "",
        "at+jwt ",
    ]
    for typ in refused:
        assert verifying.verify(typed(typ), NOW)[:2] == ("E_TYPE", "typ")
    for typ in ("at+jwt", "At+Jwt", "application/at+jwt", "Application/AT+JWT"):
        assert verifying.verify(typed(typ), NOW).status == "OK"


# ---- 34: nothing of a forged token stays behind


@pytest.mark.parametrize("alg", [Alg.HS256, Alg.RS256, Alg.ES256, Alg.EDDSA], ids=lambda alg: alg.name)
def test_34_forged_header_changes_nothing(alg: Alg) -> None:
    verifying = Verifier.new(Policy.new(), pinned(alg)).value()
    genuine = honest(alg)
    signature = genuine.rpartition(".")[2]
    headers: list[dict[str, Any]] = [{"alg": other.jose} for other in Alg]
    headers += [{"alg": "none"}, {"alg": alg.jose, "kid": "mallory"}, {"alg": alg.jose, "typ": "at+jwt"}]
    headers += [{"alg": alg.jose, "crit": ["a"]}, {"alg": alg.jose, "jwk": {"kty": "oct", "k": "AA"}}]
    for header in headers:
        for _ in range(3):
            forged = f"{token(header, CLAIMS, lambda _: b'').rstrip('.')}.{signature}"
            if forged != genuine:
                assert verifying.verify(forged, NOW).status != "OK"
        assert verifying.verify(genuine, NOW).status == "OK"
    for other in Alg:
        assert verifying.verify(honest(other), NOW).status == ("OK" if other is alg else "E_ALGORITHM")


# ---- 39: a signed payload that looks like claims


@pytest.mark.parametrize("alg", Alg, ids=lambda alg: alg.name)
def test_39_signed_payload_used_as_a_token(alg: Alg) -> None:
    pem = None if alg in (Alg.HS256, Alg.HS384, Alg.HS512) else private_pem(private_key(alg))
    key = pinned(alg) if pem is None else Key.from_pem(alg, pem).value()
    payload = json.dumps(CLAIMS).encode()
    for typ in (None, "webhook", "application/json", "JOSE"):
        signed = jws_sign(key, typ, payload).value()
        assert verifier(alg).verify(signed, NOW)[:2] == ("E_TYPE", "typ")
        typed_verifier = Verifier.new(Policy.new(type="at+jwt"), key).value()
        assert typed_verifier.verify(signed, NOW).status == "E_TYPE"
        assert jws_verify(key, typ, signed).value() == payload
        assert jws_verify(key, "other", signed).status == "E_TYPE"


@pytest.mark.parametrize("typ", [*JWT_TYPES, "at+jwt", "application/at+jwt", "X+JWT", "+jwt", "a/b+jwt"])
def test_39_jws_never_has_the_type_of_a_token(typ: str) -> None:
    key = pinned(Alg.HS256)
    assert jws_sign(key, typ, b"{}").status == "E_ARGUMENT"
    signed = token({"alg": "HS256", "typ": typ}, CLAIMS, signing(Alg.HS256))
    assert jws_verify(key, typ, signed).status == "E_ARGUMENT"
    assert jws_verify(key, None, signed)[:2] == ("E_TYPE", "typ")


def test_39_token_used_as_a_webhook() -> None:
    assert jws_verify(pinned(Alg.HS256), None, honest(Alg.HS256, typ="JWT")).status == "E_TYPE"
    # Without a typ nothing tells them apart, so whoever reads webhooks names their type.
    untyped = honest(Alg.HS256)
    assert jws_verify(pinned(Alg.HS256), None, untyped).status == "OK"
    assert jws_verify(pinned(Alg.HS256), "webhook", untyped).status == "E_TYPE"
