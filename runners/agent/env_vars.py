"""The environment variables of each step: a chosen few, never all of the agent's own."""

import base64
from collections.abc import Mapping
from pathlib import Path

from .packages.index import PackageIndex
from .specification import Specification

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_STRATEGY")
# pip's names for the same settings, which uv does not read.
PIP = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX", "PIP_FIND_LINKS": "UV_FIND_LINKS"}
PASSED_ON = (*CERTIFICATES, *PROXIES, *INDEXES, *PIP)
GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:http:https",
    "GIT_LFS_SKIP_SMUDGE": "1",
}


def picked(outer: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return those of `names` that `outer` sets to something."""
    return {name: outer[name] for name in names if outer.get(name)}


def for_fetching(outer: Mapping[str, str], specification: Specification) -> dict[str, str]:
    """Return the variables for git on our own mirror.

    The token is passed in a variable: everyone on the machine can read arguments.
    """
    env = {"PATH": outer.get("PATH", PATH), "LANG": "C.UTF-8", **GIT, **picked(outer, *CERTIFICATES, *PROXIES)}
    if specification.clone_token and specification.clone_url.startswith(("http://", "https://")):
        env |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{specification.clone_url}.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic(specification.clone_login, specification.clone_token)}",
        }
    return env


def basic(login: str, token: str) -> str:
    """Return login and token as HTTP's basic authentication has them."""
    return base64.b64encode(f"{login}:{token}".encode()).decode()


def with_index(outer: Mapping[str, str], index: PackageIndex | None) -> Mapping[str, str]:
    """Return the machine's variables with this package index in place of the machine's own and its credentials."""
    if index is None:
        return outer
    rest = {name: value for name, value in outer.items() if name not in (*INDEXES, *PIP)}
    return rest | {"UV_DEFAULT_INDEX": index.address}


def for_installing(outer: Mapping[str, str], scratch: Path, cache: Path) -> dict[str, str]:
    """Return the variables for uv: the only step with foreign code that gets the index and its credentials."""
    indexes = {new: outer[old] for old, new in PIP.items() if outer.get(old)} | picked(outer, *INDEXES)
    if "UV_FIND_LINKS" in indexes:
        indexes["UV_FIND_LINKS"] = ",".join(indexes["UV_FIND_LINKS"].replace(",", " ").split())  # pip has spaces
    if "UV_INDEX_URL" in indexes:
        indexes.pop("UV_DEFAULT_INDEX", None)  # uv's older name for the same setting: give only one of them
    return {
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "UV_CACHE_DIR": str(cache),
        "UV_NO_CONFIG": "1",
        "UV_NO_PROGRESS": "1",
        "UV_LINK_MODE": "copy",  # inside, cache and environment are two mounts, and no link can lead across
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_COMPILE_BYTECODE": "1",  # the environment is read-only afterwards: no run could store what it compiles
        **picked(outer, *CERTIFICATES, *PROXIES),
        **indexes,
    }


def for_training(outer: Mapping[str, str], specification: Specification, env: Path, home: Path) -> dict[str, str]:
    """Return the variables for whatever may run the project's code: no credentials but those the operator gives."""
    proxies = {name: url for name, url in picked(outer, *PROXIES).items() if "@" not in url}
    return {
        **specification.environment,
        "STUDIO_BRANCH": specification.branch,  # HEAD is detached, so Git cannot tell it
        "PATH": f"{env / 'bin'}:{PATH}",
        "VIRTUAL_ENV": str(env),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "PYTHONUNBUFFERED": "1",
        "MPLBACKEND": "Agg",
        "DVC_NO_ANALYTICS": "1",
        "DVC_STUDIO_OFFLINE": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc" / "site"),
        "DVC_GLOBAL_CONFIG_DIR": str(home / "dvc" / "global"),
        "DVC_SYSTEM_CONFIG_DIR": str(home / "dvc" / "system"),
        "GIT_AUTHOR_NAME": specification.author,
        "GIT_AUTHOR_EMAIL": specification.email,
        "GIT_COMMITTER_NAME": specification.author,
        "GIT_COMMITTER_EMAIL": specification.email,
        **GIT,
        **picked(outer, *CERTIFICATES),
        **proxies,
    }


def for_carrying(outer: Mapping[str, str], env: Path, home: Path) -> dict[str, str]:
    """Return the variables for our own DVC with a remote: nobody's configuration, no credentials of the machine."""
    return {
        "PATH": f"{env / 'bin'}:{PATH}",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "USER": "studio",  # in the closed room the user has no name
        "LOGNAME": "studio",
        "DVC_NO_ANALYTICS": "1",
        "DVC_STUDIO_OFFLINE": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc" / "site"),
        "DVC_GLOBAL_CONFIG_DIR": str(home / "dvc" / "global"),
        "DVC_SYSTEM_CONFIG_DIR": str(home / "dvc" / "system"),
        "AWS_EC2_METADATA_DISABLED": "true",
        **picked(outer, *CERTIFICATES, *PROXIES),
    }


def certificates(outer: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the paths that certificate variables name outside of /usr and /etc/ssl/certs.

    Rooms must show them, too.
    """
    paths = {Path(value) for value in picked(outer, *CERTIFICATES).values()}
    seen = (Path("/usr"), Path("/etc/ssl/certs"), Path("/etc/pki/tls/certs"))
    return tuple(sorted(p for p in paths if p.exists() and not any(p.is_relative_to(folder) for folder in seen)))


def find_links(outer: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the local folders of packages that uv has to see."""
    value = outer.get("UV_FIND_LINKS") or outer.get("PIP_FIND_LINKS") or ""
    return tuple(Path(part) for part in value.replace(",", " ").split() if part.startswith("/") and Path(part).is_dir())
