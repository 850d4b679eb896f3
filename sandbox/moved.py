"""Serves old addresses of renamed or transferred repositories, and addresses by a repository's number."""

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sandbox.records import HostedRepository
from sandbox.state import Missing, State

API = "/api/v3"
NAMED = re.compile(rf"(?P<api>{API}/repos)?/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?P<rest>(?:\.git)?(?:/.*)?)")
NUMBERED = re.compile(rf"{API}/repositories/(?P<number>\d+)(?P<rest>(?:/.*)?)")


class Moved:
    """A WSGI application that redirects old names, as GitHub does: in REST to the number, elsewhere to the new name."""

    def __init__(self, application: WSGIApplication, state: State) -> None:
        self.application = application
        self.state = state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        numbered = NUMBERED.fullmatch(path)
        if numbered:
            found = self.state.repositories.get(int(numbered["number"]))
            if found:
                environ["PATH_INFO"] = f"{API}/repos/{found.full_name}{numbered['rest']}"
            return self.application(environ, start_response)
        named = NAMED.fullmatch(path)
        moved = self.moved(f"{named['owner']}/{named['name']}") if named else None
        if named is None or moved is None:
            return self.application(environ, start_response)
        page = f"{API}/repositories/{moved.id}" if named["api"] else f"/{moved.full_name}"
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        # Only 307 keeps a method other than GET.
        status = "301 Moved Permanently" if environ["REQUEST_METHOD"] == "GET" else "307 Temporary Redirect"
        where = f"{self.state.url}{page}{named['rest']}{query}"
        start_response(status, [("Location", where), ("Content-Type", "application/json; charset=utf-8")])
        return [f'{{"message": "{status[4:]}", "url": "{where}"}}'.encode()]

    def moved(self, full_name: str) -> HostedRepository | None:
        """Return the repository that once had this name; None where a repository has it now."""
        try:
            self.state.repository(full_name)
        except Missing:
            return self.state.repositories.get(self.state.moved.get(full_name.lower(), 0))
        return None
