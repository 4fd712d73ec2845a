"""What a host or its runtime can get wrong, and what errors give away: attacks 38 and 40."""

import base64
import contextlib
import ctypes
import functools
import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from pinjwt_abi import (
    END_OF_TIME,
    EVENT_REJECTED,
    EVENT_SIGNED,
    EVENT_VERIFIED,
    PART_PRIVATE,
    PTRDIFF_MAX,
    RAW,
    STR,
    SYSTEM_CLOCK,
    VERDICT_ALLOW,
    VERDICT_REVOKED,
    Alg,
    Event,
    EventFunction,
    Key,
    Outcome,
    Policy,
    ReleaseFunction,
    Signer,
    Verifier,
    do,
    inspect,
    jws_verify,
    make,
    status_name,
    write,
)
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
    rsa_jwk,
    rsa_numbers,
    secret_for,
    signing,
    stream,
    token,
    verifier,
)

# ---- 38: hooks


@contextlib.contextmanager
def lost_exceptions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[type[BaseException]]]:
    """Collects what ctypes can only report, because C called."""
    lost: list[type[BaseException]] = []
    with monkeypatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda report: lost.append(report.exc_type))
        yield lost


def run_elsewhere(work: Callable[[], Any], elsewhere: bool) -> Any:
    """Runs on this thread, or on eight others that must agree."""
    if not elsewhere:
        return work()
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all(result == results[0] for result in results)
    return results[0]


ELSEWHERE = pytest.mark.parametrize("elsewhere", [False, True], ids=["main thread", "other threads"])


def raising(_claims: int | None) -> int:
    raise LookupError("the database is gone")


def always(answer: Any) -> Callable[[int | None], Any]:
    return lambda _claims: answer


def status_of(by: Verifier) -> str:
    return by.verify_once(honest(Alg.HS256), NOW).status


def exiting(_claims: int | None) -> int:
    raise SystemExit(0)


@ELSEWHERE
@pytest.mark.parametrize(
    "answer", [raising, exiting, lambda _: "ALLOW", lambda _: 1.5], ids=["raises", "exits", "text", "float"]
)
def test_38_hook_that_throws_fails_closed(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[int | None], Any], elsewhere: bool
) -> None:
    by = Verifier.new(Policy.new().set_revocation(answer), pinned(Alg.HS256)).value()
    with lost_exceptions(monkeypatch) as lost:
        outcome = run_elsewhere(lambda: by.verify_once(honest(Alg.HS256), NOW)[:2], elsewhere)
    assert outcome == ("E_STORE", "revocation")
    assert len(lost) == (8 if elsewhere else 1)


NO_VERDICTS = [
    None,
    False,
    True,
    0,
    1,
    -1,
    2,
    50,
    60,
    VERDICT_ALLOW + 1,
    VERDICT_ALLOW - 1,
    VERDICT_ALLOW ^ 1 << 31,
]
NO_VERDICTS += [VERDICT_REVOKED - 1, 0x53534150, 0x7FFFFFFF, -0x80000000, ~VERDICT_ALLOW]


@ELSEWHERE
@pytest.mark.parametrize("answer", NO_VERDICTS)
def test_38_anything_but_the_two_verdicts_fails_closed(
    monkeypatch: pytest.MonkeyPatch, answer: Any, elsewhere: bool
) -> None:
    by = Verifier.new(Policy.new().set_revocation(always(answer)), pinned(Alg.HS256)).value()
    with lost_exceptions(monkeypatch):
        assert run_elsewhere(functools.partial(status_of, by), elsewhere) == "E_STORE"


@ELSEWHERE
def test_38_the_two_verdicts(elsewhere: bool) -> None:
    for answer, expected in ((VERDICT_ALLOW, "OK"), (VERDICT_REVOKED, "E_REVOKED")):
        policy = Policy.new().set_revocation(always(answer))
        by = Verifier.new(policy, pinned(Alg.HS256)).value()
        assert run_elsewhere(functools.partial(status_of, by), elsewhere) == expected


