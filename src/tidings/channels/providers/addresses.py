"""Which addresses are of the whole Internet: others are not called for URLs that strangers chose.

A webhook to 169.254.169.254 would be answered by a cloud's metadata, one to 127.0.0.1 by whatever
runs beside us.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from yarl import URL

_NAT64 = IPv6Network("64:ff9b::/96")


def literal_address(url: str) -> str | None:
    """Return the address that stands in a URL itself, None when a name does or it is no URL."""
    try:
        host = URL(url).host or ""
        ip_address(host)
    except ValueError:
        return None
    return host


def is_public(address: str) -> bool:
    """Say whether an address can be reached from everywhere, also through a translation."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and (inner := _inner(found)) is not None:
        found = inner
    return found.is_global and not found.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour
