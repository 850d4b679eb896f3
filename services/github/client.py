"""GitHub as the App meets it: rights, pull requests, comments, reactions and check runs."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice, takewhile
from typing import Any

import gidgethub
import httpx

from bot.errors import Forbidden, NotFound, Rejected
from bot.ports.git_host import BranchRules, Check, Permission, PullRequest, Push, Status
from bot.redelivery import Attempt
from experiments.experiment import PullRef, Repository
from experiments.hosts import GITHUB
from services.github import contents
from services.github.answers import fields, pull_of, push_of, reason, seconds, within
from services.github.http import GitHubConnection, Unauthorized
from services.github.tokens import CHECKS, READ, STATUS, TALK, WRITE, AppTokens

CONTEXT = "studio"  # of our commit status
PAGE = 100  # entries of a list
MOST_ATTEMPTS = 5000  # deliveries of one look; where more were sent, the older ones are left
PREFIX = "/repos/{owner}/{repo}/"


class GitHubApp:
    """The App's installations, each repository with a token of its own.

    Raises NotFound, Forbidden and TryLater, as the port promises. Unauthorized means that `app_id` and `private_key` do
    not belong together. A text over GitHub's limit is a ValueError: the report's writer cuts it, knowing where it hurts
    least.
    """

    def __init__(
        self,
        api_url: str,
        app_id: str,
        private_key: str,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._github = GitHubConnection(api_url, client, clock, pause)
        self._tokens = AppTokens(self._github, app_id, private_key, clock)
        self._app_id = app_id
        self._bot_login = ""

    @property
    def bot_login(self) -> str:
        """The login our comments and commits carry, `studio[bot]` say; asked from GitHub once."""
        if not self._bot_login:
            app = self._github.get("/app", {}, jwt=self._tokens.jwt())
            self._bot_login = f"{app['slug']}[bot]"
        return self._bot_login

    def permission(self, repository: Repository, login: str) -> Permission:
        """The right of a person in the repository; NONE for whom GitHub does not know."""
        try:
            answer = self._get(repository, "collaborators/{login}/permission", login=login)
        except NotFound:
            return Permission.NONE
        # An organisation's own roles have names of their own; then `permission` says what they amount to.
        for name in (answer.get("role_name") or "", answer["permission"]):
            if name.upper() in Permission.__members__:
                return Permission[name.upper()]
        return Permission.NONE

    def repository(self, full_name: str, beside: Repository) -> Repository | None:
        """The repository of this name, with its installation; None where the App is not installed on it, is suspended,
        or GitHub knows it by another name now."""
        owner, _, name = full_name.partition("/")
        if "/" in name:  # GitHub has no groups
            return None
        try:
            installation, token = self._tokens.find(full_name)
            there = self._github.get("/repos/{owner}/{repo}", {"owner": owner, "repo": name}, oauth_token=token)
        except (Forbidden, NotFound):
            return None
        return replace(beside.renamed(there["full_name"]), id=int(there["id"]), installation=installation)

    def pull(self, where: PullRef) -> PullRequest:
        """The pull request as it is now, whatever became of its repository's name and owner."""
        repository, number = where.repository, str(where.number)
        try:
            answer = self._get(repository, "pulls/{number}", number=number)
        except NotFound:
            if not self._tokens.moved(repository):
                raise
            answer = self._get(repository, "pulls/{number}", number=number)
        there = answer["base"]["repo"]
        if there["id"] != repository.id:
            raise NotFound(f"{repository.full_name} is the name of another repository now")
        if there["owner"]["login"] != repository.owner:
            self._tokens.moved(repository)
        return pull_of(
            answer, replace(repository.renamed(there["full_name"]), installation=self._tokens.installation(repository))
        )

    def pushes(self, repository: Repository, branch: str) -> Sequence[Push]:
        """The last ones to a branch, the newest first; none where GitHub has no such log (Enterprise Server 3.8)."""
        path = f"activity?ref={{ref}}&per_page={PAGE}"
        try:
            found = self._get(repository, path, READ, ref=f"refs/heads/{branch}")
        except (Forbidden, NotFound):
            return ()
        return tuple(map(push_of, found))

    def file(self, repository: Repository, sha: str, path: str) -> bytes | None:
        """See the port."""
        ask = "contents/{+place}?ref={ref}"
        return contents.read(lambda place: self._get(repository, ask, READ, place=place, ref=sha), path)

    def comment(self, where: PullRef, body: str) -> int:
        """Say something in a pull request; returns the comment's id."""
        data = {"body": within(body, len(body), GITHUB.comment_limit)}
        answer = self._send("POST", where.repository, "issues/{number}/comments", data, number=str(where.number))
        return int(answer["id"])

    def edit_comment(self, repository: Repository, comment: int, body: str) -> None:
        """Replace a comment's text; nobody is notified."""
        data = {"body": within(body, len(body), GITHUB.comment_limit)}
        self._send("PATCH", repository, "issues/comments/{comment}", data, comment=str(comment))

    def find_comment(self, where: PullRef, marker: str) -> int:
        """Id of our own newest comment that holds the marker; 0 where there is none."""
        repository, number = where.repository, str(where.number)
        # GitHub lists oldest first and cannot turn it round: the count says which page is the last.
        pull = self._get(repository, "pulls/{number}", number=number)
        for page in range(pull["comments"] // PAGE + 1, 0, -1):
            path = f"issues/{{number}}/comments?per_page={PAGE}&page={page}"
            for comment in reversed(self._get(repository, path, number=number)):
                if marker in (comment["body"] or "") and self._is_ours(comment):
                    return int(comment["id"])
        return 0

    def react(self, repository: Repository, comment: int, content: str) -> None:
        """Put a reaction (eyes, rocket, confused) under a comment; a second time changes nothing."""
        data = {"content": content}
        self._send("POST", repository, "issues/comments/{comment}/reactions", data, comment=str(comment))

    def reactions(self, repository: Repository, comment: int) -> set[str]:
        """Our own to a comment, among its first hundred."""
        path = f"issues/comments/{{comment}}/reactions?per_page={PAGE}"
        found = self._get(repository, path, comment=str(comment))
        return {each["content"] for each in found if each["user"] and each["user"]["login"] == self.bot_login}

    def find_check(self, repository: Repository, sha: str, name: str, begins: str) -> int:
        """Id of our check run on this commit with this name, whose external id begins so; 0 where there is none."""
        path = f"commits/{{sha}}/check-runs?check_name={{name}}&app_id={{app}}&filter=all&per_page={PAGE}"
        found = self._get(repository, path, CHECKS, sha=sha, name=name, app=self._app_id)["check_runs"]
        return next((int(each["id"]) for each in found if (each["external_id"] or "").startswith(begins)), 0)

    def create_check(self, repository: Repository, check: Check) -> int:
        """Start a check run on `check.sha`; returns its id."""
        answer = self._send("POST", repository, "check-runs", {**fields(check), "head_sha": check.sha}, CHECKS)
        return int(answer["id"])

    def external_id(self, repository: Repository, check_id: int) -> str:
        """What we gave a check run with its last change."""
        return str(self._get(repository, "check-runs/{id}", CHECKS, id=str(check_id))["external_id"] or "")

    def update_check(self, repository: Repository, check_id: int, check: Check) -> None:
        """Replace everything a check run says, output and all."""
        self._send("PATCH", repository, "check-runs/{id}", fields(check), CHECKS, id=str(check_id))

    def set_status(self, repository: Repository, sha: str, status: Status) -> None:
        """Say so on a commit. Rejected once GitHub has a thousand there, Forbidden where the right was not granted."""
        data = {
            "state": status.state,
            "context": CONTEXT,
            "description": within(status.description, len(status.description), GITHUB.status_limit),
            "target_url": status.url,
        }
        try:
            self._send("POST", repository, "statuses/{sha}", data, STATUS, sha=sha)
        except gidgethub.ValidationError as refused:
            raise Rejected(f"a commit status: {refused}") from None

    def rules(self, repository: Repository, branch: str) -> BranchRules:
        """What the rulesets ask of a branch. Older branch protection is told to administrators only, and not here."""
        try:
            found = self._get(repository, f"rules/branches/{{branch}}?per_page={PAGE}", branch=branch)
        except (Forbidden, NotFound):  # private repositories of accounts that do not pay have no rulesets
            return BranchRules()
        return BranchRules(
            signatures=any(rule["type"] == "required_signatures" for rule in found),
            dismisses=any((rule.get("parameters") or {}).get("dismiss_stale_reviews_on_push") for rule in found),
        )

    def sign(self, repository: Repository, tree: str, parent: str, message: str) -> str:
        """A commit made by GitHub, which signs it, of a tree it has; its SHA. Rejected with the reason."""
        data = {"message": message, "tree": tree, "parents": [parent]}
        return str(self._write("POST", repository, "git/commits", data)["sha"])

    def move_branch(self, repository: Repository, branch: str, sha: str) -> None:
        """Fast-forward a branch to a commit GitHub has. Rejected with the reason."""
        self._write("PATCH", repository, "git/refs/{ref}", {"sha": sha, "force": False}, ref=f"heads/{branch}")

    def open_pull(self, repository: Repository, branch: str, base: str, title: str, body: str) -> int:
        """Open a pull request, or find the open one of this branch; its number. Rejected with the reason."""
        open_now = self._get(repository, "pulls?state=open&head={head}", head=f"{repository.owner}:{branch}")
        if open_now:
            return int(open_now[0]["number"])
        data = {"title": title, "head": branch, "base": base, "body": within(body, len(body), GITHUB.comment_limit)}
        try:
            return int(self._send("POST", repository, "pulls", data)["number"])
        except gidgethub.BadRequest as refused:
            raise Rejected(reason(refused)) from None

    def attempts(self, since: float) -> Sequence[Attempt]:
        """Deliveries that GitHub sent us after a time, newest first, each as often as it was sent."""
        sent = self._github.each(f"/app/hook/deliveries?per_page={PAGE}", {}, jwt=self._tokens.jwt())
        attempts = (
            Attempt(each["id"], each["guid"], seconds(each["delivered_at"]), each["status_code"], each["redelivery"])
            for each in sent
        )
        return tuple(islice(takewhile(lambda attempt: attempt.at >= since, attempts), MOST_ATTEMPTS))

    def send_again(self, attempt: int) -> None:
        """Have a delivery sent once more. NotFound or Rejected where GitHub does not have it any more."""
        path = "/app/hook/deliveries/{id}/attempts"
        try:
            self._github.send("POST", path, {"id": str(attempt)}, b"", jwt=self._tokens.jwt())
        except gidgethub.BadRequest as refused:
            raise Rejected(reason(refused)) from None

    def read_token(self, repository: Repository) -> str:
        """A token for git that can read this one repository, for an hour at most."""
        return self._tokens.token(repository, READ)

    def write_token(self, repository: Repository) -> str:
        """A token for git that can write this one repository's contents."""
        return self._tokens.token(repository, WRITE)

    def forget_token(self, token: str) -> None:
        """GitHub does not take it any more: the next one is new."""
        self._tokens.forget(token)

    def _is_ours(self, comment: dict[str, Any]) -> bool:
        """People can write our marker too: only the author counts."""
        app = comment.get("performed_via_github_app")
        if app is not None and str(app["id"]) != self._app_id:
            return False
        author = comment["user"] or {}  # None: the account was deleted
        return bool(author.get("type") == "Bot" and author.get("login") == self.bot_login)

    def _get(self, repository: Repository, path: str, use: Mapping[str, str] = TALK, **names: str) -> Any:
        return self._with_token(
            repository,
            use,
            lambda token: self._github.get(PREFIX + path, names | _place(repository), oauth_token=token),
        )

    def _send(
        self,
        method: str,
        repository: Repository,
        path: str,
        data: dict[str, Any],
        use: Mapping[str, str] = TALK,
        **names: str,
    ) -> Any:
        return self._with_token(
            repository,
            use,
            lambda token: self._github.send(method, PREFIX + path, names | _place(repository), data, oauth_token=token),
        )

    def _write(self, method: str, repository: Repository, path: str, data: dict[str, Any], **names: str) -> Any:
        """To the Git database, by a token that can write contents. Rejected where GitHub will not have it."""
        try:
            return self._send(method, repository, path, data, WRITE, **names)
        except gidgethub.BadRequest as refused:
            raise Rejected(reason(refused)) from None

    def _with_token(self, repository: Repository, use: Mapping[str, str], ask: Callable[[str], Any]) -> Any:
        """GitHub may have taken a kept token back before its time: after a 401 a new one is tried, once."""
        token = self._tokens.token(repository, use)
        try:
            return ask(token)
        except Unauthorized:
            self._tokens.forget(token)
            return ask(self._tokens.token(repository, use))


def _place(repository: Repository) -> dict[str, str]:
    return {"owner": repository.owner, "repo": repository.name}
