"""CML's words for regions and sizes of machines, which mean the same with every vendor, in AWS's words.

They are those of Iterative's `cml runner launch --cloud-region --cloud-type` (AWS's p3.xlarge, which it names for
`m+v100`, does not exist: it is p3.2xlarge here).
"""

from experiments.placement import Kind

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


def region(kind: Kind, word: str) -> str:
    """In the vendor's words; a word that is no synthetic one stays."""
    return _REGIONS.get(word, word) if kind is Kind.AWS else word


def machine(kind: Kind, word: str) -> str:
    """In the vendor's words; a word that is no synthetic one stays."""
    return _MACHINES.get(word, word) if kind is Kind.AWS else word
