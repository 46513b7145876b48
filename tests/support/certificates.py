"""Certificates for servers on loopback, from an authority that no system trusts."""

import hashlib
import ssl
from functools import cache
from pathlib import Path

import trustme


@cache
def authority() -> trustme.CA:
    """Return the one authority of this process; making one takes a moment."""
    return trustme.CA()


@cache
def server_context(*names: str) -> ssl.SSLContext:
    """Return what a server shows for `names`, loopback's own where there are none."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_certificate(*names).configure_cert(context)
    return context


@cache
def server_certificate(*names: str) -> trustme.LeafCert:
    """Return the certificate for `names`, loopback's own where there are none."""
    return authority().issue_cert(*(names or ("localhost", "127.0.0.1", "::1")))


def hash_of(certificate: trustme.LeafCert) -> bytes:
    """Return the hash that a login can be bound to, tls-server-end-point (RFC 5929, section 4)."""
    pem = certificate.cert_chain_pems[0].bytes().decode()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()


@cache
def client_context() -> ssl.SSLContext:
    """Return what a client needs to trust the authority; names are verified."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def write_authority(folder: Path) -> Path:
    """Write the authority for a program run with SSL_CERT_FILE; returns the file's path."""
    path = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return path
