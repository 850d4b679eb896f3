"""The environment variables that the demo's programs get: as few as work."""

from collections.abc import Mapping
from pathlib import Path

# How to reach a package index from here, and no variable that could hold a secret of another kind.
KEPT = frozenset(
    {"PATH", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    | {"SLURM_CONF"}  # which cluster `sbatch` means
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"}
)
KEPT_PREFIXES = ("UV_", "PIP_", "LC_")


def clean_environment(environ: Mapping[str, str], home: Path, programs: Path) -> dict[str, str]:
    """Return the kept variables of `environ`, with a HOME of the demo's own and the folder `programs` first on PATH.

    That HOME keeps the person's settings of git, DVC and uv out of the demo, and the demo's settings out of theirs.
    """
    home.mkdir(parents=True, exist_ok=True)
    # All of the demo is on this machine; a proxy would look for these addresses on its own machine.
    direct = ",".join(filter(None, [environ.get("NO_PROXY") or environ.get("no_proxy"), "127.0.0.1,localhost"]))
    kept = {name: value for name, value in environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    return kept | {
        "PATH": f"{programs}:{environ.get('PATH', '/usr/bin:/bin')}",
        "HOME": str(home),
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "DVC_NO_ANALYTICS": "1",
    }
