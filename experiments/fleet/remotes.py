"""DVC remotes that the operator names: the credentials with which runs read and push, and the repositories that may."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from experiments.data.addresses import PLUGINS, Address, address
from experiments.fleet.entry import FleetEntry, Variable
from experiments.fleet.patterns import matches

# Names of credentials, in the words of the vendors' own tools. The agent writes those of `gs` and `ssh` into files.
CREDENTIALS: Mapping[str, tuple[str, ...]] = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    "azure": (
        "AZURE_STORAGE_CONNECTION_STRING",
        "AZURE_STORAGE_ACCOUNT",
        "AZURE_STORAGE_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
    ),
    "gs": ("GOOGLE_CREDENTIALS",),
    "ssh": ("SSH_PRIVATE_KEY",),
}


class DeclaredRemote(FleetEntry):
    """A DVC remote at an address and everything below it."""

    url: str = Field(description="`s3://bucket/path`, `gs://`, `azure://` or `ssh://user@host/path`.")
    repositories: Sequence[str] = Field(min_length=1, description="Patterns of `owner/name` that may use it.")
    read: Mapping[str, Variable] = Field(
        default_factory=dict, description="What reads it: the tool's variable, and the bot's that has its value."
    )
    push: Mapping[str, Variable] = Field(
        default_factory=dict, description="What pushes to it, in the same way. Without it nothing is pushed."
    )
    region: str = Field(default="", pattern=r"^[a-z0-9-]{0,40}$", description="The region of an S3 bucket.")
    endpoint: str = Field(
        default="",
        pattern=r"^$|^https?://[A-Za-z0-9.:/_-]+$",
        description="The endpoint of S3 or GCS that is not the vendor's own.",
    )
    host_key: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9@.-]* ?[A-Za-z0-9+/=]*$",
        description="Public key of an SSH host.",
    )

    @property
    def address(self) -> Address | None:
        """The parts of `url`. None where they can't be told."""
        return address(self.url)

    def serves(self, repository: str) -> bool:
        """Return whether this repository may use the remote."""
        return matches(self.repositories, repository)

    @property
    def options(self) -> Mapping[str, str]:
        """The options of the remote in DVC's configuration, besides its address."""
        named = {"region": self.region, "endpointurl": self.endpoint}
        return {name: value for name, value in named.items() if value}


def find(remotes: Mapping[str, DeclaredRemote], repository: str, wanted: str) -> tuple[DeclaredRemote, Address] | None:
    """Return the entry for the address in a commit, and that address as the entry reaches it. None where there is none.

    Of several entries the narrowest counts. Where that one belongs to other repositories there is none: data below a
    wider entry may be theirs.
    """
    asked = address(wanted)
    if asked is None:
        return None
    found = [
        (len(each.address.path), each, inside)
        for each in remotes.values()
        if each.address and (inside := asked.inside(each.address))
    ]
    deepest = max((depth for depth, _, _ in found), default=0)
    near = ((each, inside) for depth, each, inside in found if depth == deepest and each.serves(repository))
    return next(near, None)


def mistakes(name: str, remote: DeclaredRemote) -> list[str]:
    """Return a sentence for each mistake that concerns several values of the entry."""
    known = remote.address
    if known is None or known.scheme not in CREDENTIALS:
        written = ", ".join(f"`{scheme}://`" for scheme in PLUGINS)
        return [f"`remotes.{name}.url`: write an address that begins with one of {written} and has no password in it."]
    found = []
    if known.scheme == "ssh" and not (known.user and remote.host_key.count(" ") == 1):
        found.append(
            f"`remotes.{name}`: SSH needs the user in `url` (ssh://user@host/path) and the host's public key in "
            "`host_key`, as `ssh-keyscan HOST` prints it behind the host's name."
        )
    if known.scheme != "ssh" and (known.user or known.port or remote.host_key):
        found.append(f"`remotes.{name}`: user, port and `host_key` are for `ssh://`.")
    if (remote.region and known.scheme != "s3") or (remote.endpoint and known.scheme not in ("s3", "gs")):
        found.append(f"`remotes.{name}`: `region` is for `s3://`, `endpoint` for `s3://` and `gs://`.")
    if remote.read and remote.read == remote.push:
        found.append(
            f"`remotes.{name}.read` is the same as `push`: name variables of somebody who cannot write there, or leave "
            "`read` out."
        )
    for what, given in (("read", remote.read), ("push", remote.push)):
        unknown = [each for each in given if each not in CREDENTIALS[known.scheme]]
        for each in unknown:
            allowed = ", ".join(f"`{variable}`" for variable in CREDENTIALS[known.scheme])
            found.append(f"`remotes.{name}.{what}.{each}`: for {known.scheme}:// there are {allowed}.")
    return found
