"""Who may ask the studio for what: its own page in this person's browser, and nobody else.

A local server can be reached by every page that the browser shows. So a request needs the key of
this home (as a cookie that other sites' requests do not carry), a Host of ours (or a
name that was bound to this machine could speak for another site), and, to change anything, a
header and an Origin that only the studio's own page can send.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response

from makebelieve.studio.messages import answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard", "page_policy", "report_policy"]

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

LOCKED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>makebelieve</title>
<h1>This page needs its key</h1>
<p>The studio answers only the browser that was given its key. Open the address that
<code>makebelieve studio</code> printed in the terminal, whole, with what follows the question mark.
</p></html>"""

# From a page of another site the cookie would not travel along a redirect; from a page of ours it
# does.
ONWARD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>makebelieve</title>
<meta http-equiv="refresh" content="0;url=/"><p><a href="/">Go on to the studio</a></p></html>"""

OURS = ("same-origin", "none")


def page_policy(host: str) -> str:
    """Return the Content-Security-Policy of the studio's pages.

    Args:
        host: as the browser names it; some browsers do not count a socket as 'self'.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        f"font-src 'self'; frame-src 'self'; connect-src 'self' ws://{host}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


def report_policy(page: bytes) -> str:
    """Return the policy of a report: its own styles and pictures, and the scripts it came with.

    The studio's own page, and no other, shows it in a frame.

    Args:
        page: the report; a script that is not in it now cannot run in it.
    """
    scripts = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(each).digest()).decode() for each in scripts]
    allowed = " ".join(f"'sha256-{each}'" for each in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


class Guard:
    """Lets through what may pass, and puts the safety headers on every answer.

    Args:
        app: what is guarded.
        token: the key.
        hosts: what a request may call us, with the port, such as "127.0.0.1:8321".
    """

    def __init__(self, app: ASGIApp, token: str, hosts: frozenset[str]) -> None:
        self.app, self.token, self.hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        why = self._refusal(scope, headers, host)
        if scope["type"] == "websocket":
            if why:
                # Before it is accepted, this is an answer 403.
                await send({"type": "websocket.close", "code": 1008, "reason": why[:100]})
                return
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    given.setdefault(name, value)
                # A host that is not ours is not repeated.
                trusted = host if host in self.hosts else "localhost"
                given.setdefault("Content-Security-Policy", page_policy(trusted))
            await send(message)

        response = self._own_answer(scope, headers, host, why)
        await (response or self.app)(scope, receive, sending)

    def _own_answer(self, scope: Scope, headers: Headers, host: str, why: str) -> Response | None:
        """Return the answer that needs no application: a refusal, or the key's way in."""
        if host in self.hosts and scope["method"] == "GET" and scope["path"] == "/":
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if given and self._is_token(given):
                return self._let_in(headers, host)
        if not why:
            return None
        if scope["path"].startswith(("/api", "/static")) or scope["method"] != "GET":
            return answer({"error": why}, 403)
        return HTMLResponse(LOCKED, 403, {"Cache-Control": "no-store"})

    def _let_in(self, headers: Headers, host: str) -> Response:
        inside = headers.get("sec-fetch-site", "none") in OURS
        response = RedirectResponse("/", 303) if inside else HTMLResponse(ONWARD)
        response.set_cookie(
            self._cookie(host), self.token, httponly=True, samesite="strict", path="/"
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    def _refusal(self, scope: Scope, headers: Headers, host: str) -> str:
        """Return why a request may not pass; "" when it may."""
        if host not in self.hosts:
            return "The studio answers only to its own address on this machine."
        if headers.get("sec-fetch-site", "same-origin") not in OURS:
            return "The studio takes no requests from other sites."
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if changes and headers.get("origin") != f"http://{host}":
            return "The studio takes orders from its own page only: the Origin is another."
        if changes and scope["type"] == "http" and headers.get("x-studio") != "1":
            return "An order to the studio carries the header X-Studio: 1."
        if not self._is_token(self._given(headers, host)):
            return "The key is missing or another: open the address that the terminal shows."
        return ""

    def _given(self, headers: Headers, host: str) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie(host))
        except CookieError:
            return ""
        return found.value if found else ""

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    @staticmethod
    def _cookie(host: str) -> str:
        """Return the cookie's name: cookies do not tell ports apart."""
        return f"makebelieve-{host.rpartition(':')[2]}"
