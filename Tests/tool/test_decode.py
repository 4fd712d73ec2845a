"""pinjwt decode."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tool import REFUSED, done, forged, now, run

WARNING = "NOT VERIFIED: no signature was checked, so anyone can have written this."
HEADER = {"alg": "HS256", "typ": "JWT"}


def shown(payload: Any, header: Any = None) -> str:
    return done("decode", forged(header or HEADER, payload))


def test_the_whole_page() -> None:
    token = forged(
        {"alg": "ES256", "jku": "https://evil.example"}, {"sub": "a", "aud": ["x", "y"], "o": {"a": []}}
    )
    assert done("decode", token).splitlines() == [
        WARNING,
        "",
        "Header",
        "{",
        '  "alg": "ES256",',
        '  "jku": "https://evil.example"',
        "}",
        "",
        "Payload",
        "{",
        '  "sub": "a",',
        '  "aud": ["x", "y"],',
        '  "o": {',
        '    "a": []',
        "  }",
        "}",
        "",
        "Signature",
        "6 bytes",
        "",
        "Warnings",
        "- The header brings or points to its own key (jku), which must never be used.",
        "- The payload has no exp: the token would never expire.",
    ]


def test_it_says_first_that_nothing_is_verified() -> None:
    for token in (forged(HEADER, {"exp": 1}), forged({"alg": "none"}, {}, b""), forged({}, b"no json")):
        assert done("decode", token).splitlines()[0] == WARNING
        assert json.loads(done("decode", token, "--json"))["warnings"][0] == "Nothing here has been verified."


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (-5, r"expired \d+ s ago"),
        (-185, r"expired 3 min ago"),
        (-4000, r"expired 1 h 6 min ago"),
        (-36000, r"expired 10 h ago"),
        (-864_000, r"expired 10 days ago"),
        (-100_000_000, r"expired 3 years ago"),
        (750, r"in 12 min"),
        (7300, r"in 2 h 1 min"),
        (3650, r"in 1 h"),
        (200_000, r"in 2 days"),
    ],
)
def test_how_far_exp_is(offset: int, words: str) -> None:
    line = re.search(r'"exp": \d+  // (.*)', shown({"exp": now() + offset}))
    assert line
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC, {words}", line[1]), line[1]


def test_dates() -> None:
    text = shown(
        {"iat": 1_700_000_000, "exp": 4_102_444_799.9, "nbf": 0, "auth_time": 951_782_400, "updated_at": 1}
    )
    assert re.search(r"2023-11-14 22:13:20 UTC, \d years ago", text)
    assert "2099-12-31 23:59:59 UTC, in" in text
    assert "1970-01-01 00:00:00 UTC, " in text
    assert "2000-02-29 00:00:00 UTC, " in text
    assert "1970-01-01 00:00:01 UTC, " in text
    assert len({line.index("//") for line in text.splitlines() if "//" in line}) == 1


@pytest.mark.parametrize("value", [-1, 253_402_300_800, "1700000000", 1e99, None, True, [1], 10**30])
def test_what_is_no_time_has_no_date(value: Any) -> None:
    text = shown({"exp": value, "n": 1_700_000_000})
    assert "UTC" not in text
    assert "The payload's exp is not a time in Unix seconds." in text


def test_the_last_second() -> None:
    assert "9999-12-31 23:59:59 UTC" in shown({"exp": 253_402_300_799})


def test_times_are_known_by_their_decoded_name() -> None:
    text = shown(b'{"\\u0065xp":1700000000}')
    assert '"exp": 1700000000  // 2023-11-14 22:13:20 UTC' in text


def test_json() -> None:
    payload = b'{"sub":"a","n":1.50,"big":123456789012345678901234567890}'
    result = run("decode", forged({"alg": "none"}, payload, b""), "--json")
    answer = result.json()
    assert answer.keys() == {"header", "payload", "signature_bytes", "warnings"}
    assert answer["header"] == {"alg": "none"}
    assert answer["signature_bytes"] == 0
    assert '"n":1.50,"big":123456789012345678901234567890' in result.out
    assert len(answer["warnings"]) == 4


def test_a_payload_that_is_no_object() -> None:
    for payload in (b"text", b"", b"[1]", b'{"a":1,"a":2}', b"\xff"):
        token = forged(HEADER, payload)
        assert "Payload\nnull\n" in done("decode", token)
        assert run("decode", token, "--json").json()["payload"] is None


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("", "E_TOKEN_FORMAT"),
        ("a", "E_TOKEN_FORMAT"),
        ("a.b", "E_TOKEN_FORMAT"),
        ("a.b.c.d.e", "E_TOKEN_FORMAT"),
        ("e30=.e30.", "E_TOKEN_FORMAT"),
        (".e30.", "E_TOKEN_FORMAT"),
        ("W10.e30.", "E_HEADER"),
        ("eyJhbGciOiJub25lIg.e30.", "E_HEADER"),
    ],
)
def test_what_is_no_token(token: str, status: str) -> None:
    result = run("decode", token)
    assert (result.status, result.out) == (REFUSED, "")
    assert result.err.startswith(f"refused: {status}")
    assert run("decode", "--json", stdin=token.encode()).json()["status"] == status


def test_from_standard_input() -> None:
    token = forged(HEADER, {"sub": "alice"})
    assert '"alice"' in done("decode", stdin=f"Bearer {token}\n".encode())
    assert '"alice"' in done("decode", "-", stdin=token.encode())


def test_deep_nesting() -> None:
    deepest = b'{"a":' + b"[" * 63 + b"]" * 63 + b"}"
    assert done("decode", forged(HEADER, deepest)).count("[") == 63
    assert "Payload\nnull" in done("decode", forged(HEADER, b'{"a":' + b"[" * 64 + b"]" * 64 + b"}"))
    assert "Payload\nnull" in done("decode", stdin=forged(HEADER, b"[" * 300_000).encode())


def test_text_of_all_kinds() -> None:
    payload = {"a": 'q"b\\s/\n\t\r\b\f', "ü": "日本 👩‍👩‍👧 e\u0301", "": "", "k\n": 1}
    for raw in (json.dumps(payload).encode(), json.dumps(payload, ensure_ascii=False).encode()):
        text = done("decode", forged(HEADER, raw))
        assert r'"a": "q\"b\\s/\n\t\r\u0008\u000c"' in text
        assert '"ü": "日本 👩‍👩‍👧 e\u0301"' in text
        assert r'"k\n": 1' in text
        assert run("decode", forged(HEADER, raw), "--json").json()["payload"] == payload
