# SPDX-License-Identifier: Apache-2.0
"""TLS for receiving: contexts, and a certificate of our own until a real one is configured.

Mail servers encrypt without asking who we are (RFC 3207, RFC 7435), so a self-signed ECDSA
certificate already keeps mail from being read on its way; ECDSA, because the handshake is the
dearest part of a connection.
"""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mailward.kit import durable

VALID_DAYS = 3650


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 and later, session tickets on, for a PEM chain and its key.

    Raises:
        OSError, ssl.SSLError: a file is missing or does not fit.
    """
    context = base_context()
    context.load_cert_chain(certificate, key)
    return context


def base_context(minimum: str = "1.2") -> ssl.SSLContext:
    """A context without certificate, for TLS `minimum` ("1.2" or "1.3") and later, session tickets on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if minimum == "1.3" else ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
    return context


def own_certificate(folder: Path, hostname: str) -> tuple[Path, Path]:
    """(certificate, key): made on first use, or when they do not load; self-signed, ECDSA P-256. Both lie
    in `folder`."""
    certificate, key = folder / "smtp-certificate.pem", folder / "smtp-key.pem"
    if _usable(certificate, key):
        return certificate, key
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hostname[:64])])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(hostname)]), critical=False)
        .sign(private, hashes.SHA256())
    )
    durable.write(
        key,
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    durable.write(certificate, signed.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _usable(certificate: Path, key: Path) -> bool:
    """Whether the two are there, whole, and belong together."""
    try:
        server_context(certificate, key)
    except OSError:  # ssl.SSLError is one
        return False
    return True
