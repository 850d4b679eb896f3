"""The operator's page: which machines exist, what they cost, and who spends it."""

import hmac
from time import time

from flask import Blueprint, Response, request

from bot.ports import Ports
from experiments.fleet.ledger import month
from web.pages import PAGE_HEADERS
from web.ports import PasswordGuesses

WHO = "operator"  # the user's name
COOKIE = "operator"


def operator(ports: Ports, password: str, guesses: PasswordGuesses) -> Blueprint:
    """Return the blueprint of `/operator`, which asks for `password` (HTTP Basic); an empty one makes it answer 404."""
    door = Blueprint("operator", __name__)

    @door.get("/operator")
    def machines() -> Response:
        if not password:
            return Response("no such page\n", 404, mimetype="text/plain")
        # Behind a proxy, every request comes from the proxy's address; the list's last entry is who asked the proxy.
        address = str(request.access_route[-1]) if request.access_route else ""
        ticket = request.cookies.get(COOKIE, "")
        known = guesses.knows(ticket)  # somebody else's guesses do not lock out a known browser
        if not known and guesses.are_too_many(address):
            return Response(
                "too many wrong passwords; wait a minute\n", 429, {"Retry-After": "60"}, mimetype="text/plain"
            )
        given = request.authorization
        name, word = (given.username or "", given.password or "") if given and given.type == "basic" else ("", "")
        if name != WHO or not hmac.compare_digest(word.encode(), password.encode()):
            if given:
                guesses.wrong(address)
                guesses.forget(ticket)
            ask = {"WWW-Authenticate": 'Basic realm="operator", charset="UTF-8"'}
            return Response("this page is for the operator of the bot\n", 401, ask, mimetype="text/plain")
        # Imported here: they bring the words of reports and a Markdown parser, and one person opens this page.
        from reports.pages.operator import overview
        from reports.pages.page import page

        now, audit, active = time(), ports.runners.audit, ports.store.active()
        there = list(audit.there(now).values())
        unpushed = ports.store.unpushed()
        found = overview(ports.runners.fleet, there, audit.month(now), active, unpushed, audit.paused(), now)
        answer = Response(page(f"Machines, {month(now)}", found), headers=PAGE_HEADERS, mimetype="text/html")
        if not known:
            answer.set_cookie(
                COOKIE, guesses.admit(), guesses.remembered, secure=True, httponly=True, samesite="Strict"
            )
        return answer

    return door
