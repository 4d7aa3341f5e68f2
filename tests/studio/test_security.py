"""Nobody but the studio's own page is answered."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus

OWN = {"X_Studio": "1"}


def test_key_opens_the_door_once_and_never_shows_again(page):
    let_in = page.get(f"/?token={page.token}", Cookie=None, Sec_Fetch_Site="none")
    assert let_in.status == 303
    assert let_in.headers["location"] == "/"
    cookie = let_in.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert page.token not in page.get("/").value.decode()


def test_key_from_a_page_elsewhere_needs_no_redirect(page):
    # A strict cookie would not travel along it.
    answer = page.get(f"/?token={page.token}", Cookie=None, Sec_Fetch_Site="cross-site")
    assert answer.status == 200
    assert b'http-equiv="refresh"' in answer.value


@pytest.mark.parametrize("cookie", [None, "x=y", "makebelieve-1=a", "=;;\x7f", "makebelieve-{}=no"])
@pytest.mark.parametrize("path", ["/", "/api/runs", "/static/main.js", "/lesson/imagine"])
def test_without_the_key_nothing_is_answered(page, path, cookie):
    port = page.host.rpartition(":")[2]
    assert page.get(path, Cookie=cookie and cookie.format(port)).status == 403


def test_wrong_key_is_refused(page):
    assert page.get("/?token=wrong", Cookie=None).status == 403
    assert page.get("/?token=%C3%A4", Cookie=None).status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "0.0.0.0:{}", "a@{}"])
def test_another_host_is_refused(page, host):
    # A name of somebody else's that leads to this machine (DNS rebinding).
    port = page.host.rpartition(":")[2]
    answer = page.get("/api/runs", Host=host.format(port))
    assert answer.status == 403
    assert "evil" not in answer.headers["content-security-policy"]


def test_own_names_are_answered(page):
    port = page.host.rpartition(":")[2]
    assert page.get("/api/runs", Host=f"localhost:{port}").status == 200


ORDERS = [
    ("POST", "/api/runs/vae/rename"),
    ("POST", "/api/jobs"),
    ("POST", "/api/uploads"),
    ("POST", "/api/lessons/imagine/train"),
    ("DELETE", "/api/runs/vae"),
]


@pytest.mark.parametrize(("method", "path"), ORDERS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "https://{}"},
        {"X_Studio": None},
        {"X_Studio": "0"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Cookie": None},
    ],
)
def test_order_from_elsewhere_is_refused(page, method, path, headers):
    given = {k: v and v.format(page.host) for k, v in headers.items()}
    answer = page.ask(method, path, {}, **given)
    assert answer.status == 403
    assert answer.value["error"].endswith(".")
    assert page.get("/api/runs/vae").status == 200


@pytest.mark.parametrize("path", ["/api/live", "/api/paint"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": None},
        {"Cookie": None},
        {"Host": "evil.example"},
    ],
)
def test_socket_from_elsewhere_is_refused(page, path, headers):
    with pytest.raises(InvalidStatus) as refused:
        page.socket(path, **headers)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/api/runs", "/api/none"])
def test_every_answer_has_the_safety_headers(page, path):
    headers = page.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/vendor/%00.js",
        "/static/",
        "/api/runs/..",
        "/api/runs/%2e%2e%2fruns%2fvae",
        "/api/runs/vae/files/samples/..%2f..%2frecipe.json",
        "/api/runs/vae/files/samples/recipe.json",
    ],
)
def test_nothing_outside_is_reached(page, path):
    assert page.get(path).status == 404


def test_an_order_that_is_too_long_is_refused(page):
    answer = page.post("/api/runs/vae/rename", b"x" * (2 << 20))
    assert answer.status == 413


def test_nonsense_is_refused_with_a_sentence(page):
    for body in (b"[]", b"{", b"\xff", b"1"):
        answer = page.post("/api/runs/vae/rename", body)
        assert answer.status == 400
        assert "JSON object" in answer.value["error"]
