"""Tokens that are not in the compact form, or not quite: attacks 17 to 19."""

import json
import time

import pytest
from pinjwt_abi import Alg, Key, inspect, jws_verify
from pinjwt_forge import (
    CLAIMS,
    NOW,
    b64url,
    hmac_with,
    honest,
    pinned,
    seal,
    signing,
    stream,
    token,
    verifier,
)
from test_abi_header import in_sealed_process

HS = verifier(Alg.HS256)
LARGE = verifier(Alg.HS256, 1 << 20)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


# ---- 17: the JSON serialisations (RFC 7515 section 7.2)


def json_forms() -> dict[str, str]:
    genuine = honest(Alg.HS256)
    protected, payload, signature = genuine.split(".")
    one = {"protected": protected, "signature": signature}
    flattened = {"payload": payload, **one}
    return {
        "flattened": json.dumps(flattened),
        "flattened with a header": json.dumps({**flattened, "header": {"alg": "none"}}),
        "general": json.dumps({"payload": payload, "signatures": [one]}),
        "general with two": json.dumps({"payload": payload, "signatures": [one, one]}),
        "no signatures": json.dumps({"payload": payload, "signatures": []}),
        "unprotected only": json.dumps({"payload": payload, "header": {"alg": "none"}, "signature": ""}),
        "two dots inside": json.dumps({**flattened, "a": ".."}),
        "token as a string": json.dumps(genuine),
        "tokens in an array": json.dumps([genuine]),
        "token as a member": json.dumps({"token": genuine}),
        "polyglot": '{"' + genuine + '":' + json.dumps(flattened) + "}",
        "polyglot behind": genuine + json.dumps({"payload": payload}),
        "polyglot before": json.dumps({"payload": payload}) + genuine,
    }


@pytest.mark.parametrize("form", json_forms())
def test_17_json_serialisation(form: str) -> None:
    text = json_forms()[form]
    assert HS.verify(text, NOW).status == "E_TOKEN_FORMAT"
    assert jws_verify(pinned(Alg.HS256), None, text).status == "E_TOKEN_FORMAT"
    assert inspect(text).status == "E_TOKEN_FORMAT"


def test_17_compact_form_is_accepted() -> None:
    assert HS.verify(honest(Alg.HS256), NOW).status == "OK"
    assert jws_verify(pinned(Alg.HS256), None, honest(Alg.HS256)).status == "OK"
    assert json.loads(inspect(honest(Alg.HS256)).value())["payload"] == CLAIMS


# ---- 18: base64url in another form


def segment_ending(length: int, first: bytes, last: bytes) -> str:
    """base64url of JSON whose length is `length` modulo 3: with padding, two of these have some."""
    filling = b" " * ((length - len(first) - len(last)) % 3)
    return b64url(first + filling + last)


def variants(segment: str) -> dict[str, str]:
    """Texts that a lenient decoder takes for the same bytes, or for other bytes."""
    stray = segment[:-1] + ALPHABET[ALPHABET.index(segment[-1]) ^ 1]
    found = {
        "padding of one": segment + "=",
        "padding of two": segment + "==",
        "padding of four": segment + "====",
        "padding inside": segment[:4] + "=" + segment[4:],
        "blank before": " " + segment,
        "blank behind": segment + " ",
        "blank inside": segment[:5] + " " + segment[5:],
        "tab": segment[:5] + "\t" + segment[5:],
        "newline behind": segment + "\n",
        "CRLF inside": segment[:4] + "\r\n" + segment[4:],
        "vertical tab": segment[:4] + "\v" + segment[4:],
        "plus": segment[:6] + "+" + segment[7:],
        "slash": segment[:6] + "/" + segment[7:],
        "tilde": segment[:6] + "~" + segment[7:],
        "comma": segment[:6] + "," + segment[7:],
        "percent encoding": segment[:6] + "%41" + segment[7:],
        "NUL behind": segment + "\0",
        "NUL inside": segment[:6] + "\0" + segment[6:],
        "DEL": segment[:6] + "\x7f" + segment[7:],
        "high bit": segment[:6] + "\u00c1" + segment[7:],
        "fullwidth letter": segment[:6] + "\uff21" + segment[7:],
        "Kelvin sign": segment[:6] + "\u212a" + segment[7:],
        "quote": '"' + segment + '"',
        "impossible length": segment + "A" * ((1 - len(segment)) % 4),
        "one character": "A",
    }
    if len(segment) % 4:
        found["non-zero trailing bits"] = stray
    return found


VARIANTS = list(variants("A" * 43))


@pytest.mark.parametrize("variant", VARIANTS)
def test_18_header(variant: str) -> None:
    payload = b64url(json.dumps(CLAIMS).encode())
    for first in (b'{"alg":"HS256","typ":"JWT"}', b'{"alg":"HS256","a":1}'):
        header = segment_ending(1, first, b"")
        assert HS.verify(seal(header, payload, signing(Alg.HS256)), NOW).status == "OK"
        forged = seal(variants(header)[variant], payload, signing(Alg.HS256))
        assert HS.verify(forged, NOW)[:2] == ("E_TOKEN_FORMAT", "header")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("alg", [Alg.HS256, Alg.RS256, Alg.ES256, Alg.ED25519], ids=lambda alg: alg.name)
def test_18_payload(alg: Alg, variant: str) -> None:
    """Signed as it stands: only the form speaks against it."""
    header = b64url(json.dumps({"alg": alg.jose}).encode())
    payload = segment_ending(1, json.dumps(CLAIMS).encode(), b"")
    assert verifier(alg).verify(seal(header, payload, signing(alg)), NOW).status == "OK"
    forged = seal(header, variants(payload)[variant], signing(alg))
    assert verifier(alg).verify(forged, NOW)[:2] == ("E_TOKEN_FORMAT", "payload")
    assert jws_verify(pinned(alg), None, forged)[:2] == ("E_TOKEN_FORMAT", "payload")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("alg", [Alg.HS256, Alg.RS256, Alg.ES256, Alg.ED25519], ids=lambda alg: alg.name)
