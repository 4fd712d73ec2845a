"""Colours, and what must never reach a terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jwt
import pytest

from tool import REFUSED, SECRET, USAGE, done, forged, now, on_terminal, private_file, run

HS = ("--alg", "HS256")
RED = b"\x1b[1;31m"

HOSTILE = {
    "escape": "\x1b[2J\x1b]0;owned\x07\x1b[31m",
    "controls": "".join(map(chr, range(0x20))) + "\x7f",
    "c1": "".join(map(chr, range(0x80, 0xA0))),
    "bidi": "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "invisible": "\u200b\u2060\ufeff\u00ad\U000e0041\u2028\u2029",
    "\x1b[1A\u202ename": "\r\n\x1b[K",
}
FORBIDDEN = {scalar for text in [*HOSTILE, *HOSTILE.values()] for scalar in text if not scalar.isascii()} | {
    chr(code) for code in range(0x20) if chr(code) != "\n"
}
COMMANDS = [[], ["--json"], ["--color", "always"]]


def plain(text: str) -> str:
    """The text without the colours that the tool itself prints."""
    return re.sub(r"\x1b\[[0-9;]+m", "", text) if "\x1b" in text else text


@pytest.fixture(name="secret")
def made_secret(tmp_path: Path) -> Path:
    return private_file(tmp_path / "secret", SECRET)


@pytest.mark.parametrize("options", COMMANDS)
@pytest.mark.parametrize("escaped", [True, False])
def test_decode_never_prints_them(options: list[str], escaped: bool) -> None:
    # JSON has the control characters below U+0020 only as escapes.
    text = json.dumps({**HOSTILE, "exp": 1}, ensure_ascii=escaped).encode()
    for token in (forged({"alg": "HS256"}, text), forged(b'{"alg":"HS256",' + text[1:], {})):
        printed = plain(done("decode", token, *options))
        assert not FORBIDDEN & set(printed)
        assert r"\u001b[2J\u001b]0;owned\u0007\u001b[31m" in printed
        assert r"\u202e" in printed
        assert r"\u009b" in printed
        assert r"\udb40\udc41" in printed


@pytest.mark.parametrize("options", COMMANDS)
def test_verify_never_prints_them(secret: Path, options: list[str]) -> None:
    token = jwt.encode({**HOSTILE, "exp": now() + 60}, SECRET, "HS256")
    printed = plain(done("verify", "--key", secret, *HS, *options, token))
    assert not FORBIDDEN & set(printed)
    payload = json.loads(printed)
    assert {name: payload.get("payload", payload)[name] for name in HOSTILE} == HOSTILE


def test_refusals_never_print_them(secret: Path) -> None:
    for text in HOSTILE.values():
        for token in (
            jwt.encode({"iss": text, "exp": now() + 60}, SECRET, "HS256"),
            forged({"alg": text}, {}),
            forged({"alg": "HS256", "typ": text}, {}),
            text.replace("\0", ""),
        ):
            result = run("verify", "--key", secret, *HS, "--iss", "me", token)
            assert result.status == REFUSED
            assert not FORBIDDEN & set(result.err)


def test_wrong_usage_never_prints_them(tmp_path: Path) -> None:
    for text in ("\x1b[2J", "\u202e", "\x9b31m"):
        for arguments in (
            ["decode", "a.b.c", text],
            [text],
            ["keygen", "--alg", text],
            ["key", "inspect", text],
        ):
            result = run(*arguments)
            assert result.status == USAGE
            assert not FORBIDDEN & set(result.err)


def test_files_with_hostile_names(tmp_path: Path) -> None:
    result = run("keygen", "--out", tmp_path / "\x1b[2Jkey")
    assert not FORBIDDEN & set(result.out)
    result = run("keygen", "--out", tmp_path / "\x1b[2Jkey")
    assert result.status == USAGE
    assert not FORBIDDEN & set(result.err)
    assert run("key", "inspect", tmp_path / "a\nrefused: b").err.count("\n") == 1


# Colours.


def test_pipes_have_no_colours(secret: Path) -> None:
    token = jwt.encode({"exp": now() + 60}, SECRET, "HS256")
    for arguments in (
        ["decode", token],
        ["verify", "--key", secret, *HS, token],
        ["verify", "--key", secret, *HS, "x"],
        ["key", "inspect", secret, *HS],
        ["keygen"],
        ["bogus"],
        ["--help"],
    ):
        result = run(*arguments)
        assert "\x1b" not in result.out + result.err


def test_a_terminal_has_colours(secret: Path) -> None:
    token = jwt.encode({"exp": now() + 60, "n": 1, "ok": True}, SECRET, "HS256")
    status, seen = on_terminal("decode", token)
    assert status == 0
    assert seen.startswith(RED + b"NOT VERIFIED: ")
    assert b'\x1b[36m"n"\x1b[0m: \x1b[33m1\x1b[0m' in seen
    assert b"\x1b[35mtrue\x1b[0m" in seen
    status, seen = on_terminal("verify", "--key", secret, *HS, token)
    assert status == 0
    assert b'\x1b[36m"n"\x1b[0m' in seen
    status, seen = on_terminal("verify", "--key", secret, *HS, "x")
    assert status == REFUSED
    assert seen.startswith(RED + b"refused:\x1b[0m E_TOKEN_FORMAT")
    assert b"\x1b[36mkind\x1b[0m" in on_terminal("key", "inspect", secret, *HS)[1]


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"NO_COLOR": "0"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours(extra: dict[str, str]) -> None:
    _, seen = on_terminal("decode", forged({"alg": "none"}, {}), extra=extra)
    assert b"\x1b" not in seen
    assert seen.startswith(b"NOT VERIFIED: ")


def test_an_empty_no_color_says_nothing() -> None:
    assert b"\x1b" in on_terminal("decode", forged({"alg": "none"}, {}), extra={"NO_COLOR": ""})[1]


def test_the_option_has_the_last_word() -> None:
    token = forged({"alg": "none"}, {})
    assert b"\x1b" in on_terminal("decode", token, "--color", "always", extra={"NO_COLOR": "1"})[1]
    assert b"\x1b" not in on_terminal("decode", token, "--color", "never")[1]
    assert "\x1b" in run("decode", token, "--color", "always").out
    assert "\x1b" not in run("decode", token, "--color", "auto").out
    assert "\x1b" not in run("decode", token, "--color", "always", "--json").out
    assert run("decode", token, "--color", "sometimes").status == USAGE


@pytest.mark.parametrize(
    "arguments", [["key", "public"], ["key", "convert", "--private", "--to", "jwk"], ["jwks", "from"]]
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_hostile_kid_stays_text(tmp_path: Path, arguments: list[str], options: list[str]) -> None:
    kid = "\x9b31m\u202eevil\u200b"
    path = tmp_path / "key.jwk"
    done("keygen", "--kid", kid, "--out", path, "--json")
    key = json.loads(path.read_text())
    assert key["kid"] == kid
    out = done(*arguments, *options, path)
    assert not set("\x9b\u202e\u200b") & set(out)
    shown = json.loads(out)
    assert shown.get("keys", [shown])[0]["kid"] == kid


def test_lint_as_json_stays_text() -> None:
    out = run("lint", "--json", "--claims", "-", stdin='{"\x9b31m\u202e":{"password":"x"}}'.encode()).out
    assert not set("\x9b\u202e") & set(out)
