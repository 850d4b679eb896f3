"""CML's vendor-neutral words for regions and sizes of machines, in AWS's words.

The words come from Iterative's `cml runner launch --cloud-region --cloud-type`. CML maps `m+v100` to p3.xlarge, which
does not exist: here it is p3.2xlarge.
"""

from experiments.placement import EngineKind

_REGIONS = {"us-east": "us-east-1", "us-west": "us-west-1", "eu-west": "eu-west-1", "eu-north": "eu-north-1"}
_MACHINES = {
    "s": "t2.micro",
    "m": "m5.2xlarge",
    "l": "m5.8xlarge",
    "xl": "m5.16xlarge",
    "m+t4": "g4dn.xlarge",
    "m+k80": "p2.xlarge",
    "l+k80": "p2.8xlarge",
    "xl+k80": "p2.16xlarge",
    "m+v100": "p3.2xlarge",
    "l+v100": "p3.8xlarge",
    "xl+v100": "p3.16xlarge",
}


def region(kind: EngineKind, word: str) -> str:
    """Return a region in the vendor's words. A word that is not one of CML's stays as it is."""
    return _REGIONS.get(word, word) if kind is EngineKind.AWS else word


def machine(kind: EngineKind, word: str) -> str:
    """Return a machine in the vendor's words. A word that is not one of CML's stays as it is."""
    return _MACHINES.get(word, word) if kind is EngineKind.AWS else word
