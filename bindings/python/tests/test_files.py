"""Keys in files and in the environment."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pinjwt
from pinjwt import Algorithm, Key

SECRET = os.urandom(32)
TEXT = base64.urlsafe_b64encode(SECRET).rstrip(b"=")
PRIVATE = Key.generate(Algorithm.ES256)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def create(content: bytes | str, mode: int = 0o600) -> Path:
        path = tmp_path / "key"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path

    return create


def secret_of(key: Key) -> bytes:
    text: str = json.loads(key.to_jwk(private=True))["k"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_forms_are_told_apart(write: Write, mode: int) -> None:
    assert Key.from_file(Algorithm.ES256, write(PRIVATE.to_pem(private=True), mode)).id == PRIVATE.id
    named = PRIVATE.with_id("mine")
    assert Key.from_file(Algorithm.ES256, write(named.to_jwk(private=True), mode)).id == "mine"
    der = base64.b64decode("".join(PRIVATE.to_pem(private=True).splitlines()[1:-1]))
    assert Key.from_file(Algorithm.ES256, str(write(der, mode))).can_sign


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_secret_in_base64url_or_as_text_may_end_in_a_newline(write: Write, end: bytes) -> None:
    assert secret_of(Key.from_file(Algorithm.HS256, write(b"base64url:" + TEXT + end))) == SECRET
    text = base64.b64encode(os.urandom(40))
    assert secret_of(Key.from_file(Algorithm.HS256, write(text + end))) == text


def test_a_newline_counts_in_other_bytes(write: Write) -> None:
    for secret in (b"\xff" + SECRET, b"\xff" + SECRET + b"\n", b"\xff" + SECRET + b"\r\n"):
        assert secret_of(Key.from_file(Algorithm.HS256, write(secret))) == secret


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o620, 0o666, 0o602])
def test_what_can_sign_must_be_the_owners_alone(write: Write, mode: int) -> None:
    for algorithm, content in (
        (Algorithm.ES256, PRIVATE.to_pem(private=True)),
        (Algorithm.HS256, b"base64url:" + TEXT),
    ):
        with pytest.raises(pinjwt.InputOutputError) as caught:
            Key.from_file(algorithm, write(content, mode))
        assert caught.value.status is pinjwt.Status.E_IO
        assert "chmod 600" in caught.value.message
        assert TEXT.decode() not in caught.value.message
        assert Key.from_file(algorithm, write(content, 0o600)).can_sign


def test_a_public_key_may_be_read_but_not_written_by_others(write: Write) -> None:
    assert Key.from_file(Algorithm.ES256, write(PRIVATE.to_pem(), 0o644)).id == PRIVATE.id
    with pytest.raises(pinjwt.InputOutputError):
        Key.from_file(Algorithm.ES256, write(PRIVATE.to_pem(), 0o646))


def test_links_are_followed(write: Write, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(write(PRIVATE.to_pem(private=True)))
    assert Key.from_file(Algorithm.ES256, tmp_path / "link").can_sign
    write(PRIVATE.to_pem(private=True), 0o644)
    with pytest.raises(pinjwt.InputOutputError):
        Key.from_file(Algorithm.ES256, tmp_path / "link")


def test_what_is_no_file(tmp_path: Path, write: Write) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none", tmp_path, tmp_path / "pipe", "/dev/null", tmp_path / "none" / "key"):
        with pytest.raises(pinjwt.InputOutputError):
            Key.from_file(Algorithm.ES256, path)
    with pytest.raises(pinjwt.InputOutputError):
        Key.from_file(Algorithm.HS256, write(b"x" * 65537))
    with pytest.raises(pinjwt.InvalidKeyError):
        Key.from_file(Algorithm.HS256, write(b""))


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("", pinjwt.ArgumentError),
        ("/tmp/a\0b", pinjwt.ArgumentError),
        ("x" * 5000, pinjwt.ArgumentError),
        (None, TypeError),
        (3, TypeError),
    ],
)
def test_paths_that_are_none(path: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        Key.from_file(Algorithm.ES256, path)  # type: ignore[arg-type]


def test_a_path_of_other_bytes_than_utf8(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")
    Path(path).write_text(PRIVATE.to_pem())
    assert Key.from_file(Algorithm.ES256, path).id == PRIVATE.id
    os.unlink(path)
    with pytest.raises(pinjwt.InputOutputError) as caught:
        Key.from_file(Algorithm.ES256, path)
    assert caught.value.message.isascii()


@pytest.mark.parametrize(
    "content",
    [
        "base64url:",
        "base64url:AAAA",
        "base64url:!!!",
        "base64url:" + TEXT.decode() + "=",
        PRIVATE.to_pem(),
        "{}",
    ],
)
def test_what_is_no_secret_is_refused(write: Write, content: str) -> None:
    with pytest.raises(pinjwt.InvalidKeyError):
        Key.from_file(Algorithm.HS256, write(content))


def test_keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINJWT_TEST_KEY", "base64url:" + TEXT.decode())
    assert secret_of(Key.from_env(Algorithm.HS256, "PINJWT_TEST_KEY")) == SECRET
    monkeypatch.setenv("PINJWT_TEST_KEY", PRIVATE.to_pem(private=True))
    assert Key.from_env(Algorithm.ES256, "PINJWT_TEST_KEY").id == PRIVATE.id
    assert os.environ["PINJWT_TEST_KEY"] == PRIVATE.to_pem(private=True)
    monkeypatch.setenv("PINJWT_TEST_KEY", PRIVATE.with_id("mine").to_jwk(private=True))
    assert Key.from_env(Algorithm.ES256, "PINJWT_TEST_KEY").id == "mine"
    monkeypatch.setenv("PINJWT_TEST_KEY", "")
    with pytest.raises(pinjwt.InputOutputError):
        Key.from_env(Algorithm.HS256, "PINJWT_TEST_KEY")
    monkeypatch.delenv("PINJWT_TEST_KEY")
    for name, error in (
        ("PINJWT_TEST_KEY", pinjwt.InputOutputError),
        ("", pinjwt.ArgumentError),
        ("A\0B", pinjwt.ArgumentError),
        (None, TypeError),
        (b"HOME", TypeError),
    ):
        with pytest.raises(error):
            Key.from_env(Algorithm.HS256, name)  # type: ignore[arg-type]


def test_a_file_of_another_user_is_refused(write: Write) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path = write(PRIVATE.to_pem(private=True))
    os.chown(path, 12345, 12345)
    with pytest.raises(pinjwt.InputOutputError):
        Key.from_file(Algorithm.ES256, path)


def test_roots_file_may_be_readable_by_its_group(write: Write) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs a file of root's")
    assert Key.from_file(Algorithm.ES256, write(PRIVATE.to_pem(private=True), 0o640)).can_sign


def test_a_variable_of_the_process_that_was_started(tmp_path: Path) -> None:
    program = "import pinjwt; print(pinjwt.Key.from_env(pinjwt.Algorithm.HS256, 'SIGNING_KEY'))"
    source = Path(pinjwt.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(source), "SIGNING_KEY": "base64url:" + TEXT.decode()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "<pinjwt.Key HS256 kid=''>\n"
