# SPDX-License-Identifier: Apache-2.0
"""The certificates by which senders know us: several kinds of key side by side, one for each name where wanted,
changed while mail comes in. A set with a fault in it changes nothing: the one before stays in use.
"""

import ssl
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mailward.edge.tls import base_context

log = structlog.get_logger()

MAX_PAIRS = 1000
"""Certificates of one node."""
MAX_BYTES = 256 * 1024
MAX_NAMES = 500
_KINDS = {ec.EllipticCurvePublicKey: "ECDSA", rsa.RSAPublicKey: "RSA", ed25519.Ed25519PublicKey: "Ed25519"}


class BadPair(ValueError):  # noqa: N818 - reads better where it is caught
    """A certificate that cannot be used. The text says which, and why."""


class Pair(msgspec.Struct, frozen=True):
    """A PEM chain, the server's certificate first, and its key, which may stand in the same file."""

    certificate: Path
    key: Path


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds. `kind` is that of its key; `self_signed` if nobody but itself vouches for it."""

    file: str
    names: tuple[str, ...]
    kind: str
    not_after: datetime
    issuer: str
    self_signed: bool


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Where the certificates lie: pairs that are named, a folder of NAME.pem with NAME.key beside or within,
    and one of our own for as long as there is nothing else."""

    pairs: tuple[Pair, ...] = ()
    folder: Path | None = None
    own: Pair

    def find(self) -> list[Pair]:
        """The pairs that there are now. Raises BadPair where there are too many."""
        found = list(self.pairs)
        if self.folder is not None and self.folder.is_dir():
            for file in sorted(self.folder.glob("*.pem")):
                key = file.with_suffix(".key")
                found.append(Pair(file, key if key.exists() else file))
        if len(found) > MAX_PAIRS:
            raise BadPair(f"there are more than {MAX_PAIRS} certificates")
        return found or [self.own]


def read(pair: Pair) -> Certificate:
    """What a pair is. That key and certificate belong together is seen when they are loaded. Raises BadPair."""
    file = pair.certificate
    try:
        pem = file.read_bytes()
        if len(pem) > MAX_BYTES:
            raise BadPair(f"{file} is larger than {MAX_BYTES} octets")
        held = x509.load_pem_x509_certificates(pem)[0]
    except OSError as exc:
        raise BadPair(f"{file} cannot be read: {exc.strerror}") from exc
    except (ValueError, IndexError) as exc:
        raise BadPair(f"{file} holds no certificate in PEM form") from exc
    kind = next((word for key, word in _KINDS.items() if isinstance(held.public_key(), key)), "?")
    return Certificate(
        file=str(file), names=_names(held), kind=kind,
        not_after=held.not_valid_after_utc, issuer=_common_name(held.issuer), self_signed=held.issuer == held.subject,
    )  # fmt: skip


def look(sources: Sources) -> tuple[list[Certificate], list[str]]:
    """What lies there, and in sentences what is wrong with it: for people, in any process."""
    found: list[Certificate] = []
    faults: list[str] = []
    try:
        pairs = sources.find()
    except BadPair as exc:
        return [], [str(exc)]
    for pair in pairs:
        try:
            found.append(read(pair))
            _load(base_context(), pair)
        except BadPair as exc:
            faults.append(str(exc))
    return found, faults


class Certificates:
    """One process's certificates. `context` is handed to the server once, and stays; what it shows changes."""

    def __init__(self, sources: Sources, *, hostname: str, minimum: str = "1.2") -> None:
        self._sources = sources
        self._hostname = hostname
        self._minimum = minimum
        self._by_name: dict[str, ssl.SSLContext] = {}
        self._state: object = None
        self.context = base_context(minimum)
        self.context.sni_callback = self._choose
        self._default = self.context

    def start(self) -> None:
        """Load what there is; where that is not usable, serve with one of our own and say so.

        Raises:
            BadPair: not even our own can be used.
        """
        self._state = self._stamp()
        try:
            self._use(self._sources.find())
        except BadPair as exc:
            log.error("tls.certificates_not_loaded", why=str(exc), using="our own")  # noqa: TRY400 - the sentence says it all
            self._use([self._sources.own])

    def renew(self) -> bool:
        """Load anew what there is now; whether that could be done. If not, what was loaded before serves on."""
        self._state = self._stamp()
        try:
            self._use(self._sources.find())
        except BadPair as exc:
            log.error("tls.certificates_not_renewed", why=str(exc))  # noqa: TRY400 - idem
            return False
        log.info("tls.certificates_loaded", names=len(self._by_name))
        return True

    def renew_if_changed(self) -> bool:
        """`renew`, if any file is another than at the last look."""
        return self._stamp() != self._state and self.renew()

    def _use(self, pairs: Sequence[Pair]) -> None:
        """Contexts for each name, complete before the first is used. Those without a name that somebody asked
        for get the host's own, or all of the first."""
        held = [(pair, read(pair)) for pair in pairs]
        names: dict[str, list[Pair]] = defaultdict(list)
        for pair, certificate in held:
            for name in certificate.names:
                names[name].append(pair)
        usual = _naming(self._hostname, names) or [pair for pair, c in held if c.names == held[0][1].names]
        by_pairs: dict[tuple[Pair, ...], ssl.SSLContext] = {}
        default = self._made(tuple(usual), by_pairs)
        by_name = {name: self._made(tuple(some), by_pairs) for name, some in names.items()}
        self._default, self._by_name = default, by_name

    def _made(self, pairs: tuple[Pair, ...], made: dict[tuple[Pair, ...], ssl.SSLContext]) -> ssl.SSLContext:
        if pairs not in made:
            context = base_context(self._minimum)
            for pair in pairs:
                _load(context, pair)
            made[pairs] = context
        return made[pairs]

    def _choose(self, session: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        """Called by TLS with the name that the sender asked for, if it did."""
        asked = (name or "").lower()
        session.context = self._by_name.get(asked) or self._by_name.get("*." + asked.partition(".")[2]) or self._default

    def _stamp(self) -> object:
        """What changes when a file does."""
        try:
            pairs = self._sources.find()
        except BadPair:
            return None
        return tuple((pair, _changed(pair.certificate), _changed(pair.key)) for pair in pairs)


def _naming(host: str, names: dict[str, list[Pair]]) -> list[Pair]:
    exact = names.get(host.lower(), [])
    return exact or names.get("*." + host.lower().partition(".")[2], [])


def _load(context: ssl.SSLContext, pair: Pair) -> None:
    try:
        context.load_cert_chain(pair.certificate, pair.key, password=_no_password)
    except (OSError, ValueError) as exc:
        why = getattr(exc, "reason", None) or getattr(exc, "strerror", None) or str(exc)
        raise BadPair(f"{pair.certificate} and its key {pair.key} cannot be used together: {why}") from exc


def _no_password() -> str:
    raise ValueError("the key is locked with a password, and nobody is there to type it")


def _changed(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found: Iterable[str] = alternatives.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, ValueError):
        found = [_common_name(certificate.subject)]
    return tuple(dict.fromkeys(name.lower() for name in islice(found, MAX_NAMES) if name))


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME) or name.get_attributes_for_oid(
        x509.NameOID.ORGANIZATION_NAME
    )
    return str(found[0].value) if found else ""
