"""JWS over any payload."""

from __future__ import annotations

from . import _abi, _call, _hooks
from ._call import Text
from ._hooks import BytesLike
from ._key import Key


def jws_sign(key: Key, payload: BytesLike, *, type: str = "") -> str:
    """Return a compact JWS over any payload (RFC 7515), such as a webhook's body; never a JWT."""
    if not isinstance(key, Key):
        raise TypeError(f"key must be a Key, not {key.__class__.__name__}")
    typ = _call.text(type, "type")
    content = _call.data(payload, "payload")
    with _hooks.Watch():
        jws = _call.read(
            _abi.jws_sign,
            key._handle.pointer,
            typ,
            len(typ),
            content,
            len(content),
            capacity=4096 + 2 * len(content),
        )
    return jws.decode("ascii")


def jws_verify(key: Key, jws: Text, *, type: str = "") -> bytes:
    """Return the payload of a JWS whose signature holds; a JWT is refused."""
    if not isinstance(key, Key):
        raise TypeError(f"key must be a Key, not {key.__class__.__name__}")
    typ = _call.text(type, "type")
    value = _call.text_or_data(jws, "jws")
    return _call.read(
        _abi.jws_verify, key._handle.pointer, typ, len(typ), value, len(value), capacity=len(value) + 1
    )
