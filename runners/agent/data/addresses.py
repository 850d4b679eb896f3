"""Decides whether the agent may ask an address that a host names for a download."""

import ipaddress
import socket
from urllib.parse import urlsplit


def refused(address: str, home: str) -> str:
    """Return why the agent may not ask the address, in words for a sentence; empty where it may.

    `home` is the address that named it. A host may keep its objects elsewhere, even in its own network. It has no
    reason to send anybody to the machine that trains, or to the service that gives that machine its credentials.
    """
    try:
        asked, own = urlsplit(address), urlsplit(home)
        port = asked.port
    except ValueError:
        return "its address is not understood"
    if (asked.scheme, asked.netloc.lower()) == (own.scheme, own.netloc.lower()):
        return ""
    host = asked.hostname or ""
    if asked.scheme != "https" or not host or asked.username is not None:
        return f"the host sends to {host or 'nowhere'!r} without https"
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        found = set()  # a proxy may know the host
    if any(_is_near(str(each)) for each in found):
        return f"the host sends to {host!r}, which is this machine or gives out its credentials"
    return ""


def _is_near(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or (address.is_reserved and not address.is_global)
    )
