"""Tokens and keys changed at random, the same in each run: nothing crashes, nothing bad passes."""

import base64
import hashlib
import json
import random
from collections.abc import Callable

import pytest
from pinjwt_abi import EC_ALGS, HMAC_ALGS, PART_PRIVATE, Alg, Claims, Key, Policy, Signer, Verifier, inspect
from pinjwt_forge import (
    CLAIMS,
    NOW,
    ORDERS,
    b64url,
    coordinate_length,
    ecdsa_numbers,
    ecdsa_signature,
    hmac_with,
    honest,
    private_key,
    private_pem,
    public_pem,
    token,
    unb64url,
    verifier,
)

TOKENS_FOR_EACH_ALG = 1300
REFUSALS = {
    "E_TOKEN_FORMAT",
    "E_HEADER",
    "E_ALGORITHM",
    "E_CRITICAL",
    "E_TYPE",
    "E_SIGNATURE",
    "E_TOKEN_SIZE",
}
WORDS = [
    b'"alg":"none"',
    b'"alg":"HS256"',
    b'"crit":["a"]',
    b'"exp":9',
    b"{",
    b"}",
    b"[",
    b'"',
    b"\\u0000",
    b"\xff",
    b"null",
]
CHARACTERS = [chr(c) for c in range(256)]

Mutation = Callable[[random.Random, str, list[str]], str]


def changed_text(r: random.Random, genuine: str, _others: list[str]) -> str:
    """Characters replaced, inserted or taken out."""
    text = list(genuine)
    for _ in range(r.choice((1, 1, 1, 2, 5, 20))):
        position = r.randrange(len(text))
        action = r.randrange(4)
        if action == 0:
            text[position] = r.choice(CHARACTERS)
        elif action == 1:
            text.insert(position, r.choice(CHARACTERS))
        elif action == 2 and len(text) > 1:
            del text[position]
        else:
            text[position] = r.choice("ABCwxyz0189-_.=")
    return "".join(text)


def changed_bytes(r: random.Random, genuine: str, _others: list[str]) -> str:
    """Bits or bytes of one decoded segment."""
    parts = genuine.split(".")
    index = r.randrange(3)
    data = bytearray(unb64url(parts[index]))
    for _ in range(r.choice((1, 1, 1, 3, 10))):
        position = r.randrange(len(data))
        action = r.randrange(5)
        if action <= 1:
            data[position] ^= 1 << r.randrange(8)
        elif action == 2:
            data[position:position] = r.choice(WORDS)
        elif action == 3:
            data[position] = r.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif len(data) > 1:
            del data[position]
    parts[index] = b64url(bytes(data))
    return ".".join(parts)


def spliced(r: random.Random, genuine: str, others: list[str]) -> str:
    """Segments of several tokens."""
    sources = [genuine.split("."), r.choice(others).split("."), r.choice(others).split(".")]
    count = r.choice((3, 3, 3, 3, 2, 4, 1))
    return ".".join(r.choice(sources)[r.choice((i % 3, r.randrange(3)))] for i in range(count))


def cut(r: random.Random, genuine: str, _others: list[str]) -> str:
    start, end = sorted(r.choices(range(len(genuine) + 1), k=2))
    return r.choice(
        (
            genuine[:end],
            genuine[start:],
            genuine[start:end],
            genuine + genuine[start:end],
            genuine[:start] + genuine[end:],
        )
    )


def other_signature(r: random.Random, genuine: str, _others: list[str]) -> str:
    signed, _, signature = genuine.rpartition(".")
    data = unb64url(signature)
    half = len(data) // 2
    made = [
        bytes(len(data)),
        b"\xff" * len(data),
        data[::-1],
        data[half:] + data[:half],
        data[:half] + bytes(half),
        bytes(half) + data[half:],
        r.randbytes(len(data)),
        r.randbytes(r.randrange(1, 600)),
        data + r.randbytes(1),
        data[: r.randrange(len(data))],
    ]
    return f"{signed}.{b64url(r.choice(made))}"


MUTATIONS: list[Mutation] = [
    changed_text,
    changed_text,
    changed_bytes,
    changed_bytes,
    spliced,
    cut,
    other_signature,
]


def is_equivalent(alg: Alg, genuine: str, mutated: str) -> bool:
    """The same token, or its ECDSA twin."""
    if mutated == genuine:
        return True
    if alg not in EC_ALGS or mutated.rpartition(".")[0] != genuine.rpartition(".")[0]:
        return False
    given, known = (unb64url(text.rpartition(".")[2]) for text in (mutated, genuine))
    r, s = ecdsa_numbers(alg, known)
    return len(given) == 2 * coordinate_length(alg) and given == ecdsa_signature(alg, r, ORDERS[alg] - s)


@pytest.fixture(scope="module")
def genuine_tokens() -> dict[Alg, list[str]]:
    payloads = [CLAIMS, {**CLAIMS, "a": ["\u00e9", 1.5, None, {"b": True}], "jti": "8"}]
    headers: list[dict[str, object]] = [{}, {"typ": "JWT", "kid": "k\u00e9", "x": {"y": [1]}}]
    return {alg: [honest(alg, p, **h) for p in payloads for h in headers] for alg in Alg}


