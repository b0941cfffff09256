# SPDX-License-Identifier: Apache-2.0
"""Is this the server we meant? The look at its certificate after the handshake: by name, or by TLSA records.

OpenSSL has checked the chain to a known authority where that is asked for. The rest is done here, since the
standard library knows neither DANE nor a server that may bear one of several names.
"""

import hashlib
import ipaddress
import ssl
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import islice, pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailward.contract.dns import Tlsa

MAX_CHAIN = 10
MAX_NAMES = 500
"""Names of a certificate that are looked at."""
_DER = 2
_TRUST_ANCHOR = 2
_DIGESTS: dict[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: lambda data: hashlib.sha256(data).digest(),
    2: lambda data: hashlib.sha512(data).digest(),
}
_BY_CODE = {10: "certificate-expired", 62: "certificate-host-mismatch", 64: "certificate-host-mismatch"}
_UNTRUSTED = frozenset({18, 19, 20, 21})
"""OpenSSL's codes: self-signed, alone or in the chain; no issuer known; no signature to check it by."""


class BadCertificate(Exception):  # noqa: N818 - reads better where it is caught
    """It is not the server we meant. `failure` is RFC 8460's name for why."""

    def __init__(self, why: str, failure: str) -> None:
        super().__init__(why)
        self.failure = failure


@cache
def context(*, verified: bool, oldest: str) -> ssl.SSLContext:
    """For connecting: TLS 1.2 or 1.3 and later; if `verified`, with a chain to an authority that the system knows."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_3 if oldest == "1.3" else ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    if not verified:
        made.verify_mode = ssl.CERT_NONE
    return made


def failure_of(exc: BaseException | None) -> str:
    """RFC 8460's name (4.3) for a handshake that failed."""
    if not isinstance(exc, ssl.SSLCertVerificationError):
        return "validation-failure"
    if exc.verify_code in _UNTRUSTED:
        return "certificate-not-trusted"
    return _BY_CODE.get(exc.verify_code, "validation-failure")


def chain_of(secured: Any) -> list[x509.Certificate]:
    """What the server sent, its own certificate first; at most `MAX_CHAIN`. Raises BadCertificate."""
    try:
        return [x509.load_der_x509_certificate(der) for der in islice(_sent(secured), MAX_CHAIN)]
    except ValueError as exc:
        raise BadCertificate("a certificate of the server cannot be read", "validation-failure") from exc


def check_name(chain: Sequence[x509.Certificate], names: Iterable[str]) -> None:
    """The server's certificate must bear one of these names. Raises BadCertificate."""
    if not chain or not any(bears(chain[0], name) for name in names):
        raise BadCertificate(f"the certificate does not name {' or '.join(names)}", "certificate-host-mismatch")


def check_dane(
    chain: Sequence[x509.Certificate], records: Iterable[Tlsa], names: Sequence[str], *, now: datetime
) -> None:
    """One of the records must vouch for the server. Usage 3 speaks of the very certificate, whatever stands in it;
    usage 2 of an authority above it, and then names and dates count (RFC 7672, 3.1). Raises BadCertificate."""
    why = "no TLSA record matches the certificate"
    for record in records:
        if record.usage != _TRUST_ANCHOR:
            if chain and _matches(chain[0], record):
                return
            continue
        path = _path(chain, record)
        if not path:
            continue
        try:
            _check_path(path, now)
            check_name(path, names)
        except BadCertificate as exc:
            why = str(exc)
        else:
            return
    raise BadCertificate(why, "validation-failure")


def bears(certificate: x509.Certificate, name: str) -> bool:
    """Whether a certificate names a host; a wildcard stands for one whole label, the first (RFC 6125, 6.4.3)."""
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    try:
        return ipaddress.ip_address(name) in alternatives.get_values_for_type(x509.IPAddress)
    except ValueError:
        pass
    wanted = name.lower().removesuffix(".")
    above = wanted.partition(".")[2]
    forms = {wanted} | ({f"*.{above}"} if "." in above else set())
    found = islice(alternatives.get_values_for_type(x509.DNSName), MAX_NAMES)
    return any(text.lower().removesuffix(".") in forms for text in found)


def _sent(secured: Any) -> Iterable[bytes]:
    """The chain as it came; before Python 3.13 only the object behind the object tells it."""
    if hasattr(secured, "get_unverified_chain"):
        return secured.get_unverified_chain() or ()
    return [held.public_bytes(_DER) for held in secured._sslobj.get_unverified_chain() or ()]  # noqa: SLF001 - see above


def _matches(certificate: x509.Certificate, record: Tlsa) -> bool:
    if record.selector:
        data = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        data = certificate.public_bytes(Encoding.DER)
    return _DIGESTS[record.matching](data) == record.data


def _path(chain: Sequence[x509.Certificate], record: Tlsa) -> list[x509.Certificate]:
    """From the server's certificate up to the authority that a record names; empty if it is nowhere."""
    for place, held in enumerate(chain):
        if place and _matches(held, record):
            return list(chain[: place + 1])
    given = _given(record)
    if given is None or not chain:
        return []
    return [chain[0], given] if _issued(chain[0], given) else [*chain, given]


def _given(record: Tlsa) -> x509.Certificate | None:
    """The authority's certificate where the record holds it whole, so that the server need not send it."""
    if record.matching or record.selector:
        return None
    try:
        return x509.load_der_x509_certificate(record.data)
    except ValueError:
        return None


def _check_path(chain: Sequence[x509.Certificate], now: datetime) -> None:
    """Each certificate is signed by the next, which may sign, and all are valid now."""
    for certificate in chain:
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise BadCertificate("a certificate is not valid now", "certificate-expired")
    for depth, (below, above) in enumerate(pairwise(chain)):
        if not _may_sign(above, depth) or not _issued(below, above):
            raise BadCertificate("the certificates do not lead to the authority", "certificate-not-trusted")


def _may_sign(certificate: x509.Certificate, depth: int) -> bool:
    """Whether an authority, and with so many others below it."""
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return basic.ca and (basic.path_length is None or depth <= basic.path_length)


def _issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
