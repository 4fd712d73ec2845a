"""Looking at tokens and claims without trusting them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Union

from . import _abi, _call
from ._call import Text, Time
from ._signer import encode_claims


class Severity(Enum):
    """How grave a finding is. ERROR: signing or verifying would refuse it."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """Something unwise in a token.

    `code` is a fixed word such as "no_exp"; `member` the claim or header member concerned, or empty;
    `message` one sentence for people.
    """

    code: str
    severity: Severity
    member: str
    message: str


def inspect_unverified(token: Text) -> dict[str, Any]:
    """Return what a token says, with warnings: "header", "payload", "signature_bytes", "warnings".

    Nothing in it has been verified. `inspect` is the same function under a shorter name.
    """
    value = _call.text_or_data(token, "token")
    text = _call.read(_abi.inspect_unverified, value, len(value), capacity=4096 + len(value))
    result: dict[str, Any] = json.loads(text)
    return result


inspect = inspect_unverified


def lint(token_or_claims: Union[Text, Mapping[str, Any]], *, now: Time | None = None) -> list[Finding]:
    """Return what is unwise in a token, or in claims that are to be signed, the gravest first.

    Nothing is verified. Claims are a mapping, or the text of a JSON object.
    """
    if isinstance(token_or_claims, Mapping):
        value = encode_claims(token_or_claims)
    else:
        value = _call.text_or_data(token_or_claims, "token_or_claims")
    text = _call.read(_abi.lint, value, len(value), _call.time(now), capacity=8192)
    return [
        Finding(found["code"], Severity(found["severity"]), found["member"], found["message"])
        for found in json.loads(text)["findings"]
    ]
