"""GitHub's API as the bot uses it: rights, pull requests, comments, reactions, check runs, deliveries."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice, takewhile
from typing import Any

import gidgethub
import httpx

from bot.errors import Forbidden, NotFound, Rejected
from bot.ports.git_host import BranchRules, Check, Permission, PullRequest, Push, Status
from bot.redelivery import DeliveryAttempt
from experiments.experiment import PullRef, Repository
from experiments.hosts import GITHUB
from services.github import contents
from services.github.answers import fields, pull_of, push_of, reason, seconds, within
from services.github.errors import Unauthorized
from services.github.http import GitHubConnection
from services.github.tokens import CHECKS, READ, STATUS, TALK, WRITE, AppTokens

CONTEXT = "studio"  # the name of our commit status
PAGE = 100  # entries of one page of a list
MOST_ATTEMPTS = 5000  # deliveries that are read at a time; older ones are left out
PREFIX = "/repos/{owner}/{repo}/"


class GitHubApp:
    """Implements the GitHost port. Each repository is reached with a token of its own.

    Methods raise NotFound, Forbidden and TryLater, as the port promises. They raise Unauthorized where `app_id` and
    `private_key` do not belong together. They raise ValueError for a text over GitHub's limit: the report's writer has
    to cut it, who knows where that hurts least.
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
        """The author of our comments and commits, `studio[bot]` for example; GitHub is asked once."""
        if not self._bot_login:
            app = self._github.get("/app", {}, jwt=self._tokens.jwt())
            self._bot_login = f"{app['slug']}[bot]"
        return self._bot_login

    def permission(self, repository: Repository, login: str) -> Permission:
        """Return the right of a person in the repository; NONE for a login that GitHub does not know."""
        try:
            answer = self._get(repository, "collaborators/{login}/permission", login=login)
        except NotFound:
            return Permission.NONE
        # An organisation can name its own roles; then `permission` is the standard right that such a role amounts to.
        for name in (answer.get("role_name") or "", answer["permission"]):
            if name.upper() in Permission.__members__:
                return Permission[name.upper()]
        return Permission.NONE

    def repository(self, full_name: str, beside: Repository) -> Repository | None:
        """Return the repository of this name, with its installation.

        Return None where the App is not installed on it, is suspended, or where the repository has another name now.
        """
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
        """Return the pull request as it is now, also after its repository was renamed or transferred.

        Raise NotFound where it is gone, or where the repository's name belongs to another repository now.
        """
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
        """Return a branch's last pushes, newest first; none where GitHub keeps no such log (Enterprise Server 3.8)."""
        path = f"activity?ref={{ref}}&per_page={PAGE}"
        try:
            found = self._get(repository, path, READ, ref=f"refs/heads/{branch}")
        except (Forbidden, NotFound):
            return ()
        return tuple(map(push_of, found))

    def file(self, repository: Repository, sha: str, path: str) -> bytes | None:
        """See the port."""
        return contents.read(lambda ask, **names: self._get(repository, ask, READ, **names), sha, path)

    def comment(self, where: PullRef, body: str) -> int:
        """Write a comment in a pull request. Return the comment's id."""
        data = {"body": within(body, len(body), GITHUB.comment_limit)}
        answer = self._send("POST", where.repository, "issues/{number}/comments", data, number=str(where.number))
        return int(answer["id"])

    def edit_comment(self, repository: Repository, comment: int, body: str) -> None:
        """Replace a comment's text; nobody is notified."""
        data = {"body": within(body, len(body), GITHUB.comment_limit)}
        self._send("PATCH", repository, "issues/comments/{comment}", data, comment=str(comment))

    def find_comment(self, where: PullRef, marker: str) -> int:
        """Return the id of our own newest comment that contains the marker; 0 where there is none."""
        repository, number = where.repository, str(where.number)
        # GitHub lists the oldest first and offers no other order: the count tells which page is the last.
        pull = self._get(repository, "pulls/{number}", number=number)
        for page in range(pull["comments"] // PAGE + 1, 0, -1):
            path = f"issues/{{number}}/comments?per_page={PAGE}&page={page}"
            for comment in reversed(self._get(repository, path, number=number)):
                if marker in (comment["body"] or "") and self._is_ours(comment):
                    return int(comment["id"])
        return 0

    def react(self, repository: Repository, comment: int, content: str) -> None:
        """Add a reaction (eyes, rocket, confused) to a comment; adding it again changes nothing."""
        data = {"content": content}
        self._send("POST", repository, "issues/comments/{comment}/reactions", data, comment=str(comment))

    def reactions(self, repository: Repository, comment: int) -> set[str]:
        """Return our own reactions to a comment, among its first hundred."""
        path = f"issues/comments/{{comment}}/reactions?per_page={PAGE}"
        found = self._get(repository, path, comment=str(comment))
        return {each["content"] for each in found if each["user"] and each["user"]["login"] == self.bot_login}

    def find_check(self, repository: Repository, sha: str, name: str, begins: str) -> int:
        """Return the id of a commit's check run by our App with this name and external id prefix; 0 without one."""
        path = f"commits/{{sha}}/check-runs?check_name={{name}}&app_id={{app}}&filter=all&per_page={PAGE}"
        found = self._get(repository, path, CHECKS, sha=sha, name=name, app=self._app_id)["check_runs"]
        return next((int(each["id"]) for each in found if (each["external_id"] or "").startswith(begins)), 0)

    def create_check(self, repository: Repository, check: Check) -> int:
        """Create a check run on `check.sha`. Return its id."""
        answer = self._send("POST", repository, "check-runs", {**fields(check), "head_sha": check.sha}, CHECKS)
        return int(answer["id"])

    def external_id(self, repository: Repository, check_id: int) -> str:
        """Return the external id that we gave a check run with its last update; empty where we gave none."""
        return str(self._get(repository, "check-runs/{id}", CHECKS, id=str(check_id))["external_id"] or "")

    def update_check(self, repository: Repository, check_id: int, check: Check) -> None:
        """Replace all that a check run says, its output too."""
        self._send("PATCH", repository, "check-runs/{id}", fields(check), CHECKS, id=str(check_id))

    def set_status(self, repository: Repository, sha: str, status: Status) -> None:
        """Set our status on a commit.

        Raise Rejected where the commit has a thousand statuses already, GitHub's limit. Raise Forbidden where the App
        was not granted the right.
        """
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
        """Return what rulesets ask of a branch. Older branch protection is not read: only administrators may see it."""
        try:
            found = self._get(repository, f"rules/branches/{{branch}}?per_page={PAGE}", branch=branch)
        except (Forbidden, NotFound):  # private repositories on GitHub's free plan have no rulesets
            return BranchRules()
        return BranchRules(
            signatures=any(rule["type"] == "required_signatures" for rule in found),
            dismisses=any((rule.get("parameters") or {}).get("dismiss_stale_reviews_on_push") for rule in found),
        )

    def sign(self, repository: Repository, tree: str, parent: str, message: str) -> str:
        """Have GitHub make and sign a commit of a tree that it has. Return its SHA. Raise Rejected with the reason."""
        data = {"message": message, "tree": tree, "parents": [parent]}
        return str(self._write("POST", repository, "git/commits", data)["sha"])

    def move_branch(self, repository: Repository, branch: str, sha: str) -> None:
        """Fast-forward a branch to a commit that GitHub has. Raise Rejected with the reason."""
        self._write("PATCH", repository, "git/refs/{ref}", {"sha": sha, "force": False}, ref=f"heads/{branch}")

    def open_pull(self, repository: Repository, branch: str, base: str, title: str, body: str) -> int:
        """Return the number of a branch's open pull request; open one if need be. Raise Rejected with the reason."""
        open_now = self._get(repository, "pulls?state=open&head={head}", head=f"{repository.owner}:{branch}")
        if open_now:
            return int(open_now[0]["number"])
        data = {"title": title, "head": branch, "base": base, "body": within(body, len(body), GITHUB.comment_limit)}
        try:
            return int(self._send("POST", repository, "pulls", data)["number"])
        except gidgethub.BadRequest as refused:
            raise Rejected(reason(refused)) from None

    def attempts(self, since: float) -> Sequence[DeliveryAttempt]:
        """Return the attempts to deliver since a time (in seconds since the epoch), newest first, repeated ones too."""
        sent = self._github.each(f"/app/hook/deliveries?per_page={PAGE}", {}, jwt=self._tokens.jwt())
        attempts = (
            DeliveryAttempt(
                each["id"], each["guid"], seconds(each["delivered_at"]), each["status_code"], each["redelivery"]
            )
            for each in sent
        )
        return tuple(islice(takewhile(lambda attempt: attempt.at >= since, attempts), MOST_ATTEMPTS))

    def send_again(self, attempt: int) -> None:
        """Have GitHub send a delivery again. Raise NotFound or Rejected where GitHub does not have it any more."""
        path = "/app/hook/deliveries/{id}/attempts"
        try:
            self._github.send("POST", path, {"id": str(attempt)}, b"", jwt=self._tokens.jwt())
        except gidgethub.BadRequest as refused:
            raise Rejected(reason(refused)) from None

    def read_token(self, repository: Repository) -> str:
        """Return a token with which git can read this one repository, for an hour at most."""
        return self._tokens.token(repository, READ)

    def write_token(self, repository: Repository) -> str:
        """Return a token with which git can write this one repository's contents, for an hour at most."""
        return self._tokens.token(repository, WRITE)

    def forget_token(self, token: str) -> None:
        """Forget a token that GitHub does not accept any more, so that the next one is new."""
        self._tokens.forget(token)

    def _is_ours(self, comment: dict[str, Any]) -> bool:
        """Return whether we wrote a comment. People can write our marker too, so only the author counts."""
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
        """Change the Git database, with a token that can write contents. Raise Rejected where GitHub refuses."""
        try:
            return self._send(method, repository, path, data, WRITE, **names)
        except gidgethub.BadRequest as refused:
            raise Rejected(reason(refused)) from None

    def _with_token(self, repository: Repository, use: Mapping[str, str], ask: Callable[[str], Any]) -> Any:
        """Return what `ask` returns for a token. After a 401, try a new one once: the old one may have been revoked."""
        token = self._tokens.token(repository, use)
        try:
            return ask(token)
        except Unauthorized:
            self._tokens.forget(token)
            return ask(self._tokens.token(repository, use))


def _place(repository: Repository) -> dict[str, str]:
    return {"owner": repository.owner, "repo": repository.name}
