"""Random changes to honest tokens: none is accepted, none ends the process."""

from __future__ import annotations

import random

import pytest

import pinjwt
from forge import KEYS, NOW, honest
from pinjwt import Algorithm

ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0"{}'


def mutate(text: str, source: random.Random) -> str:
    characters = list(text)
    for _ in range(source.randint(1, 3)):
        position = source.randrange(len(characters))
        action = source.randrange(4)
        if action == 0:
            characters[position] = source.choice(ALPHABET)
        elif action == 1:
            characters.insert(position, source.choice(ALPHABET))
        elif action == 2 and len(characters) > 1:
            del characters[position : position + source.randint(1, 4)]
        else:
            other = source.randrange(len(characters))
            characters[position], characters[other] = characters[other], characters[position]
        if not characters:
            break
    return "".join(characters)


@pytest.mark.parametrize("algorithm", KEYS)
def test_no_changed_token_is_accepted(algorithm: Algorithm) -> None:
    source = random.Random(algorithm.value)
    verifier = pinjwt.Verifier(pinjwt.Policy(), KEYS[algorithm][0])
    good = honest(algorithm, kid="k")
    assert verifier.verify(good, now=NOW).subject == "alice"
    for _ in range(5000):
        changed = mutate(good, source)
        if changed == good:
            continue
        with pytest.raises(pinjwt.TokenError):
            verifier.verify(changed, now=NOW)
