"""What the service answers while its store is down, and after it."""

from __future__ import annotations

from pathlib import Path

from login_service import Service
from redis_server import Server


def test_nothing_changes_while_the_store_is_down(tmp_path: Path) -> None:
    server = Server()
    service = Service(tmp_path / "data", "--store", server.url)
    try:
        begun = service.sign_in()
        server.kill()
        refused = service.send("POST", "/auth/refresh", {}, cookie=begun.cookie)
        assert (refused.status, refused.cookie) == (503, None)
        change = {"old": "wonderland", "new": "long enough"}
        access = begun.body["access_token"]
        assert service.send("POST", "/api/password", change, access=access).status == 503
        assert service.sign_in().status == 503
        server.start()
        # The cookie still is one, and the password is the old one.
        assert service.send("POST", "/auth/refresh", {}, cookie=begun.cookie).status == 200
        assert service.sign_in("alice", "long enough").status == 401
        assert service.sign_in().status == 200
    finally:
        service.stop()
        server.stop()
