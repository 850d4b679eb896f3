"""The environment variables each step sees: always a chosen few, never ours as a whole."""

import base64
from collections.abc import Mapping
from pathlib import Path

from .packages.index import Index
from .specification import Specification

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_STRATEGY")
# The same wishes in pip's words, which uv does not read.
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
    """Those of `names` that `outer` has."""
    return {name: outer[name] for name in names if outer.get(name)}


def for_fetching(outer: Mapping[str, str], specification: Specification) -> dict[str, str]:
    """For git on our own mirror. The token goes by environment: arguments can be read by everyone on the machine."""
    env = {"PATH": outer.get("PATH", PATH), "LANG": "C.UTF-8", **GIT, **picked(outer, *CERTIFICATES, *PROXIES)}
    if specification.clone_token and specification.clone_url.startswith(("http://", "https://")):
        env |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{specification.clone_url}.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic(specification.clone_login, specification.clone_token)}",
        }
    return env


def basic(login: str, token: str) -> str:
    """How git says login and token."""
    return base64.b64encode(f"{login}:{token}".encode()).decode()


def with_index(outer: Mapping[str, str], index: Index | None) -> Mapping[str, str]:
    """The machine's environment with this package index in the place of its own, and of its own credentials."""
    if index is None:
        return outer
    rest = {name: value for name, value in outer.items() if name not in (*INDEXES, *PIP)}
    return rest | {"UV_DEFAULT_INDEX": index.address}


def for_installing(outer: Mapping[str, str], scratch: Path, cache: Path) -> dict[str, str]:
    """For uv: the only foreign step that gets the package index with its credentials."""
    indexes = {new: outer[old] for old, new in PIP.items() if outer.get(old)} | picked(outer, *INDEXES)
    if "UV_FIND_LINKS" in indexes:
        indexes["UV_FIND_LINKS"] = ",".join(indexes["UV_FIND_LINKS"].replace(",", " ").split())  # pip has spaces
    if "UV_INDEX_URL" in indexes:
        indexes.pop("UV_DEFAULT_INDEX", None)  # said in uv's older words: one of them only
    return {
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "UV_CACHE_DIR": str(cache),
        "UV_NO_CONFIG": "1",
        "UV_NO_PROGRESS": "1",
        "UV_LINK_MODE": "copy",  # cache and environment are two mounts inside: links between them cannot be made
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_COMPILE_BYTECODE": "1",  # it is read-only afterwards: no run could keep what it compiled
        **picked(outer, *CERTIFICATES, *PROXIES),
        **indexes,
    }


def for_training(outer: Mapping[str, str], specification: Specification, env: Path, home: Path) -> dict[str, str]:
    """For everything that may run the project's code: nothing of ours, no credentials but what the operator gives."""
    proxies = {name: url for name, url in picked(outer, *PROXIES).items() if "@" not in url}
    return {
        **specification.environment,
        "STUDIO_BRANCH": specification.branch,  # HEAD is detached
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
    """For our own DVC on the way to a remote: no configuration of anybody's, no credentials of the machine."""
    return {
        "PATH": f"{env / 'bin'}:{PATH}",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "USER": "studio",  # the closed room's user has no name
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
    """Files and folders the certificate variables name outside /usr and /etc/ssl/certs: to be seen inside as well."""
    paths = {Path(value) for value in picked(outer, *CERTIFICATES).values()}
    seen = (Path("/usr"), Path("/etc/ssl/certs"), Path("/etc/pki/tls/certs"))
    return tuple(sorted(p for p in paths if p.exists() and not any(p.is_relative_to(folder) for folder in seen)))


def find_links(outer: Mapping[str, str]) -> tuple[Path, ...]:
    """Local folders of packages, to be seen by uv."""
    value = outer.get("UV_FIND_LINKS") or outer.get("PIP_FIND_LINKS") or ""
    return tuple(Path(part) for part in value.replace(",", " ").split() if part.startswith("/") and Path(part).is_dir())
