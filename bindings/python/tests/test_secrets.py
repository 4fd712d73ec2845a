"""No copy of a secret is left behind: the memory of a process is looked through (memory_scan.py)."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import pinjwt

MASK = 0x5A
PROGRAM = Path(__file__).with_name("memory_scan.py")

# Long ones, and a needle from their middle: memory that was only freed loses its ends first.
SECRET = os.urandom(240)
MIDDLE = SECRET[120:152]
TEXT = base64.urlsafe_b64encode(SECRET)
JWK = json.dumps({"kty": "oct", "x": "x" * 3000, "k": TEXT.decode(), "y": "y" * 3000}).encode()
PASSWORD = base64.urlsafe_b64encode(os.urandom(144))
URL = b"redis://:" + PASSWORD + b"@127.0.0.1:1/?deadline_ms=200"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
DER = RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
#: The prime p in the byte order of DER.
PRIME = RSA.private_numbers().p.to_bytes(128, "big")


def masked(data: bytes) -> str:
    return bytes(byte ^ MASK for byte in data).hex()


def scan(scenario: str, secret: bytes, needle: bytes, folder: Path) -> tuple[int, int, int]:
    """Run a scenario; the counts before it, while its key is there, and after all is gone."""
    run = subprocess.run(
        [sys.executable, "-B", PROGRAM, scenario],
        input=json.dumps({"secret": masked(secret), "needle": masked(needle)}),
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(pinjwt.__file__).parents[1]),
            "FOLDER": str(folder),
        },
    )
    assert run.returncode == 0, run.stderr
    before, during, after = map(int, run.stdout.split())
    return before, during, after


@pytest.mark.parametrize(
    ("scenario", "secret", "needle"),
    [
        ("from_secret", SECRET, MIDDLE),
        ("from_secret_view", SECRET, MIDDLE),
        ("from_secret_part", SECRET, MIDDLE),
        ("signing", SECRET, MIDDLE),
        ("from_jwk", JWK, MIDDLE),
        ("from_jwk", JWK, TEXT[160:200]),
        ("from_pem", PEM, PEM[200:260]),
        ("from_pem", PEM, PRIME),
        ("from_der", DER, PRIME),
        ("passphrase", SECRET, MIDDLE),
        ("refused", SECRET, MIDDLE),
        ("pepper", SECRET, MIDDLE),
        ("store_url", URL, PASSWORD[80:112]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_left_when_the_key_is_gone(
    scenario: str, secret: bytes, needle: bytes, tmp_path: Path
) -> None:
    assert needle in secret or scenario in ("from_jwk", "from_pem")
    before, _, after = scan(scenario, secret, needle, tmp_path)
    # The secret's own bytearray is there before, and has been wiped after.
    assert before == (needle in secret)
    assert after == 0


def test_while_the_key_is_there_only_the_library_has_it(tmp_path: Path) -> None:
    # In guarded memory, and in libcrypto's context for HMAC at most.
    assert 1 <= scan("from_secret", SECRET, MIDDLE, tmp_path)[1] <= 2


@pytest.mark.parametrize(
    ("scenario", "secret", "needle"),
    [("kept", SECRET, MIDDLE), ("text", JWK, TEXT[160:200]), ("written", JWK, TEXT[160:200])],
    ids=["kept", "text", "written"],
)
def test_a_copy_that_the_program_keeps_is_found_and_no_other(
    scenario: str, secret: bytes, needle: bytes, tmp_path: Path
) -> None:
    assert scan(scenario, secret, needle, tmp_path)[2] == 1
