"""Rows 16 to 24 and 35: tokens that are malformed, hostile to a parser, or read in two ways."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from forge import CLAIMS, NOW, SECRET, b64, compact, honest, hs, raw, status, token

HEADER = b'{"alg":"HS256","typ":"JWT"}'
EXP = b'"exp":' + str(NOW + 600).encode()


def with_header(text: bytes) -> str:
    return status(raw(text, compact(CLAIMS), hs()))


def with_payload(text: bytes, **settings: Any) -> str:
    return status(raw(HEADER, text, hs()), **settings)


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "a\0b", "x" * 8000, "\u2028"])
def test_16_kid_is_only_a_name(kid: str) -> None:
    assert status(honest(kid=kid)) == "OK"


@pytest.mark.parametrize("kid", [1, None, [], {}, True])
def test_16_kid_must_be_a_string(kid: Any) -> None:
    assert status(token({"alg": "HS256", "kid": kid}, CLAIMS, hs())) == "E_HEADER"


def test_16_a_kid_of_100_kilobytes() -> None:
    assert status(honest(kid="k" * 100_000)) == "E_TOKEN_SIZE"


def test_17_the_json_serialisation() -> None:
    header, payload, signature = honest().split(".")
    general = {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}
    flattened = {"payload": payload, "protected": header, "signature": signature}
    for form in (general, flattened, {"payload": payload, "signatures": []}, {}, [honest()], honest()):
        assert status(json.dumps(form)) == "E_TOKEN_FORMAT"
    polyglot = '{"a":"' + honest() + '"}'
    assert status(polyglot) == "E_TOKEN_FORMAT"


def segments(index: int, change: Any) -> str:
    """An otherwise honest token; segments 0 and 1 are signed as they are sent."""
    parts = honest().split(".")
    parts[index] = change(parts[index])
    if index < 2:
        parts[2] = b64(hs()(f"{parts[0]}.{parts[1]}".encode()))
    return ".".join(parts)


def stray_bits(text: str) -> str:
    """The same bytes in another text: bits behind the last byte set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4, "the segment must end within a group"
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize(
    "change",
    [
        lambda s: s + "=" * (-len(s) % 4 or 4),
        lambda s: s + "=",
        lambda s: s + " ",
        lambda s: " " + s,
        lambda s: s + "\n",
        lambda s: s[:3] + "\r\n" + s[3:],
        lambda s: s[:5] + "+" + s[6:],
        lambda s: s[:5] + "/" + s[6:],
        lambda s: s[:5] + "\0" + s[6:],
        lambda s: s[:5] + "\u00e9" + s[6:],
        lambda s: s[:5] + "%" + s[6:],
        lambda s: s[: len(s) // 4 * 4] + "A",
        stray_bits,
    ],
)
def test_18_base64url_in_another_form(index: int, change: Any) -> None:
    claims = {**CLAIMS, "pad": ""}
    while len(b64(compact(claims))) % 4 == 0:
        claims["pad"] += "x"
    header = {"alg": "HS256", "typ": "JWT", "x": ""}
    while len(b64(compact(header))) % 4 == 0:
        header["x"] += "x"
    parts = token(header, claims, hs()).split(".")
    assert status(".".join(parts)) == "OK"
    parts[index] = change(parts[index])
    if index < 2:
        parts[2] = b64(hs()(f"{parts[0]}.{parts[1]}".encode()))
    assert status(".".join(parts)) == "E_TOKEN_FORMAT"


@pytest.mark.parametrize("text", ["", "a", ".", "..", "...", "a.b", "a.b.c.d", "a.b.c.d.e", "." * 16000])
def test_19_another_number_of_parts(text: str) -> None:
    assert status(text) == "E_TOKEN_FORMAT"


def test_19_a_million_dots_cost_nothing() -> None:
    start = time.process_time()
    for _ in range(100):
        assert status("." * 1_000_000) == "E_TOKEN_SIZE"
        assert status("." * 1_000_000, max_token_size=1_048_576) == "E_TOKEN_FORMAT"
    # A guard against hanging, not a measure.
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"HS256","alg":"HS256"}',
        b'{"alg":"none","alg":"HS256"}',
        b'{"alg":"HS256","\\u0061lg":"none"}',
        b'{"\\u0061\\u006c\\u0067":"none","alg":"HS256"}',
        b'{"alg":"HS256","x":{"y":1,"y":2}}',
        b'{"alg":"HS256","x":[[{"y":1,"\\u0079":2}]]}',
    ],
)
def test_20_members_twice_in_the_header(header: bytes) -> None:
    assert with_header(header) == "E_HEADER"


@pytest.mark.parametrize(
    "members",
    [
        b'"sub":"a","sub":"b"',
        b'"sub":"a","\\u0073ub":"b"',
        b'"a":{"b":{"c":1,"c":1}}',
        b'"a":[{"b":1},{"b":1,"b":1}]',
        b",".join(b'"m%d":0' % n for n in range(100)) + b',"m57":1',
    ],
)
def test_20_members_twice_in_the_payload(members: bytes) -> None:
    assert with_payload(b"{" + EXP + b"," + members + b"}") == "E_CLAIMS_FORMAT"


def test_20_the_same_name_in_two_objects_is_no_duplicate() -> None:
    assert with_payload(b"{" + EXP + b',"a":{"b":1},"c":{"b":1,"a":{"b":2}}}') == "OK"


def test_20_many_members_in_bounded_time() -> None:
    members = b",".join(b'"%x":0' % (n * 7919 % 100003) for n in range(60_000))
    start = time.process_time()
    assert with_payload(b"{" + EXP + b"," + members + b"}", max_token_size=1_048_576) == "OK"
    assert time.process_time() - start < 5


