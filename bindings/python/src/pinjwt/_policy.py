"""Policies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import _abi, _call, _hooks
from ._call import Duration, Handle
from ._hooks import EventHandler, RevocationCheck

if TYPE_CHECKING:
    from ._sessions import Sessions


class Policy:
    """What a token must be, when it is signed and when it is verified. Immutable.

    issuer          iss; unset: any
    audience        one or several, one of which must be in aud; unset: a token with an aud is refused
    subject         sub; unset: any
    type            typ, such as "at+jwt"; unset: absent or "JWT"
    lifetime        of the tokens that are signed; 15 minutes
    max_lifetime    of any token; 2 hours. Identity providers often issue 24
    leeway          for exp, nbf and iat, up to 5 minutes; none
    max_token_size  in bytes; 16384
    required_claims names of claims that must be there
    allow_sensitive names of claims that may carry what looks like a secret, when signing
    revocation      called with the Claims after all else holds; only Verdict.ALLOW lets the token pass
    sessions        whose denials each token is checked against, last of all; takes the place of `revocation`
    on_event        called with an Event for each token signed, verified or rejected

    Durations are timedeltas or whole seconds. exp is required always. Hooks may run on several threads.
    """

    __slots__ = ("_handle",)

    def __init__(
        self,
        *,
        issuer: str | None = None,
        audience: str | Iterable[str] = (),
        subject: str | None = None,
        type: str | None = None,
        lifetime: Duration | None = None,
        max_lifetime: Duration | None = None,
        leeway: Duration | None = None,
        max_token_size: int | None = None,
        required_claims: Iterable[str] = (),
        allow_sensitive: Iterable[str] = (),
        revocation: RevocationCheck | None = None,
        sessions: Sessions | None = None,
        on_event: EventHandler | None = None,
    ) -> None:
        self._handle = Handle(_abi.policy_new, _abi.policy_free)
        self._set_text(_abi.policy_set_issuer, issuer, "issuer")
        for name in (audience,) if isinstance(audience, str) else audience:
            self._set_text(_abi.policy_add_audience, name, "audience")
        self._set_text(_abi.policy_set_subject, subject, "subject")
        self._set_text(_abi.policy_set_type, type, "type")
        self._set_duration(_abi.policy_set_lifetime, lifetime, "lifetime")
        self._set_duration(_abi.policy_set_max_lifetime, max_lifetime, "max_lifetime")
        self._set_duration(_abi.policy_set_leeway, leeway, "leeway")
        if max_token_size is not None:
            size = max(0, _call.int64(max_token_size, "max_token_size"))
            _call.call(_abi.policy_set_max_token_size, self._handle.pointer, size)
        self._set_names(_abi.policy_require_claim, required_claims, "required_claims")
        self._set_names(_abi.policy_allow_sensitive, allow_sensitive, "allow_sensitive")
        if revocation is not None:
            self._set_hook(_abi.policy_set_revocation, _hooks.revocation, revocation)
        if sessions is not None:
            if revocation is not None:
                raise TypeError("Policy takes sessions or a revocation check, not both")
            if not isinstance(getattr(sessions, "_handle", None), Handle):
                raise TypeError("sessions must be a pinjwt.Sessions")
            _call.call(_abi.policy_set_sessions, self._handle.pointer, sessions._handle.pointer)
        if on_event is not None:
            self._set_hook(_abi.policy_set_event_handler, _hooks.event, on_event)

    def _set_text(self, function: _abi.Function, value: str | None, name: str) -> None:
        if value is not None:
            encoded = _call.text(value, name)
            _call.call(function, self._handle.pointer, encoded, len(encoded))

    def _set_names(self, function: _abi.Function, values: Iterable[str], name: str) -> None:
        if isinstance(values, str):
            raise TypeError(f"{name} must be several names, not one str")
        for value in values:
            self._set_text(function, value, name)

    def _set_duration(self, function: _abi.Function, value: Duration | None, name: str) -> None:
        if value is not None:
            _call.call(function, self._handle.pointer, _call.seconds(value, name))

    def _set_hook(self, function: _abi.Function, entry: object, hook: RevocationCheck | EventHandler) -> None:
        with _hooks.registered(hook) as number:
            _call.call(function, self._handle.pointer, entry, number, _hooks.release)
