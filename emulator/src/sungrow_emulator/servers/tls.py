"""TLS of the doors that speak it: certificates like a dongle's, made new or given by files."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.servers.listener import Listener

_HANDSHAKE_SECONDS = 10.0
_GOODBYE_SECONDS = 0.2
"""For so long a closed connection, or a handshake when the door closes, may take to end."""

_NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "AnHui"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "HeFei"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Sungrow"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Sungrow"),
    ]
)
_ADDRESSES = ("169.254.12.12", "11.11.11.1", "127.0.0.1")
_VALID_FROM = datetime(2023, 3, 30, 10, 16, 35, tzinfo=UTC)
_VALID_UNTIL = datetime(2033, 3, 27, 10, 16, 35, tzinfo=UTC)
_KEY_BITS = 2048

_MODBUS_CIPHER = "ECDHE-RSA-AES256-GCM-SHA384"
_MODBUS_NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "JS"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, "NJ"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "OT"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "sun"),
        x509.NameAttribute(NameOID.COMMON_NAME, "sun"),
    ]
)
_MODBUS_ISSUER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OT.SUNGROW")])
_MODBUS_VALID_FROM = datetime(2024, 10, 24, tzinfo=UTC)
_MODBUS_VALID_UNTIL = datetime(2054, 10, 17, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate of the user's own.

    Attributes:
        certificate: PEM file with the certificate, and the chain behind it if there is one.
        key: PEM file with its private key, without a passphrase.
    """

    certificate: Path
    key: Path


def server_context(files: CertificateFiles | None = None) -> ssl.SSLContext:
    """Return the context of a TLS door.

    Making a key takes a moment: call it in a worker thread.

    Args:
        files: certificate and key; without them they are made as `dongle_certificate` tells.

    Raises:
        EmulatorError: the files cannot be used; the message names the file and the reason.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if files is not None:
        _load(context, files)
        return context
    _load_made(context, *dongle_certificate())
    return context


def modbus_context() -> ssl.SSLContext:
    """Return the context of Modbus over TLS: TLS 1.2 with one cipher, no certificate asked for.

    That is what dongles of P040 and P043 agree to (mkaiser proper-ha-integration notes, two
    houses). Making keys takes a moment: call it in a worker thread. Doors may share a context,
    as all dongles share one certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_MODBUS_CIPHER)
    _load_made(context, *modbus_certificate())
    return context


def dongle_certificate() -> tuple[bytes, bytes]:
    """Return a certificate like a dongle's, and its new private key, both as PEM.

    Subject, issuer, dates, key usage and addresses are those that every WiNet-S from P026 on
    shows (optmybat, README); serial number and key are this emulator's own.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_NAME)
        .issuer_name(_NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,  # Formerly known as nonRepudiation.
                key_encipherment=True,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=False,
        )
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(one)) for one in _ADDRESSES]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return _pem(certificate, key)


def modbus_certificate() -> tuple[bytes, bytes]:
    """Return a certificate like that of a dongle's Modbus over TLS, and its new private key.

    Both are PEM. Subject, issuer and the days of its validity are those seen on dongles of P040
    and P043 (mkaiser proper-ha-integration notes); the hours, the size of the key and the lack
    of extensions are guesses. The key of the issuer is made too, and forgotten: no client has
    the issuer's own certificate to check against.
    """
    issuer = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_MODBUS_NAME)
        .issuer_name(_MODBUS_ISSUER)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_MODBUS_VALID_FROM)
        .not_valid_after(_MODBUS_VALID_UNTIL)
        .sign(issuer, hashes.SHA256())
    )
    return _pem(certificate, key)


def _pem(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> tuple[bytes, bytes]:
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _load_made(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    # OpenSSL reads files only; they are private and gone when it has.
    with tempfile.TemporaryDirectory(prefix="sungrow-emulator-") as directory:
        made = CertificateFiles(Path(directory, "certificate.pem"), Path(directory, "key.pem"))
        made.certificate.write_bytes(certificate)
        made.key.write_bytes(key)
        _load(context, made)


def _load(context: ssl.SSLContext, files: CertificateFiles) -> None:
    for option, file in (("winet-certificate", files.certificate), ("winet-key", files.key)):
        try:
            file.read_bytes()
        except OSError as error:
            raise EmulatorError(
                f"{option}={str(file)!r} cannot be read: {error.strerror}"
            ) from None
    try:
        # With a password at hand OpenSSL does not ask for one at the terminal.
        context.load_cert_chain(files.certificate, files.key, password="")
    except (ssl.SSLError, ValueError):
        raise EmulatorError(
            f"winet-certificate={str(files.certificate)!r} and winet-key={str(files.key)!r} are no"
            " pair of a certificate and its private key; both must be PEM, the key without a"
            " passphrase"
        ) from None


class TlsListener(Listener):
    """Accepts TLS connections; a client that talks something else is hung up on.

    Args:
        listening: a socket as `bind` makes it; closed by `close()`.
        factory: makes the protocol of a connection, once its handshake is done.
        context: certificate and key.
        limit: a client that comes while so many handshakes are under way is hung up on.
    """

    def __init__(
        self,
        listening: socket.socket,
        factory: Callable[[], asyncio.BaseProtocol],
        context: ssl.SSLContext,
        limit: int,
    ) -> None:
        super().__init__(listening, factory)
        self._context = context
        self._limit = limit

    async def close(self) -> None:
        """Stop listening; a handshake that does not end soon is broken off."""
        late = self._loop.call_later(_GOODBYE_SECONDS, self._break_off)
        await super().close()
        late.cancel()

    async def _adopt(self, client: socket.socket) -> None:
        if len(self._adopting) > self._limit:
            client.close()
            return
        try:
            await self._loop.connect_accepted_socket(
                self._factory,
                client,
                ssl=self._context,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=_GOODBYE_SECONDS,
            )
        except (OSError, asyncio.CancelledError):  # No TLS, gone already, or broken off.
            client.close()

    def _break_off(self) -> None:
        for handshake in tuple(self._adopting):
            handshake.cancel()