def test_18_signature(alg: Alg, variant: str) -> None:
    signed, _, signature = honest(alg).rpartition(".")
    assert len(signature) % 4
    assert verifier(alg).verify(f"{signed}.{signature}", NOW).status == "OK"
    forged = f"{signed}.{variants(signature)[variant]}"
    assert verifier(alg).verify(forged, NOW)[:2] == ("E_TOKEN_FORMAT", "signature")
    assert jws_verify(pinned(alg), None, forged)[:2] == ("E_TOKEN_FORMAT", "signature")


@pytest.mark.parametrize("byte", [b for b in range(256) if chr(b) not in ALPHABET + "."])
def test_18_every_byte_outside_of_the_alphabet(byte: int) -> None:
    genuine = honest(Alg.HS256).encode()
    for position in (0, 10, genuine.index(b".") + 9, len(genuine) - 7, len(genuine) - 1):
        forged = bytearray(genuine)
        forged[position] = byte
        assert HS.verify(bytes(forged), NOW).status in ("E_TOKEN_FORMAT", "E_SIGNATURE")
    for around in (bytes([byte]) + genuine, genuine + bytes([byte])):
        assert HS.verify(around, NOW).status == "E_TOKEN_FORMAT"


@pytest.mark.parametrize(
    "around", ["Bearer {}", "bearer {}", "JWT {}", " {}", "{} ", "{}\n", "{}\0", "<{}>", "{};"]
)
def test_18_something_around_the_token(around: str) -> None:
    assert HS.verify(around.format(honest(Alg.HS256)), NOW).status == "E_TOKEN_FORMAT"


# ---- 19: another number of parts


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 100, 1000])
def test_19_number_of_parts(count: int) -> None:
    parts = honest(Alg.HS256).split(".")
    filled = (parts + ["AAAA"] * count)[:count]
    for text in (".".join(filled), ".".join([""] * count), ".".join(["AAAA"] * count)):
        assert HS.verify(text, NOW).status == "E_TOKEN_FORMAT"
        assert jws_verify(pinned(Alg.HS256), None, text).status == "E_TOKEN_FORMAT"


def test_19_empty_segments() -> None:
    header, payload, signature = honest(Alg.HS256).split(".")
    for text in ("..", f".{payload}.{signature}", f"..{signature}", f"{header}.{payload}."):
        assert HS.verify(text, NOW).status == "E_TOKEN_FORMAT"
    assert HS.verify("", NOW).status == "E_TOKEN_FORMAT"


@pytest.mark.parametrize("around", ["{}", "a{}", "{}a"])
def test_19_a_million_dots(around: str) -> None:
    text = around.format("." * 1_000_000).encode()
    assert HS.verify_once(text, NOW).status == "E_TOKEN_SIZE"
    start = time.process_time()
    for _ in range(100):
        assert LARGE.verify_once(text, NOW).status == "E_TOKEN_FORMAT"
    # A hundred of them take less than any one could if each dot cost an allocation.
    assert time.process_time() - start < 2


def test_19_a_million_dots_in_bounded_memory() -> None:
    texts = ["." * 1_000_000, "a" * 500_000 + "." * 500_000, "." + "a" * 999_999, "a." * 500_000]
    # Honest tokens of the same size, to show that the memory suffices for them.
    padded = [honest(Alg.HS256, {**CLAIMS, "pad": "x" * 700_000})] * 5
    jwk = json.dumps({"kty": "oct", "k": b64url(stream("HS256", 64))})
    done = in_sealed_process(Alg.HS256, jwk, texts * 20 + padded)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == ["E_TOKEN_FORMAT"] * 80 + ["OK"] * 5


@pytest.mark.parametrize("size", [256, 1000, 16384])
def test_19_size_is_judged_first(size: int) -> None:
    verifying = verifier(Alg.HS256, size)
    for text in ("." * (size + 1), "\0" * (size + 1), "{" * (size + 1)):
        assert verifying.verify(text, NOW).status == "E_TOKEN_SIZE"
        assert verifying.verify(text[:-1], NOW).status == "E_TOKEN_FORMAT"
    forged = token({"alg": "HS256"}, CLAIMS, hmac_with(b"x"))
    exact = next(
        genuine
        for n in range(size)
        if len(genuine := honest(Alg.HS256, {**CLAIMS, "p": "x" * n})) >= size - 1
    )
    assert len(exact) <= size
    assert verifying.verify(exact, NOW).status == "OK"
    assert verifying.verify(exact + "AAA", NOW).status == "E_TOKEN_SIZE"
    assert verifying.verify(forged, NOW).status == "E_SIGNATURE"


def test_19_keys_and_webhooks_are_capped_too() -> None:
    assert Key.from_pem(Alg.RS256, "-" * 65537).status == "E_KEY_FORMAT"
    assert Key.from_der(Alg.RS256, b"\x30" * 65537).status == "E_KEY_FORMAT"
    assert Key.from_jwk(Alg.RS256, "[" * 65537).status == "E_KEY_FORMAT"
    dots = "." * 2_097_153
    assert jws_verify(pinned(Alg.HS256), None, dots).status == "E_TOKEN_SIZE"
    assert jws_verify(pinned(Alg.HS256), None, dots[:-1]).status == "E_TOKEN_FORMAT"
    assert inspect("." * 1_048_577).status == "E_TOKEN_SIZE"
    assert inspect("." * 1_048_576).status == "E_TOKEN_FORMAT"