def test_38_hook_is_not_asked_about_what_is_refused_anyway() -> None:
    asked: list[int | None] = []

    def answer(claims: int | None) -> int:
        asked.append(claims)
        return VERDICT_ALLOW

    by = Verifier.new(Policy.new(issuer="a").set_revocation(answer), pinned(Alg.HS256)).value()
    good = {**CLAIMS, "iss": "a"}
    bad: list[tuple[str, int]] = [(honest(Alg.HS256, {**good, "exp": NOW - 1, "iat": NOW - 2}), NOW)]
    bad += [
        (honest(Alg.HS256, {**good, "iss": "b"}), NOW),
        (token({"alg": "HS256"}, good, hmac_with(b"x")), NOW),
    ]
    bad += [
        (honest(Alg.HS256, good), NOW + 600),
        (honest(Alg.HS384, good), NOW),
        ("a.b", NOW),
        (honest(Alg.HS256, good), -1),
    ]
    for text, now in bad:
        assert by.verify_once(text, now).status != "OK"
    assert asked == []
    # A buffer that is too small is found before the hook is asked.
    genuine = honest(Alg.HS256, good).encode()
    for cap in (0, 1, len(genuine) - 1):
        assert write("verify_json", by.pointer, genuine, len(genuine), NOW, cap=cap).status == "E_BUFFER"
    assert asked == []
    assert by.verify_once(genuine, NOW).status == "OK"
    assert len(asked) == 1
    assert asked != [None]


def test_38_event_handler_that_throws_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def handler(_context: int | None, _event: Any) -> None:
        raise LookupError

    policy, function = Policy.new(), EventFunction(handler)
    policy.callbacks.append(function)
    do("policy_set_event_handler", policy.pointer, function, None, ReleaseFunction()).value()
    by = Verifier.new(policy, pinned(Alg.HS256)).value()
    with lost_exceptions(monkeypatch) as lost:
        assert by.verify_once(honest(Alg.HS256), NOW).status == "OK"
        assert by.verify_once(token({"alg": "HS256"}, CLAIMS, hmac_with(b"x")), NOW).status == "E_SIGNATURE"
    assert lost == [LookupError] * 2


def test_38_events_tell_the_outcome() -> None:
    events: list[Event] = []
    policy = Policy.new(issuer="a").record_events(events).set_revocation(lambda _: VERDICT_REVOKED)
    key = pinned(Alg.HS256)
    by = Verifier.new(policy, key).value()
    good = {**CLAIMS, "iss": "a"}
    by.verify_once(honest(Alg.HS256, good, kid="k"), NOW)
    by.verify_once(honest(Alg.HS256, CLAIMS), NOW + 1)
    by.verify_once(token({"alg": "HS256", "kid": "k\0"}, good, hmac_with(b"x")), NOW)
    by.verify_once(honest(Alg.HS256, good), -1)
    Signer.new(policy, key).value().sign('{"sub":"bob","jti":"j"}', NOW).value()
    assert events == [
        Event(EVENT_REJECTED, "E_REVOKED", NOW, b"7f", b"alice", b"k", b""),
        Event(EVENT_REJECTED, "E_CLAIM_MISSING", NOW + 1, b"7f", b"alice", b"", b"iss"),
        Event(EVENT_REJECTED, "E_SIGNATURE", NOW, b"", b"", b"k\0", b""),
        Event(EVENT_SIGNED, "OK", NOW, b"j", b"bob", b"", b""),
    ]
    events.clear()
    lenient = Policy.new().record_events(events)
    Verifier.new(lenient, key).value().verify_once(honest(Alg.HS256), NOW).value()
    assert events == [Event(EVENT_VERIFIED, "OK", NOW, b"7f", b"alice", b"", b"")]


# ---- 40: times and lengths

