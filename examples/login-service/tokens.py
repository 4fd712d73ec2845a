"""What pinjwt does for the service: sessions, and the judgement of access tokens."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from datetime import timedelta

from settings import Settings, open_ring, read_pepper

import pinjwt

AUDIENCE = "login-service"
#: One line of JSON for each event. `grep SID` or `grep JTI` is a token's whole life.
log = logging.getLogger("login.events")


class Tokens:
    """The one instance that all requests share."""

    def __init__(self, settings: Settings) -> None:
        self.ring = open_ring(settings)
        self._alerts: dict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()
        signing = pinjwt.Policy(
            issuer=settings.origin,
            audience=AUDIENCE,
            type="at+jwt",
            lifetime=timedelta(minutes=5),
            on_event=self._on_event,
        )
        self.sessions = pinjwt.Sessions(
            pinjwt.open_store(settings.store),
            pinjwt.Signer(signing, self.ring),
            [read_pepper(settings)],
            grace=settings.grace,
            on_event=self._on_event,
        )
        # Each request's token is checked against the denials too, in this process's copy of them.
        checking = pinjwt.Policy(
            issuer=settings.origin,
            audience=AUDIENCE,
            type="at+jwt",
            sessions=self.sessions,
            on_event=self._on_event,
        )
        self.verifier = pinjwt.Verifier(checking, self.ring)

    def _on_event(self, event: pinjwt.Event) -> None:
        """Log each event, and keep what the user has to know. No event holds a token or another secret."""
        log.info(event.to_json())
        if event.type is pinjwt.EventType.REUSE_DETECTED:
            with self._lock:
                self._alerts[event.sub].append(event.sid)

    def take_alerts(self, user: str) -> list[str]:
        """Return the sessions of the user whose stolen tokens were replayed since the last call."""
        with self._lock:
            return self._alerts.pop(user, [])