def test_21_deep_nesting() -> None:
    for text in (b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000):
        assert (
            with_payload(b"{" + EXP + b',"x":' + text + b"}", max_token_size=1_048_576) == "E_CLAIMS_FORMAT"
        )
    assert with_header(b'{"alg":"HS256","x":' + b"[" * 5000 + b"]" * 5000 + b"}") == "E_HEADER"
    for depth, expected in ((63, "OK"), (64, "E_CLAIMS_FORMAT")):
        text = b"[" * depth + b"]" * depth
        assert with_payload(b"{" + EXP + b',"x":' + text + b"}") == expected


def test_21_a_token_of_two_megabytes() -> None:
    big = honest(claims={**CLAIMS, "pad": "x" * 2_000_000})
    assert status(big) == "E_TOKEN_SIZE"
    assert status(big, max_token_size=1_048_576) == "E_TOKEN_SIZE"


def test_21_a_number_of_5000_digits() -> None:
    assert with_payload(b"{" + EXP + b',"n":' + b"9" * 5000 + b"}") == "E_CLAIMS_FORMAT"
    assert with_payload(b'{"exp":' + b"9" * 5000 + b"}") == "E_CLAIMS_FORMAT"
    assert with_payload(b"{" + EXP + b',"n":' + b"9" * 128 + b"}") == "OK"


ILL_FORMED = [
    b'"\xff"',
    b'"\xc0\xaf"',
    b'"\xc1\xbf"',
    b'"\xe0\x80\xaf"',
    b'"\xed\xa0\x80"',
    b'"\xf0\x80\x80\xaf"',
    b'"\xf4\x90\x80\x80"',
    b'"\xf8\x88\x80\x80\x80"',
    b'"\xe2\x82"',
    b'"\x80"',
    b'"\\ud800"',
    b'"\\udc00"',
    b'"\\ud800\\ud800"',
    b'"\\ud800x"',
    b'"\\udc00\\ud800"',
    b'"a\0b"',
    b'"a\nb"',
    b'"a\x1fb"',
    b'"\\x41"',
    b'"\\u12"',
    b'"\\u12g4"',
    b"'a'",
    b'"a',
    b"01",
    b"+1",
    b"1.",
    b".5",
    b"1e",
    b"0x10",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"True",
    b"nul",
    b"[1,]",
    b'{"a":1,}',
    b"{1:2}",
    b'{"a" 1}',
    b"[1 2]",
    b"[",
    b"}",
    b"",
    b"1 // c",
    b"/* c */ 1",
    b"\xe2\x80\xa81",
]


@pytest.mark.parametrize("value", ILL_FORMED)
def test_22_what_is_no_json(value: bytes) -> None:
    assert with_payload(b"{" + EXP + b',"x":' + value + b"}") == "E_CLAIMS_FORMAT"
    assert with_header(b'{"alg":"HS256","x":' + value + b"}") == "E_HEADER"


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf{%b}",
        b"{%b}\0",
        b"{%b}x",
        b"{%b}{}",
        b"{%b} // comment",
        b"\x0b{%b}",
        b"[{%b}]",
    ],
)
def test_22_what_stands_around_the_object(text: bytes) -> None:
    assert with_payload(text % EXP) == "E_CLAIMS_FORMAT"
    assert with_header(text % b'"alg":"HS256"') == "E_HEADER"


def test_22_utf16() -> None:
    assert with_payload(json.dumps(CLAIMS).encode("utf-16")) == "E_CLAIMS_FORMAT"
    assert with_header(json.dumps({"alg": "HS256"}).encode("utf-16-le")) == "E_HEADER"


def test_22_blanks_around_the_object_are_json() -> None:
    assert with_payload(b" \t\r\n{ " + EXP + b" }\n") == "OK"


@pytest.mark.parametrize("text", [b"[]", b'"text"', b"1", b"null", b"true", b"", b" ", b'["exp"]'])
def test_23_a_payload_that_is_no_object(text: bytes) -> None:
    assert with_payload(text) == "E_CLAIMS_FORMAT"


@pytest.mark.parametrize("text", [b"[]", b'"HS256"', b"1", b"null", b'["alg"]'])
def test_23_a_header_that_is_no_object(text: bytes) -> None:
    assert with_header(text) == "E_HEADER"


@pytest.mark.parametrize(
    "members",
    [
        {"crit": ["unknown"], "unknown": 1},
        {"crit": []},
        {"crit": "exp"},
        {"crit": None},
        {"crit": {}},
        {"crit": [1]},
        {"crit": ["alg"]},
        {"crit": ["unknown", "unknown"], "unknown": 1},
        {"crit": ["unknown"]},
        {"crit": ["b64"], "b64": False},
        {"crit": ["b64"], "b64": True},
        {"b64": False},
        {"b64": None},
        {"b64": "true"},
    ],
)
def test_24_critical_extensions(members: dict[str, Any]) -> None:
    assert status(token({"alg": "HS256", **members}, CLAIMS, hs())) == "E_CRITICAL"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": []},
        {"aud": {}},
        {"aud": None},
        {"aud": [None]},
        {"aud": [[]]},
        {"exp": {}},
        {"exp": []},
        {"iss": []},
        {"sub": {}},
        {"jti": [1]},
        {"nbf": ""},
        {"iat": False},
    ],
)
def test_35_no_content_ends_the_process(claims: dict[str, Any]) -> None:
    assert status(honest(claims={**CLAIMS, **claims})) == "E_CLAIM_INVALID"
    assert status(token({"alg": "HS256"}, {**CLAIMS, **claims}, hs(SECRET[:32]))) == "E_SIGNATURE"
