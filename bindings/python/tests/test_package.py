"""The package as a user installs it: a wheel in a fresh environment, away from the checkout."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pinjwt
from pinjwt import _abi, _library

PROJECT = Path(__file__).resolve().parents[1]
CHECKOUT = PROJECT.parents[1]


def clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PINJWT_LIBRARY")}


def test_the_wheel_carries_the_library(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    environment = clean_environment()
    subprocess.run([*pip, "wheel", "--no-deps", "-w", tmp_path, PROJECT], check=True, env=environment)
    (wheel,) = tmp_path.glob("*.whl")
    assert re.fullmatch(r"pinjwt-0\.1\.0-py3-none-linux_\w+\.whl", wheel.name)
    target = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "-t", target, wheel], check=True, env=environment)
    program = (
        "import pinjwt; from pinjwt import _library; print(_library.library._name); "
        "k = pinjwt.Key.generate(pinjwt.Algorithm.EDDSA); p = pinjwt.Policy(); "
        "print(pinjwt.Verifier(p, k).verify(pinjwt.Signer(p, k).sign({'sub': 'a'})).subject); "
        "pinjwt.SQLiteStore('sessions.db'); "
        "print(*(line.split()[-1] for line in open('/proc/self/maps') if 'libpinjwt_' in line))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(target)},
    ).stdout.split()
    carried = target / "pinjwt"
    assert output[:2] == [str(carried / "libpinjwt.so.0"), "a"]
    assert set(output[2:]) == {str(carried / "libpinjwt_sqlite.so.0")}
    assert {path.name for path in carried.glob("*.so*")} == {
        "libpinjwt.so.0",
        "libpinjwt_postgres.so.0",
        "libpinjwt_redis.so.0",
        "libpinjwt_sqlite.so.0",
    }


def test_a_missing_library_is_one_clear_error(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import pinjwt"],
        capture_output=True,
        text=True,
        check=False,
        env={
            **clean_environment(),
            "PYTHONPATH": str(PROJECT / "src"),
            "PINJWT_LIBRARY": str(tmp_path / "none.so"),
        },
    )
    assert run.returncode != 0
    assert "ImportError: pinjwt cannot load the library that PINJWT_LIBRARY names" in run.stderr


def test_a_checkout_finds_its_build_tree() -> None:
    package = CHECKOUT / "bindings" / "python" / "src" / "pinjwt"
    assert _library.candidates(package, None)[0] == str(CHECKOUT / "build" / "lib" / "libpinjwt.so.0")
    assert _library.candidates(package, "/other.so") == ["/other.so"]


def test_only_what_the_header_declares_is_called() -> None:
    header = "".join(path.read_text() for path in (CHECKOUT / "include").glob("*.h"))
    for name in _abi.declared:
        assert re.search(rf"\b{name}\(", header), name


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("quickstart.py", ["verified: alice with orders:read", "the changed one", "the old one"]),
        ("third_party.py", ["pinjwt_policy_set_max_lifetime", "accepted: alice of https://idp.example"]),
        ("kms.py", ["verified: alice", "refused: "]),
        (
            "jwks.py",
            ["verified: bob\nrequests: 1", "at most: True\nverified: dave\nrefused: "],
        ),
        ("rotation.py", ["too early", "verified:  bob", "verified:  alice", "refused:  "]),
    ],
)
def test_the_examples_run(name: str, printed: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", CHECKOUT / "examples" / "python" / name],
        capture_output=True,
        text=True,
        check=False,
        env={**clean_environment(), "PYTHONPATH": str(PROJECT / "src")},
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    for text in printed:
        assert text in run.stdout


def test_the_readmes_sessions_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (PROJECT / "README.md").read_text()
    plain, service = re.findall(
        r"```python\n(.*?)```", text.split("## Sessions")[1].split("\n## ")[0], re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"PEPPER": os.urandom(32)}
    exec(plain, names)
    printed = capsys.readouterr().out
    assert "Firefox on Linux" in printed
    assert '"event": "revoked"' in printed
    ended, refresh, sessions = names["grant"], names["refresh"], names["sessions"]
    assert "__Secure-refresh=pjr1_" in names["cookie"]
    assert refresh(ended.refresh_token) == (401, pinjwt.cookie_clear("refresh", "/auth"))
    token = sessions.login("bob", client="web").refresh_token
    assert refresh(token)[0] == 200

    names["token"] = sessions.login("carol", client="web").refresh_token
    body = "async def run():\n    " + service.replace("\n", "\n    ") + "\n    return claims"
    exec(body, names)
    assert asyncio.run(names["run"]()).subject == "carol"


def test_only_who_fetches_pays_for_it() -> None:
    costly = {"ssl", "http.client", "asyncio", "pinjwt.oidc", "pinjwt.aio"}
    program = f"import pinjwt, sys; print(sorted({costly} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**clean_environment(), "PYTHONPATH": str(PROJECT / "src")},
    )
    assert run.stdout == "[]\n"
