"""The program as a whole: exit statuses, help, manual, completions, what it needs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tool import DONE, PATH, ROOT, USAGE, environment, run

SUBCOMMANDS = ["keygen", "key", "jwks", "sign", "verify", "decode", "lint", "sessions"]
LEAVES = [
    "keygen",
    *(f"key {name}" for name in ("inspect", "convert", "public", "thumbprint")),
    *(f"jwks {name}" for name in ("from", "new", "publish", "list", "rotate", "remove")),
    "sign",
    "verify",
    "decode",
    "lint",
    *(f"sessions {name}" for name in ("list", "revoke", "purge", "stats")),
]
SHARE = ROOT / "build" / "share"


def test_version() -> None:
    header = (ROOT / "include" / "pinjwt.h").read_text()
    numbers = re.findall(r"#define PINJWT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header)
    result = run("--version")
    assert (result.status, result.out, result.err) == (DONE, f"pinjwt {'.'.join(numbers)}\n", "")


@pytest.mark.parametrize("command", ["", *SUBCOMMANDS, *LEAVES])
def test_help(command: str) -> None:
    result = run(*command.split(), "--help")
    assert (result.status, result.err) == (DONE, "")
    assert result.out.startswith("OVERVIEW: ")
    assert max(map(len, result.out.splitlines())) <= 80
    assert run("help", *command.split()).out == result.out


def test_help_names_only_what_there_is() -> None:
    named = re.findall(r"^  (\w+) {2,}\w", run("--help").out.partition("SUBCOMMANDS:")[2], re.MULTILINE)
    assert named == SUBCOMMANDS


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["--bogus"],
        ["keygen", "--bogus"],
        ["keygen", "extra"],
        ["keygen", "--alg"],
        ["keygen", "--format", "der"],
        ["key", "bogus"],
        ["key", "inspect"],
        ["key", "convert", "-"],
        ["key", "convert", "-", "--to", "der"],
        ["sign"],
        ["sign", "--key"],
        ["sign", "--key", "x", "--ring", "y"],
        ["verify", "a.b.c"],
        ["verify", "--key", "x", "--jwks", "y", "a.b.c"],
        ["verify", "--jwks", "-", "-"],
        ["jwks", "from"],
        ["jwks", "new"],
        ["jwks", "new", "x", "--cost", "cheap"],
        ["jwks", "remove", "x"],
        ["lint", "--claims", "x", "a.b.c"],
        ["verify", "--key", "x", "a.b.c", "d.e.f"],
        ["verify", "--key", "x", "--max-size", "many", "a.b.c"],
        ["decode", "a.b.c", "d.e.f"],
        ["--generate-completion-script", "csh"],
    ],
)
def test_wrong_usage(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.status, result.out) == (USAGE, "")
    assert result.err.startswith("error: ")
    as_json = run(*arguments, "--json")
    assert as_json.status == USAGE
    if arguments[-1] != "--alg":
        assert as_json.json()["status"] == "E_USAGE"


def test_json_behind_the_terminator_is_no_option() -> None:
    result = run("decode", "--", "--json")
    assert result.status == 1
    assert result.err.startswith("refused: ")


def test_it_needs_no_swift() -> None:
    needed = subprocess.run(["ldd", PATH], check=True, capture_output=True, text=True).stdout
    names = set(re.findall(r"(lib[\w+]+|ld-linux[\w-]*)(?=[.-])", needed))
    assert names <= {"libc", "libm", "libstdc++", "libgcc_s", "libcrypto", "libsodium", "ld-linux-x86-64"}, (
        names
    )


def test_the_manual_has_every_command_and_option() -> None:
    page = (SHARE / "man" / "man1" / "pinjwt.1").read_text().replace("\\-", "-")
    for command in LEAVES:
        assert f".SS pinjwt {command}\n" in page
        for option in re.findall(r"^  (--[\w-]+)", run(*command.split(), "--help").out, re.MULTILINE):
            assert f"\\fB{option}\\fR" in page
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT"):
        assert f".SH {section}\n" in page


def completions(words: list[str]) -> list[str]:
    """What bash offers for the last word."""
    script = SHARE / "bash-completion" / "completions" / "pinjwt"
    program = f"""
      source '{script}'
      COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
      COMP_CWORD={len(words) - 1} COMP_LINE='{" ".join(words)}' COMP_POINT={len(" ".join(words))}
      "$(complete -p pinjwt | sed 's/.*-F \\([^ ]*\\).*/\\1/')" pinjwt '{words[-1]}' '{words[-2]}' 2>/dev/null
      printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    ended = subprocess.run(
        ["bash", "-c", program], check=True, capture_output=True, text=True, env=environment()
    )
    return [word.strip() for word in ended.stdout.splitlines()]


def test_bash_completes() -> None:
    assert set(SUBCOMMANDS) <= set(completions(["pinjwt", ""]))
    assert "--public-out" in completions(["pinjwt", "keygen", "--p"])
    assert "EdDSA" in completions(["pinjwt", "keygen", "--alg", "Ed"])
    assert {"inspect", "convert", "public", "thumbprint"} <= set(completions(["pinjwt", "key", ""]))


def test_the_other_completions_name_every_command() -> None:
    for path in ("zsh/site-functions/_pinjwt", "fish/vendor_completions.d/pinjwt.fish"):
        text = (SHARE / path).read_text()
        for command in SUBCOMMANDS:
            assert command in text


def test_input_that_is_closed(tmp_path: Path) -> None:
    ended = subprocess.run(f"'{PATH}' decode <&-", shell=True, capture_output=True, text=True)
    assert ended.returncode == USAGE
    assert "Standard input cannot be read: Bad file descriptor." in ended.stderr
