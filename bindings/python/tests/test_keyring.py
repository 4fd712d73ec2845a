"""Key rings: rotation, in memory and in a file that processes share."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import pinjwt
from pinjwt import Algorithm, Cost, Key, KeyRing, KeySet, Policy, Signer, Verifier

T0 = 1_800_000_000
DAY, HOUR = 86400, 3600
POLICY = Policy(lifetime=HOUR, max_lifetime=2 * HOUR)
#: For clocks that differ, retired keys verify this much longer.
MARGIN = 660


def ring(algorithm: Algorithm = Algorithm.EDDSA) -> KeyRing:
    return KeyRing.new(algorithm, publish=DAY, token_lifetime=2 * HOUR, now=T0)


def kids(given: KeyRing, now: int = T0) -> list[str]:
    return [key["kid"] for key in json.loads(given.to_jwks(now=now))["keys"]]


def kid_of(token: str) -> str:
    kid: str = pinjwt.inspect(token)["header"]["kid"]
    return kid


def test_a_ring_rotates_and_no_token_is_refused_for_it() -> None:
    keys = ring()
    signer, verifier = Signer(POLICY, keys), Verifier(POLICY, keys)
    active, coming = kids(keys)
    old = signer.sign({}, now=T0)
    assert kid_of(old) == active
    assert keys.rotation_time == datetime.fromtimestamp(T0 + DAY, timezone.utc)
    with pytest.raises(pinjwt.NotYetValidError):
        keys.rotate(now=T0 + DAY - 1)
    assert kids(keys) == [active, coming]

    last = signer.sign({}, now=T0 + DAY)
    keys.rotate(now=keys.rotation_time)
    now = T0 + DAY
    assert kids(keys, now)[0] == coming
    assert active in kids(keys, now)
    assert len(kids(keys, now)) == 3
    new = signer.sign({}, now=now)
    assert kid_of(new) == coming
    assert verifier.verify(new, now=now)
    assert verifier.verify(last, now=now + HOUR - 1)

    # Until its time is over the retired key verifies; the token has to hold by itself.
    over = now + 2 * HOUR + MARGIN
    assert active in kids(keys, over - 1)
    assert active not in kids(keys, over)
    with pytest.raises(pinjwt.ExpiredError):
        verifier.verify(last, now=over - 1)
    with pytest.raises(pinjwt.UnknownKeyError):
        verifier.verify(last, now=over)


def test_verifiers_elsewhere_know_the_next_key_before_it_signs() -> None:
    keys = ring()
    elsewhere = KeySet()
    elsewhere.load_jwks(keys.to_jwks(now=T0), Algorithm.EDDSA)
    keys.rotate(now=T0 + DAY)
    token = Signer(POLICY, keys).sign({}, now=T0 + DAY)
    assert Verifier(POLICY, elsewhere).verify(token, now=T0 + DAY)


def test_a_key_that_others_know_is_removed_at_once() -> None:
    keys = ring()
    signer, verifier = Signer(POLICY, keys), Verifier(POLICY, keys)
    active, coming = kids(keys)
    stolen = signer.sign({}, now=T0)
    keys.remove(active, now=T0 + 5)
    with pytest.raises(pinjwt.UnknownKeyError):
        verifier.verify(stolen, now=T0 + 5)
    assert kid_of(signer.sign({}, now=T0 + 5)) == coming
    assert len(kids(keys, T0 + 5)) == 2
    keys.remove(kids(keys, T0 + 5)[1], now=T0 + 6)
    assert kids(keys, T0 + 6)[0] == coming
    with pytest.raises(pinjwt.UnknownKeyError):
        keys.remove("nobody")
    with pytest.raises(TypeError):
        keys.remove(b"nobody")  # type: ignore[arg-type]


def test_a_ring_of_secrets_is_not_published() -> None:
    keys = ring(Algorithm.HS256)
    token = Signer(POLICY, keys).sign({}, now=T0)
    assert Verifier(POLICY, keys).verify(token, now=T0)
    with pytest.raises(pinjwt.KeyMismatchError):
        keys.to_jwks(now=T0)


def test_a_policy_whose_tokens_outlive_the_retired_keys_makes_no_signer() -> None:
    with pytest.raises(pinjwt.LifetimeError):
        Signer(Policy(max_lifetime=2 * HOUR + 1), ring())
    assert Verifier(Policy(max_lifetime=2 * HOUR + 1), ring())


def test_defaults_fit_those_of_a_policy() -> None:
    keys = KeyRing.new(Algorithm.ES256)
    assert Verifier(Policy(), keys).verify(Signer(Policy(), keys).sign({}))
    left = keys.rotation_time - datetime.now(timezone.utc)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(days=1)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: KeyRing(), TypeError),
        (lambda: KeyRing.new("EdDSA"), TypeError),  # type: ignore[arg-type]
        (lambda: KeyRing.new(Algorithm.EDDSA, publish=-1), pinjwt.ArgumentError),
        (lambda: KeyRing.new(Algorithm.EDDSA, publish=timedelta(days=366)), pinjwt.ArgumentError),
        (lambda: KeyRing.new(Algorithm.EDDSA, publish=timedelta(seconds=0.5)), pinjwt.ArgumentError),
        (lambda: KeyRing.new(Algorithm.EDDSA, token_lifetime=0), pinjwt.ArgumentError),
        (lambda: KeyRing.new(Algorithm.EDDSA, now=0), pinjwt.ArgumentError),
        (lambda: KeyRing.new(Algorithm.EDDSA, now=10**12), pinjwt.ArgumentError),
        (lambda: ring().reload(), pinjwt.ArgumentError),
        (lambda: ring().save("", b""), pinjwt.ArgumentError),
        (lambda: ring().save("a\0b", b""), pinjwt.ArgumentError),
        (lambda: ring().save("x" * 4001, b""), pinjwt.ArgumentError),
        (lambda: ring().save("/nowhere/at/all", b""), pinjwt.InputOutputError),
        (lambda: ring().save("/tmp/x", b"p" * 1025, Cost.MINIMUM), pinjwt.ArgumentError),
        (lambda: ring().save("/tmp/x", "p", 1), TypeError),  # type: ignore[arg-type]
        (lambda: ring().save("/tmp/x", None), TypeError),  # type: ignore[arg-type]
        (lambda: KeyRing.load("/nowhere"), pinjwt.InputOutputError),
        (lambda: KeyRing.load("/"), pinjwt.InputOutputError),
    ],
)
def test_refuses(make: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        make()


def test_a_saved_ring_is_the_same_when_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    keys = ring()
    token = Signer(POLICY, keys).sign({}, now=T0)
    keys.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    again = KeyRing.load(str(path))
    assert kids(again) == kids(keys)
    assert again.rotation_time == keys.rotation_time
    assert Verifier(POLICY, again).verify(token, now=T0)
    assert kid_of(Signer(POLICY, again).sign({}, now=T0)) == kid_of(token)


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    path.write_text("precious")
    with pytest.raises(pinjwt.InputOutputError):
        ring().save(path)
    assert path.read_text() == "precious"
    first = ring()
    first.save(tmp_path / "own")
    first.save(tmp_path / "own")
    with pytest.raises(pinjwt.InputOutputError):
        ring().save(tmp_path / "own")


@pytest.mark.parametrize("passphrase", ["open sesame", b"\xff\x00\xfe", bytearray(b"open sesame"), "Zoë"])
def test_an_encrypted_ring_needs_its_passphrase(tmp_path: Path, passphrase: Any) -> None:
    path = tmp_path / "ring"
    keys = ring()
    keys.save(path, passphrase, Cost.MINIMUM)
    content = path.read_bytes()
    assert b'"d"' not in content
    assert kids(keys)[0].encode() not in content
    assert kids(KeyRing.load(path, passphrase)) == kids(keys)
    for wrong in ("", "other", b"open sesame "):
        with pytest.raises(pinjwt.PassphraseError):
            KeyRing.load(path, wrong)
    # What is changed later is encrypted too.
    keys.rotate(now=T0 + DAY)
    assert b'"d"' not in path.read_bytes()
    assert len(kids(KeyRing.load(path, passphrase))) == 3


def test_a_passphrase_can_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    keys = ring()
    keys.save(path, "one", Cost.MINIMUM)
    other = KeyRing.load(path, "one")
    keys.save(path, "two", Cost.MINIMUM)
    assert KeyRing.load(path, "two")
    with pytest.raises(pinjwt.PassphraseError):
        KeyRing.load(path, "one")
    for change in (other.reload, lambda: other.rotate(now=T0 + DAY)):
        with pytest.raises(pinjwt.PassphraseError):
            change()
    assert Signer(POLICY, other).sign({}, now=T0)
    keys.save(path)
    assert KeyRing.load(path)
    with pytest.raises(pinjwt.PassphraseError):
        KeyRing.load(path, "two")


def test_a_file_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    keys = ring()
    keys.save(path)
    before = kids(keys)
    for mode in (0o644, 0o660, 0o602):
        path.chmod(mode)
        for use in (lambda: KeyRing.load(path), keys.reload, lambda: keys.rotate(now=T0 + DAY)):
            with pytest.raises(pinjwt.InputOutputError):
                use()
    assert kids(keys) == before
    path.chmod(0o600)
    keys.rotate(now=T0 + DAY)


def another_algorithm_or_bit(content: bytes) -> bytes:
    """Change what plain text says, or one bit where nothing can be read."""
    if b"EdDSA" in content:
        return content.replace(b"EdDSA", b"ES256")
    changed = bytearray(content)
    changed[-20] ^= 1
    return bytes(changed)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"rubbish",
        lambda content: content[:-2],
        lambda content: content + b"x",
        another_algorithm_or_bit,
        lambda content: b"{}",
        lambda content: b"[" * 1000,
    ],
)
@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_a_file_that_was_changed_is_refused(tmp_path: Path, damage: Any, passphrase: str) -> None:
    path = tmp_path / "ring"
    keys = ring()
    keys.save(path, passphrase, Cost.MINIMUM)
    before = kids(keys)
    path.write_bytes(damage(path.read_bytes()))
    for use in (
        lambda: KeyRing.load(path, passphrase),
        keys.reload,
        lambda: keys.rotate(now=T0 + DAY),
    ):
        with pytest.raises(pinjwt.InvalidKeyError):
            use()
    assert kids(keys) == before
    assert Signer(POLICY, keys).sign({}, now=T0)


def test_a_change_by_another_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    keys = ring()
    keys.save(path)
    other = KeyRing.load(path)
    signer, verifier = Signer(POLICY, other), Verifier(POLICY, other)
    keys.rotate(now=T0 + DAY)
    token = Signer(POLICY, keys).sign({}, now=T0 + DAY)
    time.sleep(1.1)
    assert verifier.verify(token, now=T0 + DAY)
    assert kid_of(signer.sign({}, now=T0 + DAY)) == kid_of(token)
    removed = kid_of(token)
    keys.remove(removed, now=T0 + DAY)
    other.reload()
    assert kid_of(signer.sign({}, now=T0 + DAY)) != removed


def test_a_file_that_is_gone_does_not_stop_signing(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    keys = ring()
    keys.save(path)
    path.unlink()
    time.sleep(1.1)
    assert Signer(POLICY, keys).sign({}, now=T0)
    for change in (keys.reload, lambda: keys.rotate(now=T0 + DAY)):
        with pytest.raises(pinjwt.InputOutputError):
            change()


SOURCE = str(Path(pinjwt.__file__).parents[1])


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )


ROTATE = """
import sys, pinjwt
ring = pinjwt.KeyRing.load(sys.argv[1])
now, done = 1_800_000_000, 0
print("ready", flush=True)
sys.stdin.readline()
for turn in range(1, 41):
    try:
        ring.rotate(now=now + turn * 86400)
        done += 1
    except pinjwt.NotYetValidError:
        pass
