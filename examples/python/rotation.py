"""Rotate the keys of an issuer, without a single valid token being refused for it."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pinjwt
from pinjwt import Algorithm, KeyRing, KeySet, Policy, Signer, Verifier

policy = Policy(issuer="https://login.example", audience="orders")

with tempfile.TemporaryDirectory() as folder:
    # Once: verifiers may keep the published set for a day; tokens live for two hours at most.
    path = Path(folder) / "keys"
    ring = KeyRing.new(Algorithm.EDDSA, publish=timedelta(days=1), token_lifetime=timedelta(hours=2))
    ring.save(path, passphrase="correct horse battery staple", cost=pinjwt.Cost.INTERACTIVE)

    # In each process that issues: the signer follows the ring, and the ring its file.
    ring = KeyRing.load(path, passphrase="correct horse battery staple")
    signer = Signer(policy, ring)
    old = signer.sign({"sub": "alice"})

    # A verifier elsewhere has fetched the set, with the key that signs and the one that will.
    elsewhere = KeySet()
    elsewhere.load_jwks(ring.to_jwks(), Algorithm.EDDSA)
    verifier = Verifier(policy, elsewhere)

    try:
        ring.rotate()
    except pinjwt.NotYetValidError as error:
        print("too early:", error.message)

    # Once a month, from cron: here time is made to pass with `now`.
    later = ring.rotation_time + timedelta(minutes=1)
    ring.rotate(now=later)
    new = signer.sign({"sub": "bob"}, now=later)
    print("verified: ", verifier.verify(new, now=later).subject, "with the set of yesterday")
    print("verified: ", Verifier(policy, ring).verify(old).subject, "with the retired key")

    # A key that leaked is removed at once.
    leaked = pinjwt.inspect(new)["header"]["kid"]
    ring.remove(leaked, now=later)
    try:
        Verifier(policy, ring).verify(new, now=later)
    except pinjwt.UnknownKeyError as error:
        print("refused:  ", error.message)
    else:
        raise SystemExit("A token of the leaked key was accepted.")
