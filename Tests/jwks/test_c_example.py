"""examples/c/jwks.c: a C program that fetches keys with libcurl."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from keyserver import Answer, KeyServer, answers
from pinjwt import Algorithm, Key, KeySet, Policy, Signer

ROOT = Path(__file__).resolve().parents[2]
KEY = Key.generate(Algorithm.ES256)
POLICY = Policy(issuer="https://idp.example", audience="orders", lifetime=600)


@pytest.fixture(scope="module", name="program")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("c") / "jwks"
    build = ROOT / "build"
    warnings = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    link = [f"-I{build}/include", f"-L{build}/lib", "-lpinjwt", "-lcurl", f"-Wl,-rpath,{build}/lib"]
    source = ROOT / "examples" / "c" / "jwks.c"
    subprocess.run([os.environ.get("CC", "cc"), *warnings, str(source), "-o", str(path), *link], check=True)
    return path


def jwks(*keys: Key) -> str:
    found = KeySet()
    for key in keys:
        found.add(key)
    return found.to_jwks()


def run(program: Path, url: str, *tokens: str) -> subprocess.CompletedProcess[str]:
    text = "".join(f"{token}\n" for token in tokens)
    arguments = [str(program), url, "ES256", "https://idp.example", "orders"]
    return subprocess.run(arguments, input=text, capture_output=True, text=True, timeout=60)


def test_tokens_are_verified_with_one_fetch(program: Path, server: KeyServer) -> None:
    server.answer = answers(jwks(KEY))
    good, other = (
        Signer(POLICY, KEY).sign({"sub": "alice"}),
        Signer(POLICY, Key.generate(Algorithm.ES256)).sign({}),
    )
    result = run(program, server.url, good, other, good)
    lines = result.stdout.splitlines()
    assert lines[0].startswith('verified: {"sub":"alice",')
    assert lines[1].startswith("refused:  PINJWT_E_KEY_UNKNOWN: ")
    assert lines[2] == lines[0]
    assert (len(lines), result.returncode, server.count) == (3, 1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        answers("not found", 404),
        answers("x" * 2_000_000),
        answers("rubbish"),
        answers(b"", 302, Location="/elsewhere"),
    ],
    ids=["404", "too long", "rubbish", "redirect"],
)
def test_what_cannot_be_used(program: Path, server: KeyServer, answer: Answer) -> None:
    server.answer = answer
    result = run(program, server.url, Signer(POLICY, KEY).sign({}))
    assert result.stdout.startswith("refused:  PINJWT_E_KEY_SOURCE: ")
    assert (result.returncode, server.count) == (1, 1)


def test_a_server_that_does_not_answer(program: Path, server: KeyServer) -> None:
    server.answer = lambda handler: time.sleep(8)
    start = time.monotonic()
    result = run(program, server.url, Signer(POLICY, KEY).sign({}))
    assert result.stdout.startswith("refused:  PINJWT_E_KEY_SOURCE: ")
    assert time.monotonic() - start < 7


def test_https_only(program: Path) -> None:
    for url in ("http://idp.example/keys", "file:///etc/passwd"):
        result = run(program, url)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("PINJWT_E_ARGUMENT: ")