@pytest.mark.parametrize("alg", Alg, ids=lambda alg: alg.name)
def test_mutated_tokens(alg: Alg, genuine_tokens: dict[Alg, list[str]]) -> None:
    r = random.Random(f"pinjwt {alg.name}")
    by = verifier(alg)
    own, others = genuine_tokens[alg], [text for texts in genuine_tokens.values() for text in texts]
    for text in own:
        assert by.verify(text, NOW).status == "OK"
    seen: set[str] = set()
    for _ in range(TOKENS_FOR_EACH_ALG):
        mutated = r.choice(MUTATIONS)(r, r.choice(own), others)
        outcome = by.verify_once(mutated, NOW)
        seen.add(outcome.status)
        if outcome.status == "OK":
            assert any(is_equivalent(alg, text, mutated) for text in own), mutated
        else:
            assert outcome.status in REFUSALS, mutated
        inspect(mutated)
    assert seen >= {"E_TOKEN_FORMAT", "E_HEADER", "E_ALGORITHM", "E_SIGNATURE"}


def test_mutated_claims_that_the_owner_signs() -> None:
    """Behind a good signature: what is accepted is JSON with the claims that the policy wants."""
    r = random.Random("pinjwt claims")
    policy = Policy.new(issuer="a", audiences=["b"], required=["c"])
    key = Key.from_secret(Alg.HS256, hashlib.sha256(b"a secret").digest()).value()
    by = Verifier.new(policy, key).value()
    text = json.dumps(
        {**CLAIMS, "iss": "a", "aud": ["x", "b"], "c": {"d": [1, "\u00e9", None]}, "nbf": NOW - 5}
    ).encode()
    sign = hmac_with(hashlib.sha256(b"a secret").digest())
    assert by.verify(token({"alg": "HS256"}, text, sign), NOW).status == "OK"
    accepted = 0
    for _ in range(6000):
        data = bytearray(text)
        for _ in range(r.choice((1, 1, 2, 4))):
            position = r.randrange(len(data))
            action = r.randrange(4)
            if action == 0:
                data[position] ^= 1 << r.randrange(8)
            elif action == 1:
                data[position:position] = r.choice(WORDS)
            elif action == 2:
                data[position] = r.choice(b'{}[],:"\\0123456789eE+-. tfn\x00\xff')
            elif len(data) > 1:
                del data[position]
        outcome = by.verify_once(token({"alg": "HS256"}, bytes(data), sign), NOW)
        if outcome.output is not None:
            accepted += 1
            members = json.loads(bytes(data).decode("utf-8"))
            assert members["iss"] == "a"
            assert members["aud"] == "b" or "b" in members["aud"]
            assert members["c"] is not None
            assert NOW < members["exp"] <= NOW + 7200 + members.get("iat", NOW) - NOW
            assert isinstance(outcome.output, Claims)
            assert outcome.output.json() == bytes(data)
        else:
            assert outcome.status not in REFUSALS
    assert accepted > 100


@pytest.mark.parametrize(
    "alg",
    [Alg.ES256, Alg.ES384, Alg.ES512, Alg.ES256K, Alg.ED25519, Alg.ED448, Alg.RS256],
    ids=lambda alg: alg.name,
)
def test_mutated_keys(alg: Alg) -> None:
    """A private key that is accepted signs what its public half verifies."""
    r = random.Random(f"pinjwt key {alg.name}")
    private, public = private_pem(private_key(alg)), public_pem(private_key(alg))
    pinned_key = Key.from_pem(alg, private).value()
    jwk = pinned_key.to_jwk(PART_PRIVATE).value()
    ders = [base64.b64decode("".join(text.splitlines()[1:-1])) for text in (private, public)]
    policy = Policy.new()
    made = 0
    for turn in range(400):
        source = bytearray((jwk, private.encode(), public.encode(), *ders)[turn % 5])
        for _ in range(r.choice((1, 1, 2, 6))):
            position = r.randrange(len(source))
            action = r.randrange(3)
            if action == 0:
                source[position] ^= 1 << r.randrange(8)
            elif action == 1:
                source[position] = r.randrange(256)
            else:
                del source[position]
        data = bytes(source)
        if turn % 5 == 0:
            outcome = Key.from_jwk(alg, data)
        elif turn % 5 <= 2:
            outcome = Key.from_pem(alg, data, r.choice((None, b"passphrase")))
        else:
            outcome = Key.from_der(alg, data)
        key = outcome.output
        if key is not None:
            made += 1
            if key.can_sign():
                signed = Signer.new(policy, key).value().sign("{}", NOW).value()
                half = key.public().value()
                assert Verifier.new(policy, half).value().verify(signed, NOW).status == "OK"
                assert half.thumbprint() == key.thumbprint()
    assert made > 0


def test_every_alg_takes_part() -> None:
    assert TOKENS_FOR_EACH_ALG * len(Alg) >= 20_000
    assert set(HMAC_ALGS) | set(EC_ALGS) < set(Alg)
