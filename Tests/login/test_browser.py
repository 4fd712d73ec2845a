"""The service in a real browser: headless Chromium."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from login_service import COOKIE, Service
from selenium import webdriver
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

GRACE = 2


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = Service(tmp_path_factory.mktemp("browser"), "--demo", "--grace", str(GRACE))
    yield started
    started.stop()


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    started = webdriver.Chrome(options=options, service=Driver("/usr/bin/chromedriver"))
    yield started
    started.quit()


def wait(browser: webdriver.Chrome, element: str, seconds: float = 15) -> None:
    WebDriverWait(browser, seconds).until(lambda _: browser.find_element(By.ID, element).is_displayed())


def sign_in(
    browser: webdriver.Chrome, site: Service, user: str = "alice", password: str = "wonderland"
) -> None:
    browser.get(site.origin)
    wait(browser, "sign-in")
    browser.find_element(By.NAME, "user").send_keys(user)
    browser.find_element(By.NAME, "password").send_keys(password)
    browser.find_element(By.CSS_SELECTOR, "#sign-in-form button").click()
    wait(browser, "home")


def cookie(browser: webdriver.Chrome) -> dict[str, object]:
    """The cookie as the browser keeps it, which no page can see."""
    kept = browser.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
    [found] = [one for one in kept if one["name"] == COOKIE]
    return dict(found)


def devices(browser: webdriver.Chrome) -> int:
    return len(browser.find_elements(By.CSS_SELECTOR, "#devices li"))


def test_scripts_cannot_read_the_token(browser: webdriver.Chrome, site: Service) -> None:
    sign_in(browser, site)
    kept = cookie(browser)
    assert (kept["httpOnly"], kept["secure"], kept["sameSite"], kept["path"]) == (
        True,
        True,
        "Strict",
        "/auth",
    )
    browser.get(site.origin + "/auth/nothing")  # where the cookie would be seen
    assert browser.execute_script("return document.cookie") == ""
    browser.get(site.origin)
    wait(browser, "home")
    stored = (
        "return JSON.stringify([{...localStorage}, {...sessionStorage}]) + document.documentElement.outerHTML"
    )
    everything = browser.execute_script(stored)
    assert "pjr1_" not in everything
    assert "eyJ" not in everything


def test_the_session_goes_on_silently(browser: webdriver.Chrome, site: Service) -> None:
    sign_in(browser, site)
    before = cookie(browser)["value"]
    browser.refresh()
    wait(browser, "home")
    assert cookie(browser)["value"] != before
    assert browser.find_element(By.ID, "who").text == "alice"
    # An access token that is refused is exchanged for a new one.
    browser.find_element(By.ID, "refresh").click()
    wait(browser, "home")


def test_two_tabs_at_once_log_nobody_out(browser: webdriver.Chrome, site: Service) -> None:
    sign_in(browser, site)
    browser.switch_to.new_window("tab")
    browser.get(site.origin)
    wait(browser, "home")
    tabs = browser.window_handles
    for _ in range(5):
        for tab in tabs:
            browser.switch_to.window(tab)
            # Both begin before either is answered.
            browser.execute_script("setTimeout(() => location.reload(), 80)")
        for tab in tabs:
            browser.switch_to.window(tab)
            time.sleep(0.2)
            wait(browser, "home")
    # And several refreshes of one tab in the same moment.
    many = """
      const done = arguments[arguments.length - 1];
      const ask = () => fetch('/auth/refresh', {method: 'POST', body: '{}',
        headers: {'Content-Type': 'application/json', 'X-Login-Service': '1'}})
        .then((answer) => answer.status);
      Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(ask)).then(done);
    """
    assert browser.execute_async_script(many) == [200] * 8
    browser.refresh()
    wait(browser, "home")


def test_a_replayed_old_cookie_ends_the_session_in_both_tabs(
    browser: webdriver.Chrome, site: Service
) -> None:
    sign_in(browser, site)
    browser.switch_to.new_window("tab")
    browser.get(site.origin)
    wait(browser, "home")
    stolen = str(cookie(browser)["value"])
    browser.find_element(By.ID, "refresh").click()
    WebDriverWait(browser, 10).until(lambda _: cookie(browser)["value"] != stolen)
    time.sleep(GRACE + 0.5)
    assert site.send("POST", "/auth/refresh", {}, cookie=stolen).status == 401
    for tab in browser.window_handles:
        browser.switch_to.window(tab)
        wait(browser, "sign-in")
    sign_in(browser, site)
    wait(browser, "alert")
    assert "used twice" in browser.find_element(By.ID, "alert").text


def test_the_thief_of_the_demonstration_is_found_out(browser: webdriver.Chrome, site: Service) -> None:
    sign_in(browser, site, "bob", "canwefixit")
    browser.find_element(By.ID, "steal").click()
    wait(browser, "sign-in", GRACE + 10)
    assert "revoked" in browser.find_element(By.ID, "sign-in-message").text
    sign_in(browser, site, "bob", "canwefixit")
    wait(browser, "alert")


def test_devices_are_signed_out(browser: webdriver.Chrome, site: Service) -> None:
    phone = site.sign_in(device="A phone")
    sign_in(browser, site)
    count = devices(browser)
    [row] = [one for one in browser.find_elements(By.CSS_SELECTOR, "#devices li") if "A phone" in one.text]
    row.find_element(By.CSS_SELECTOR, ".end").click()
    WebDriverWait(browser, 10).until(lambda _: devices(browser) == count - 1)
    assert site.send("POST", "/auth/refresh", {}, cookie=phone.cookie).status == 401
    browser.find_element(By.ID, "end-all").click()
    wait(browser, "sign-in")
    assert "signed out everywhere" in browser.find_element(By.ID, "sign-in-message").text
    browser.refresh()
    wait(browser, "sign-in")


def test_another_site_can_do_nothing(browser: webdriver.Chrome, site: Service, tmp_path: Path) -> None:
    sign_in(browser, site)
    page = f"""
      <form id="form" method="post" action="{site.origin}/auth/logout" enctype="text/plain">
        <input name='{{"a":"' value='"}}'></form>
      <script>
        window.outcome = fetch("{site.origin}/auth/refresh", {{method: "POST", credentials: "include",
          headers: {{"Content-Type": "application/json", "X-Login-Service": "1"}}, body: "{{}}"}})
          .then((answer) => "answered " + answer.status, () => "refused");
      </script>"""
    (tmp_path / "index.html").write_text(page)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object, **more: object) -> None:
            super().__init__(*arguments, directory=str(tmp_path), **more)  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    evil = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=evil.serve_forever, daemon=True).start()
    try:
        # Another site: "localhost" is not "127.0.0.1".
        browser.get(f"http://localhost:{evil.server_address[1]}/")
        script = "window.outcome.then(arguments[arguments.length - 1])"
        assert browser.execute_async_script(script) == "refused"
        browser.execute_script("document.getElementById('form').submit()")
        WebDriverWait(browser, 10).until(lambda _: browser.current_url.startswith(site.origin))
        assert "does not come from this site" in browser.page_source
        browser.get(site.origin)
        wait(browser, "home")
    finally:
        evil.shutdown()
        evil.server_close()