NO_TIMES = [-1, -NOW, END_OF_TIME, END_OF_TIME + 1, NOW * 1000, NOW * 1_000_000, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("now", NO_TIMES)
def test_40_now_is_no_time_in_seconds(now: int) -> None:
    events: list[Event] = []
    policy = Policy.new().record_events(events)
    assert Verifier.new(policy, pinned(Alg.HS256)).value().verify(honest(Alg.HS256), now)[:2] == (
        "E_ARGUMENT",
        "now",
    )
    assert Signer.new(policy, pinned(Alg.HS256)).value().sign("{}", now)[:2] == ("E_ARGUMENT", "now")
    assert events == []


def test_40_now_of_zero_is_the_clock() -> None:
    by, now = verifier(Alg.HS256), int(time.time())
    assert by.verify(honest(Alg.HS256, {"iat": now, "exp": now + 300}), SYSTEM_CLOCK).status == "OK"
    assert (
        by.verify(honest(Alg.HS256, {"iat": now - 300, "exp": now - 1}), SYSTEM_CLOCK).status == "E_EXPIRED"
    )
    assert by.verify(honest(Alg.HS256, {"iat": 0, "exp": 300}), SYSTEM_CLOCK).status == "E_EXPIRED"
    assert by.verify(honest(Alg.HS256, {"iat": 0, "exp": 300}), 1).status == "OK"
    assert (
        by.verify(honest(Alg.HS256, {"iat": END_OF_TIME - 9, "exp": END_OF_TIME - 1}), END_OF_TIME - 2).status
        == "OK"
    )
    claims = json.loads(
        by.verify(Signer.new(Policy.new(), pinned(Alg.HS256)).value().sign("{}").value()).value()
    )
    assert now <= claims["iat"] <= time.time()
    assert claims["exp"] == claims["iat"] + 900


class Call:
    """A call with one length that is to be replaced; `is_text` where PINJWT_STR is allowed."""

    def __init__(
        self, name: str, before: list[Any], data: bytes, after: list[Any], is_text: bool = True
    ) -> None:
        self.name, self.before, self.data, self.after, self.is_text = name, before, data, after, is_text
        self.keep: list[Any] = []

    def status(self, data: bytes | None, length: int) -> str:
        status = RAW[self.name](*self.before, data, length, *self.after)
        return status_name(status)


def calls() -> list[Call]:
    """One for each length that goes into a function. They all succeed with the right one."""
    key, policy = pinned(Alg.HS256), Policy.new()
    signer, by = Signer.new(policy, key).value(), verifier(Alg.HS256)
    claims = by.verify_once(honest(Alg.HS256, {**CLAIMS, "flag": True}), NOW).value()
    out = ctypes.byref(ctypes.c_void_p())
    bytes_out, int_out, number_out = (ctypes.create_string_buffer(16) for _ in range(3))
    lent = ctypes.cast(bytes_out, RAW["claims_get_string"].argtypes[3])
    integer = ctypes.cast(int_out, RAW["claims_get_int"].argtypes[3])
    boolean = ctypes.cast(number_out, RAW["claims_get_bool"].argtypes[3])
    buffer = ctypes.create_string_buffer(4096)
    written = [buffer, 4096, None, None]
    genuine = honest(Alg.HS256).encode()
    jwk = json.dumps({"kty": "oct", "k": b64url(secret_for(Alg.HS256))}).encode()
    spki = base64.b64decode("".join(public_pem(private_key(Alg.ES256)).splitlines()[1:-1]))
    es_pem = public_pem(private_key(Alg.ES256)).encode()
    made = [
        Call("key_from_secret", [Alg.HS256], hashlib.sha512(b"a secret").digest(), [out, None], False),
        Call("key_from_pem", [Alg.ES256], es_pem, [None, 0, out, None]),
        Call("key_from_pem", [Alg.ES256, es_pem, len(es_pem)], b"passphrase", [out, None]),
        Call("key_from_der", [Alg.ES256], spki, [out, None], False),
        Call("key_from_jwk", [Alg.HS256], jwk, [out, None]),
        Call("key_with_id", [key.pointer], b"id", [out, None]),
        Call("sign", [signer.pointer], b"{}", [NOW, *written]),
        Call("verify", [by.pointer], genuine, [NOW, out, None]),
        Call("verify_json", [by.pointer], genuine, [NOW, *written]),
        Call("jws_sign", [key.pointer], b"typ", [b"", 0, *written]),
        Call("jws_sign", [key.pointer, None, 0], b"payload", written, False),
        Call("jws_verify", [key.pointer, None, 0], genuine, written),
        Call(
            "jws_verify",
            [key.pointer],
            b"typ",
            [token({"alg": "HS256", "typ": "typ"}, b"", signing(Alg.HS256)).encode(), STR, *written],
        ),
        Call("inspect_unverified", [], genuine, written),
        Call("claims_get_string", [claims.pointer], b"sub", [lent]),
        Call("claims_get_item", [claims.pointer], b"sub", [0, lent]),
        Call("claims_get_json", [claims.pointer], b"sub", [lent]),
        Call("claims_get_int", [claims.pointer], b"exp", [integer]),
        Call("claims_get_time", [claims.pointer], b"exp", [integer]),
        Call("claims_get_bool", [claims.pointer], b"flag", [boolean]),
    ]
    made += [
        Call("policy_" + setter, [policy.pointer], b"text", [None])
        for setter in ("set_issuer", "add_audience", "set_subject", "set_type", "require_claim")
    ]
    for call in made:
        call.keep += [key, policy, signer, by, claims]
    return made


CALLS = calls()
EACH_CALL = pytest.mark.parametrize("call", CALLS, ids=[f"{i} {call.name}" for i, call in enumerate(CALLS)])


@EACH_CALL
def test_40_length_over_ptrdiff_max(call: Call) -> None:
    assert call.status(call.data, len(call.data)) == "OK"
    for length in (
        PTRDIFF_MAX + 1,
        PTRDIFF_MAX + len(call.data),
        STR - 1,
        STR - len(call.data),
        0xFFFFFFFF00000000,
    ):
        assert call.status(call.data, length) == "E_ARGUMENT"
        assert call.status(None, length) == "E_ARGUMENT"
    assert call.status(None, PTRDIFF_MAX) == "E_ARGUMENT"
    assert call.status(None, 1) == "E_ARGUMENT"
    assert call.status(None, STR) == "E_ARGUMENT"
    # A failure has changed nothing.
    assert call.status(call.data, len(call.data)) == "OK"


@EACH_CALL
def test_40_pinjwt_str_is_for_texts(call: Call) -> None:
    assert call.status(call.data, STR) == ("OK" if call.is_text else "E_ARGUMENT")


def test_40_pinjwt_str_ends_at_the_nul() -> None:
    by, genuine = verifier(Alg.HS256), honest(Alg.HS256).encode()
    out = ctypes.c_void_p()
    assert RAW["verify"](by.pointer, genuine + b"\0rubbish", STR, NOW, ctypes.byref(out), None) == 0
    RAW["claims_free"](out)
    assert by.verify(genuine + b"\0", NOW).status == "E_TOKEN_FORMAT"
    policy = Policy.new()
    assert policy.text("set_issuer", b"a\0b").status == "OK"
    signed = Signer.new(policy, pinned(Alg.HS256)).value().sign("{}", NOW).value()
    assert json.loads(by.verify(signed, NOW).value())["iss"] == "a\0b"


@pytest.mark.parametrize("count", [0, 1025, PTRDIFF_MAX, PTRDIFF_MAX + 1, 2**61, STR])
def test_40_number_of_parts_out_of_range(count: int) -> None:
    part = Verifier.new(Policy.new(issuer="a"), pinned(Alg.HS256)).value()
    array = (ctypes.c_void_p * 1)(part.pointer)
    assert make(Verifier, "verifier_join", array, count).status == "E_ARGUMENT"
    assert make(Verifier, "verifier_join", array, 1).status == "OK"


@pytest.mark.parametrize("size", [0, 255, 1048577, PTRDIFF_MAX, PTRDIFF_MAX + 1, STR])
def test_40_token_size_out_of_range(size: int) -> None:
    policy = Policy.new()
    assert policy.number("set_max_token_size", size).status == "E_ARGUMENT"
    for good in (256, 1048576):
        assert policy.number("set_max_token_size", good).status == "OK"


@pytest.mark.parametrize("alg", [0, -1, 17, 256, 0x7FFFFFFF, -0x80000000])
def test_40_alg_that_is_not_listed(alg: int) -> None:
    jwk = json.dumps({"kty": "oct", "k": b64url(bytes(64))})
    outcomes: list[Outcome[Key]] = [
        Key.from_secret(alg, hashlib.sha512(b"a secret").digest()),
        Key.from_pem(alg, public_pem(private_key(Alg.ES256))),
        Key.from_der(alg, b"0"),
        Key.from_jwk(alg, jwk),
        Key.generate(alg),
    ]
    assert [outcome.status for outcome in outcomes] == ["E_ARGUMENT"] * 5
    assert RAW["alg_name"](alg) == b"?"


# ---- What errors give away


def pieces(text: str | bytes, length: int) -> set[bytes]:
    raw = text.encode() if isinstance(text, str) else text
    return {raw[i : i + length] for i in range(max(1, len(raw) - length + 1))}


def assert_silent(outcome: Outcome[Any], secrets: list[bytes]) -> None:
    """Neither text of the error holds eight characters in a row of a secret, in any usual spelling of it."""
    assert outcome.status != "OK"
    said = (outcome.what + "\n" + outcome.message).encode()
    for secret in secrets:
        escaped = "".join(chr(c) if 0x20 <= c < 0x7F else f"\\x{c:02x}" for c in secret)
        spellings: list[str | bytes] = [
            secret,
            secret.hex(),
            secret.hex().upper(),
            base64.b64encode(secret),
            b64url(secret),
            escaped,
        ]
        for spelling in spellings:
            for piece in pieces(spelling, 8):
                assert piece not in said, outcome


@pytest.mark.parametrize("alg", Alg, ids=lambda alg: alg.name)
def test_messages_never_hold_the_token(alg: Alg) -> None:
    by = Verifier.new(Policy.new(issuer="a", audiences=["b"]), pinned(alg)).value()
    genuine = honest(alg)
    signed, _, signature = genuine.rpartition(".")
    header, _, payload = signed.partition(".")
    changed = signature[:-9] + "AAAA" + signature[-5:]
    texts = [
        genuine,
        f"{signed}.{changed}",
        f"{signed}.{signature}=",
        f"{signed}.",
        f"{signed}.{signature}.{signature}",
        f"{signed}",
        f"{header}.{payload}*.{signature}",
        f"{header}*.{payload}.{signature}",
        f"Bearer {genuine}",
        honest(alg, kid=genuine),
        honest(alg, typ=genuine),
        token({"alg": genuine}, CLAIMS, signing(alg)),
        genuine * 30,
    ]
    for text in texts:
        outcome = by.verify(text, NOW)
        assert outcome.status != "OK"
        said = outcome.what + outcome.message
        assert text not in said
        assert genuine not in said
        for piece in pieces(signature, 12):
            assert piece.decode() not in said
        if alg is Alg.HS256:
            assert_silent(outcome, [secret_for(alg)])
        jws = jws_verify(pinned(alg), None, text)
        assert genuine not in jws.what + jws.message
        assert genuine not in inspect(text).message


def test_messages_never_hold_the_secret() -> None:
    short = stream("disclosure", 31)
    for secret in (short, b"correct horse battery staple", b"hunter2!" * 40):
        assert_silent(Key.from_secret(Alg.HS512, secret[:63] if len(secret) < 64 else secret), [secret])
        assert_silent(Key.from_secret(Alg.RS256, secret), [secret])
        for jwk in (
            {"kty": "oct", "k": b64url(secret) + "="},
            {"kty": "RSA", "k": b64url(secret)},
            {"k": b64url(secret)},
        ):
            for alg in (Alg.HS256, Alg.RS256, Alg.ES256):
                assert_silent(Key.from_jwk(alg, json.dumps(jwk)), [secret, b64url(secret).encode()])
        assert_silent(
            Key.from_jwk(Alg.HS256, json.dumps({"kty": "oct", "k": b64url(secret)}) + "}"), [secret]
        )


@pytest.mark.parametrize("alg", [Alg.RS256, Alg.ES256, Alg.ED25519, Alg.ED448], ids=lambda alg: alg.name)
def test_messages_never_hold_the_private_key(alg: Alg) -> None:
    text = private_pem(private_key(alg))
    body = "".join(text.splitlines()[1:-1])
    secrets = [base64.b64decode(body)[-24:], body[-32:].encode()]
    jwk = json.loads(Key.from_pem(alg, text).value().to_jwk(PART_PRIVATE).value())
    secrets.append(jwk["d"].encode())
    for bad in (
        text[:-40],
        text + text,
        text.replace("PRIVATE", "PUBLIC"),
        text[30:],
        text.replace("-----END", body),
    ):
        assert_silent(Key.from_pem(alg, bad), secrets)
    assert_silent(Key.from_pem(Alg.HS256, text), secrets)
    assert_silent(Key.from_der(alg, base64.b64decode(body)[:-1]), secrets)
    assert_silent(Key.from_secret(Alg.HS256, text.encode()), secrets)
    for name in jwk:
        broken = [{**jwk, name: value} for value in (None, jwk["d"] + "=", 7, [jwk["d"]])]
        for members in broken:
            outcome = Key.from_jwk(alg, json.dumps(members))
            if outcome.status != "OK":
                assert_silent(outcome, secrets)
    assert_silent(Key.from_jwk(alg, json.dumps(jwk)[:-1]), secrets)
    assert_silent(Key.from_jwk(alg, "[" + json.dumps(jwk) + "]"), secrets)
    assert_silent(Key.from_jwk(alg, json.dumps({"keys": [jwk]})), secrets)


def test_messages_never_hold_the_passphrase() -> None:
    passphrase = b"correct horse battery staple"
    form, lock = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(passphrase)
    text = private_key(Alg.ES256).private_bytes(serialization.Encoding.PEM, form, lock)
    wrong = b"wrong horse battery staple"
    for given in (wrong, passphrase + b" ", wrong * 40):
        assert_silent(Key.from_pem(Alg.ES256, text, given), [given, passphrase])
    assert_silent(Key.from_pem(Alg.ES384, text, passphrase), [passphrase])
    assert Key.from_pem(Alg.ES256, text, passphrase).status == "OK"


def test_messages_never_hold_a_secret_that_stands_where_a_name_should() -> None:
    """A JWK that was put together wrongly, twice the same way."""
    jwk = rsa_jwk(rsa_numbers().members())
    text = json.dumps(jwk)[:-1] + f',"{jwk["d"]}":"d","{jwk["d"]}":"d"}}'
    outcome = Key.from_jwk(Alg.RS256, text)
    assert outcome.status == "E_KEY_FORMAT"
    assert_silent(outcome, [jwk["d"].encode()])


@pytest.mark.parametrize("cap", [PTRDIFF_MAX + 1, STR - 1, STR])
def test_40_capacity_over_ptrdiff_max(cap: int) -> None:
    genuine, length = honest(Alg.HS256).encode(), len(honest(Alg.HS256))
    buffer = ctypes.create_string_buffer(4096)
    key = pinned(Alg.HS256)
    signer = Signer.new(Policy.new(), key).value()
    for room, expected in ((cap, "E_ARGUMENT"), (4096, "OK")):
        output = [buffer, room, None, None]
        made = [
            RAW["verify_json"](verifier(Alg.HS256).pointer, genuine, length, NOW, *output),
            RAW["sign"](signer.pointer, b"{}", 2, NOW, *output),
            RAW["jws_sign"](key.pointer, None, 0, b"", 0, *output),
            RAW["jws_verify"](key.pointer, None, 0, genuine, length, *output),
            RAW["inspect_unverified"](genuine, length, *output),
            RAW["key_to_jwk"](key.pointer, PART_PRIVATE, *output),
            RAW["key_to_pem"](pinned(Alg.ES256).pointer, 1, *output),
            RAW["key_thumbprint"](pinned(Alg.ES256).pointer, *output),
        ]
        assert {status_name(status) for status in made} == {expected}
