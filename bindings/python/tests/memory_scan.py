"""A program that counts how often a secret stands in its own memory; run by test_secrets.py.

It reads from stdin, as JSON, a secret text and the needle in it to look for, masked, so that the only copies
are those that the scenario makes. It prints the counts while the key is there, and after all is gone.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pinjwt
from pinjwt import Algorithm, Key

MASK = 0x5A
#: Here copies of other memory come to lie; it is not looked into.
WORKSPACE = bytearray(8 * 1024 * 1024)
OVERLAP = 4096


def unmasked(masked: bytes) -> bytearray:
    """Take the mask off in place: a bytearray that grows leaves pieces behind."""
    data = bytearray(masked)
    for index in range(len(data)):
        data[index] ^= MASK
    return data


def wipe(data: bytearray) -> None:
    data[:] = bytes(len(data))


def address(data: bytearray) -> int:
    return ctypes.addressof((ctypes.c_char * len(data)).from_buffer(data))


def count(masked: bytes) -> int:
    """Count where the needle stands in all memory of this process that can be written or was once."""
    needle = unmasked(masked)
    ours = [(address(WORKSPACE), len(WORKSPACE)), (address(needle), len(needle))]
    found: set[int] = set()
    with open("/proc/self/maps") as maps:
        regions = [line.split()[:2] for line in maps]
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    window = memoryview(WORKSPACE)
    for bounds, rights in regions:
        if rights[3] == "s":
            continue
        start, end = (int(bound, 16) for bound in bounds.split("-"))
        while start < end:
            try:
                read = os.preadv(memory, [window[: min(len(WORKSPACE), end - start)]], start)
            except (OSError, OverflowError):  # [vvar], [vsyscall]
                break
            at = WORKSPACE.find(needle, 0, read)
            while at >= 0:
                if not any(begin <= start + at < begin + size for begin, size in ours):
                    found.add(start + at)
                at = WORKSPACE.find(needle, at + 1, read)
            if start + read >= end or read <= OVERLAP:
                break
            start += read - OVERLAP
    os.close(memory)
    wipe(WORKSPACE)
    wipe(needle)
    return len(found)


def from_secret(given: bytearray) -> Any:
    return Key.from_secret(Algorithm.HS256, given)


def from_secret_view(given: bytearray) -> Any:
    return Key.from_secret(Algorithm.HS256, memoryview(given))


def from_secret_part(given: bytearray) -> Any:
    """A view whose bytes do not lie side by side has to be copied."""
    return Key.from_secret(Algorithm.HS256, memoryview(given)[::1])


def from_jwk(given: bytearray) -> Any:
    return Key.from_jwk(Algorithm.HS256, given)


def from_pem(given: bytearray) -> Any:
    return Key.from_pem(Algorithm.RS256, given)


def from_der(given: bytearray) -> Any:
    return Key.from_der(Algorithm.RS256, given)


def refused(given: bytearray) -> Any:
    """A key that is not made, and an error whose traceback holds the arguments."""
    try:
        Key.from_secret(Algorithm.RS256, given)
    except pinjwt.KeyMismatchError as error:
        return error
    raise SystemExit("not refused")


def passphrase(given: bytearray) -> Any:
    """A passphrase of a ring's file, given twice."""
    ring = pinjwt.KeyRing.new(Algorithm.EDDSA)
    path = os.path.join(os.environ["FOLDER"], "ring")
    ring.save(path, given, pinjwt.Cost.MINIMUM)
    return pinjwt.KeyRing.load(path, given)


def signing(given: bytearray) -> Any:
    """A key that has been at work."""
    key = Key.from_secret(Algorithm.HS256, given)
    signer, verifier = pinjwt.Signer(pinjwt.Policy(), key), pinjwt.Verifier(pinjwt.Policy(), key)
    assert verifier.verify(signer.sign({"sub": "alice"}))
    return signer, verifier


def pepper(given: bytearray) -> Any:
    """A pepper that has been at work, given again for a rotation."""
    policy = pinjwt.Policy(issuer="i", audience="a", type="at+jwt")
    signer = pinjwt.Signer(policy, Key.generate(Algorithm.EDDSA))
    sessions = pinjwt.Sessions(pinjwt.MemoryStore(), signer, [given])
    sessions.set_peppers([os.urandom(32), memoryview(given)])
    assert sessions.refresh(sessions.login("alice").refresh_token)
    return sessions


def store_url(given: bytearray) -> Any:
    """A password in a URL, of a server that does not answer."""
    try:
        pinjwt.RedisStore(given)
    except pinjwt.StoreError as error:
        return error
    raise SystemExit("not refused")


#: Keeps what is in it until the end.
KEPT: list[bytes | str] = []


def text(given: bytearray) -> Any:
    """A JWK as a str, which Python cannot wipe, but whose encoding it can."""
    KEPT.append(str(given, "ascii"))
    return Key.from_jwk(Algorithm.HS256, KEPT[0])


def written(given: bytearray) -> Any:
    """A JWK that is written out: the str is the caller's, and the only copy."""
    key = Key.from_jwk(Algorithm.HS256, given)
    KEPT.append(key.to_jwk(private=True))
    return key


def kept(given: bytearray) -> Any:
    """The control: a copy that nobody wipes."""
    KEPT.append(bytes(given))
    return Key.from_secret(Algorithm.HS256, given)


def main() -> None:
    order = json.load(sys.stdin)
    scenario: Callable[[bytearray], Any] = globals()[sys.argv[1]]
    needle, secret = bytes.fromhex(order["needle"]), unmasked(bytes.fromhex(order["secret"]))
    before = count(needle)
    made = scenario(secret)
    wipe(secret)
    during = count(needle)
    del made
    gc.collect()
    print(before, during, count(needle))


if __name__ == "__main__":
    main()