print(done)
"""


def test_of_two_processes_that_rotate_one_file_one_does_each_time(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    ring().save(path)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ROTATE, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": SOURCE},
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    done = [int(process.communicate(timeout=60)[0]) for process in processes]
    # A process whose turn is behind that of the other is told that it is too early.
    assert sum(done) == 40
    assert KeyRing.load(path).rotation_time.timestamp() == T0 + 41 * DAY


def test_threads_that_rotate_one_ring(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    keys, done = ring(), []
    keys.save(path)

    def rotate() -> None:
        for turn in range(1, 11):
            try:
                keys.rotate(now=T0 + turn * DAY)
                done.append(turn)
            except pinjwt.NotYetValidError:
                pass

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(1, 11))


FOREVER = """
import sys, pinjwt
ring = pinjwt.KeyRing.load(sys.argv[1])
ring.rotate(now=ring.rotation_time)
print("rotating", flush=True)
while True:
    ring.rotate(now=ring.rotation_time)
"""


def test_a_process_that_is_killed_while_it_rotates_leaves_a_ring(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    KeyRing.new(Algorithm.EDDSA, publish=1, token_lifetime=1, now=T0).save(path)
    seen = set()
    for turn in range(50):
        process = start(FOREVER, path)
        assert process.stdout is not None
        assert process.stdout.readline() == "rotating\n"
        time.sleep(0.003 + turn % 10 * 0.0007)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        keys = KeyRing.load(path)
        seen.add(kids(keys)[0])
        assert Signer(Policy(max_lifetime=1, lifetime=1), keys).sign({})
        keys.reload()
    # Killed at work, not before it.
    assert len(seen) == 50
    # No lock is left behind, and nothing of a version that was not finished.
    KeyRing.load(path).rotate(now=T0 + 10**8)
    assert {entry.name for entry in tmp_path.iterdir()} <= {"ring", "ring.lock"}


def test_a_ring_outlives_its_handle_in_signers_and_verifiers(tmp_path: Path) -> None:
    keys = ring()
    keys.save(tmp_path / "ring")
    signer, verifier = Signer(POLICY, keys), Verifier(POLICY, keys)
    del keys
    assert verifier.verify(signer.sign({}, now=T0), now=T0)


def test_joined_verifiers_may_have_rings_and_sets() -> None:
    mine, keys = KeySet(), ring()
    key = Key.generate(Algorithm.EDDSA)
    mine.add(key)
    policies = [Policy(issuer=name, max_lifetime=2 * HOUR) for name in ("a", "b")]
    joined = Verifier.join([Verifier(policies[0], mine), Verifier(policies[1], keys)])
    assert joined.verify(Signer(policies[0], key).sign({}, now=T0), now=T0).issuer == "a"
    assert joined.verify(Signer(policies[1], keys).sign({}, now=T0), now=T0).issuer == "b"
