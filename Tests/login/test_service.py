"""The service over HTTP, on each store."""

from __future__ import annotations

import pytest
from login_service import HEADER, Service


def test_a_session_from_beginning_to_end(service: Service) -> None:
    begun = service.sign_in(device="A laptop")
    assert begun.status == 200
    assert set(begun.body) == {"access_token", "token_type", "expires_in"}
    attributes = begun.headers["set-cookie"]
    assert "; Path=/auth; Max-Age=" in attributes
    assert attributes.endswith("; HttpOnly; Secure; SameSite=Strict")
    assert begun.headers["cache-control"] == "no-store"
    access = begun.body["access_token"]
    me = service.send("GET", "/api/me", access=access)
    assert me.body["user"] == "alice"
    refreshed = service.send("POST", "/auth/refresh", {}, cookie=begun.cookie)
    assert refreshed.status == 200
    assert refreshed.cookie != begun.cookie
    devices = service.send("GET", "/api/sessions", access=access).body
    [own] = [device for device in devices if device["sid"] == me.body["sid"]]
    assert (own["device"], own["refreshes"], own["current"]) == ("A laptop", 1, True)
    assert service.send("POST", "/auth/logout", {}, cookie=refreshed.cookie).status == 204
    ended = service.send("POST", "/auth/refresh", {}, cookie=refreshed.cookie)
    assert ended.status == 401
    assert ended.cookie == ""
    assert service.send("GET", "/api/me", access=access).status == 401


def test_a_replayed_token_ends_the_session_and_alerts_the_user(service: Service) -> None:
    begun = service.sign_in("bob", "canwefixit")
    access = begun.body["access_token"]
    refreshed = service.send("POST", "/auth/refresh", {}, cookie=begun.cookie)
    thief = service.send("POST", "/auth/refresh", {}, cookie=begun.cookie)
    assert thief.status == 401
    assert "somebody else may have it" in thief.body["detail"]
    assert service.send("POST", "/auth/refresh", {}, cookie=refreshed.cookie).status == 401
    assert service.send("GET", "/api/me", access=access).status == 401
    again = service.sign_in("bob", "canwefixit")
    me = service.send("GET", "/api/me", access=again.body["access_token"])
    assert len(me.body["alerts"]) == 1
    assert service.send("GET", "/api/me", access=again.body["access_token"]).body["alerts"] == []


@pytest.mark.parametrize("path", ["/auth/refresh", "/auth/logout", "/auth/login"])
def test_other_sites_are_refused(service: Service, path: str) -> None:
    begun = service.sign_in()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": service.origin + ".evil.example"},
        {HEADER: None},
        {HEADER: "0"},
    ):
        body = {"user": "alice", "password": "wonderland"}
        answer = service.send("POST", path, body, cookie=begun.cookie, **headers)
        assert (answer.status, answer.cookie) == (403, None)
    assert service.send("POST", "/auth/refresh", {}, cookie=begun.cookie).status == 200


def test_a_native_app_has_its_token_in_the_body(service: Service) -> None:
    begun = service.sign_in(native=True)
    assert begun.cookie is None
    token = begun.body["refresh_token"]
    refreshed = service.send("POST", "/auth/refresh", {"refresh_token": token})
    assert refreshed.cookie is None
    # A browser's endpoint does not take it as a cookie: it is another client's.
    stolen = service.send("POST", "/auth/refresh", {}, cookie=refreshed.body["refresh_token"])
    assert stolen.status == 401
    assert (
        service.send("POST", "/auth/refresh", {"refresh_token": refreshed.body["refresh_token"]}).status
        == 200
    )


def test_devices_are_signed_out_by_their_owner_only(service: Service) -> None:
    first, second = service.sign_in(), service.sign_in()
    bob = service.sign_in("bob", "canwefixit")
    sid = service.send("GET", "/api/me", access=second.body["access_token"]).body["sid"]
    foreign = service.send("POST", "/api/sessions/end", {"sid": sid}, access=bob.body["access_token"])
    assert foreign.status == 404
    own = service.send("POST", "/api/sessions/end", {"sid": sid}, access=first.body["access_token"])
    assert own.status == 204
    assert service.send("POST", "/auth/refresh", {}, cookie=second.cookie).status == 401
    assert service.send("GET", "/api/me", access=second.body["access_token"]).status == 401
    assert service.send("POST", "/auth/refresh", {}, cookie=first.cookie).status == 200


def test_a_new_password_ends_everything(service: Service) -> None:
    begun, other = service.sign_in("bob", "canwefixit"), service.sign_in("bob", "canwefixit")
    access = begun.body["access_token"]
    wrong = service.send("POST", "/api/password", {"old": "wrong", "new": "long enough"}, access=access)
    assert wrong.status == 403
    change = {"old": "canwefixit", "new": "long enough"}
    assert service.send("POST", "/api/password", change, access=access).status == 204
    for one in (begun, other):
        assert service.send("POST", "/auth/refresh", {}, cookie=one.cookie).status == 401
        assert service.send("GET", "/api/me", access=one.body["access_token"]).status == 401
    assert service.sign_in("bob", "canwefixit").status == 401
    back = service.sign_in("bob", "long enough")
    change = {"old": "long enough", "new": "canwefixit"}
    assert service.send("POST", "/api/password", change, access=back.body["access_token"]).status == 204
    assert service.sign_in("bob", "canwefixit").status == 200


def test_what_is_wrong_is_refused(service: Service) -> None:
    assert service.sign_in("alice", "wrong").status == 401
    assert service.sign_in("nobody", "wonderland").status == 401
    assert service.sign_in("x" * 257).status == 422
    assert service.send("GET", "/api/me").status == 401
    assert service.send("GET", "/api/me", access="x.y.z").status == 401
    assert service.send("POST", "/auth/refresh", {}).status == 401
    assert service.send("POST", "/auth/refresh", {}, cookie="pjr1_x").status == 401


def test_a_tokens_life_is_in_the_log(service: Service) -> None:
    begun = service.sign_in()
    me = service.send("GET", "/api/me", access=begun.body["access_token"])
    refreshed = service.send("POST", "/auth/refresh", {}, cookie=begun.cookie)
    service.send("POST", "/auth/logout", {}, cookie=refreshed.cookie)
    service.send("GET", "/api/me", access=begun.body["access_token"])
    life = [event for event in service.events() if event.get("sid") == me.body["sid"]]
    assert [event["event"] for event in life] == [
        "signed",
        "login",
        "verified",
        "signed",
        "refreshed",
        "revoked",
        "rejected",
    ]
    first, second = life[1]["jti"], life[4]["jti"]
    assert life[4]["previous_jti"] == first != second
    assert [event["event"] for event in life if event["jti"] == first] == [
        "signed",
        "login",
        "verified",
        "rejected",
    ]
    assert life[5]["reason"] == "logout"
    text = service.log.read_text()
    assert "pjr1_" not in text
    assert begun.body["access_token"] not in text
