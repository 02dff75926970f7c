"""The certificate of a TLS door."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from servers.clients import LoopFactory, both_loops, run
from servers.dongles import connected, rest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.servers.listener import bind
from sungrow_emulator.servers.tls import (
    CertificateFiles,
    TlsListener,
    dongle_certificate,
    modbus_certificate,
    modbus_context,
    server_context,
)


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    """Make one certificate and its key for all tests."""
    return dongle_certificate()


@pytest.fixture
def files(pair: tuple[bytes, bytes], tmp_path: Path) -> CertificateFiles:
    """Write the certificate and its key to files."""
    made = CertificateFiles(tmp_path / "own.pem", tmp_path / "own.key")
    made.certificate.write_bytes(pair[0])
    made.key.write_bytes(pair[1])
    return made


def test_the_certificate_reads_like_a_dongle_s(pair: tuple[bytes, bytes]) -> None:
    """Names, dates, usage and addresses are those of a WiNet-S P026."""
    certificate = x509.load_pem_x509_certificate(pair[0])
    name = "C=CN,ST=AnHui,L=HeFei,OU=Sungrow,CN=Sungrow"
    assert ",".join(part.rfc4514_string() for part in certificate.subject.rdns) == name
    assert certificate.issuer == certificate.subject
    assert certificate.not_valid_before_utc == datetime(2023, 3, 30, 10, 16, 35, tzinfo=UTC)
    assert certificate.not_valid_after_utc == datetime(2033, 3, 27, 10, 16, 35, tzinfo=UTC)
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 2048
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert usage.key_encipherment
    assert not usage.key_cert_sign
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == [
        "169.254.12.12",
        "11.11.11.1",
        "127.0.0.1",
    ]
    certificate.verify_directly_issued_by(certificate)


def test_the_certificate_of_modbus_reads_like_a_dongle_s() -> None:
    """Subject, issuer and dates are those of P040 and P043; another key has signed it."""
    certificate = x509.load_pem_x509_certificate(modbus_certificate()[0])
    assert certificate.subject.rfc4514_string() == "CN=sun,OU=sun,O=OT,L=NJ,ST=JS,C=CN"
    assert certificate.issuer.rfc4514_string() == "CN=OT.SUNGROW"
    assert certificate.not_valid_before_utc == datetime(2024, 10, 24, tzinfo=UTC)
    assert certificate.not_valid_after_utc == datetime(2054, 10, 17, tzinfo=UTC)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    with pytest.raises(InvalidSignature):
        key.verify(
            certificate.signature,
            certificate.tbs_certificate_bytes,
            padding.PKCS1v15(),
            hashes.SHA256(),
        )


def test_modbus_speaks_one_version_and_one_cipher() -> None:
    """TLS 1.2, and nothing is asked of the client."""
    context = modbus_context()
    assert context.minimum_version is context.maximum_version is ssl.TLSVersion.TLSv1_2
    ciphers = [one["name"] for one in context.get_ciphers() if one["protocol"] == "TLSv1.2"]
    assert ciphers == ["ECDHE-RSA-AES256-GCM-SHA384"]
    assert context.verify_mode is ssl.CERT_NONE


def test_each_emulator_has_a_key_and_serial_number_of_its_own(pair: tuple[bytes, bytes]) -> None:
    """Browsers refuse two certificates with one serial number and different keys."""
    first, second = (x509.load_pem_x509_certificate(p) for p in (pair[0], dongle_certificate()[0]))
    assert first.serial_number != second.serial_number
    assert first.public_key() != second.public_key()


def test_a_made_key_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The directory that OpenSSL reads from is gone when the context is there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    context = server_context()
    assert context.cert_store_stats()["x509"] == 0
    assert isinstance(context, ssl.SSLContext)
    assert list(tmp_path.iterdir()) == []


def test_a_certificate_of_the_user_s_own(files: CertificateFiles) -> None:
    """Files are taken as they are, and stay."""
    assert isinstance(server_context(files), ssl.SSLContext)
    assert files.key.exists()


def test_a_missing_file_is_named(files: CertificateFiles) -> None:
    """The message tells which of the two is missing."""
    files.key.unlink()
    with pytest.raises(EmulatorError, match=r"^winet-key='.*own\.key' cannot be read: No such"):
        server_context(files)


def test_a_directory_is_no_certificate(files: CertificateFiles, tmp_path: Path) -> None:
    """What cannot be read is named with the reason."""
    with pytest.raises(EmulatorError, match=r"^winet-certificate='.*' cannot be read: Is a dir"):
        server_context(CertificateFiles(tmp_path, files.key))


@pytest.mark.parametrize("content", [b"", b"\0\xff" * 50, b"-----BEGIN CERTIFICATE-----\nAA\n"])
def test_garbage_is_no_certificate(files: CertificateFiles, content: bytes) -> None:
    """Neither empty nor binary nor broken files load."""
    files.certificate.write_bytes(content)
    with pytest.raises(EmulatorError, match="no pair of a certificate and its private key"):
        server_context(files)


def test_a_key_of_another_certificate_does_not_load(files: CertificateFiles) -> None:
    """Certificate and key must belong together."""
    files.key.write_bytes(dongle_certificate()[1])
    with pytest.raises(EmulatorError, match="no pair"):
        server_context(files)


def test_a_passphrase_is_not_asked_for(files: CertificateFiles) -> None:
    """An encrypted key is refused, and nobody is left waiting at a prompt."""
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(EmulatorError, match="without a passphrase"):
        server_context(files)


class Greeter(asyncio.Protocol):
    """Says hello and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writing = cast("asyncio.WriteTransport", transport)
        writing.write(b"hello")
        writing.close()


@asynccontextmanager
async def listening(context: ssl.SSLContext, limit: int = 100) -> AsyncIterator[int]:
    """Greet over TLS at a port of the system's choice."""
    bound = bind("127.0.0.1", 0, "--port")
    listener = TlsListener(bound, Greeter, context, limit)
    try:
        yield bound.getsockname()[1]
    finally:
        await listener.close()


async def greeting(port: int) -> bytes:
    """Return what a TLS client hears."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    async with connected(port, ssl=trusting) as (reader, _):
        return await rest(reader)


@both_loops
def test_a_handshake_and_a_greeting(
    loop_factory: LoopFactory, pair: tuple[bytes, bytes], files: CertificateFiles
) -> None:
    """The certificate that the client sees is the one that was given."""

    async def main() -> None:
        async with listening(server_context(files)) as port:
            assert await greeting(port) == b"hello"
            shown = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
            assert shown.encode() == pair[0]

    run(loop_factory, main)


@both_loops
@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\0" * 300,
        bytes.fromhex("16030100050100000100") + b"\xff" * 50,
        bytes.fromhex("160301ffff") + b"\xff" * 70000,
        bytes.fromhex("150301000202"),
    ],
    ids=["plain http", "zeros", "a broken hello", "a giant record", "an alert"],
)
def test_who_talks_no_tls_is_hung_up_on(
    loop_factory: LoopFactory, garbage: bytes, files: CertificateFiles
) -> None:
    """No error reaches the loop, and others are served."""

    async def main() -> None:
        async with listening(server_context(files)) as port:
            async with connected(port) as (reader, writer):
                writer.write(garbage)
                if len(garbage) < 10:
                    writer.write_eof()
                assert b"hello" not in await rest(reader)
            assert await greeting(port) == b"hello"

    run(loop_factory, main)


@both_loops
def test_handshakes_that_hang_are_bounded(
    loop_factory: LoopFactory, files: CertificateFiles
) -> None:
    """Beyond the limit clients are hung up on; closing does not wait for a hanging handshake."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as clients:
            async with listening(server_context(files), limit=2) as port:
                first, second, third = [
                    await clients.enter_async_context(connected(port)) for _ in range(3)
                ]
                assert await rest(third[0]) == b""
                second[1].write_eof()
                assert await rest(second[0]) == b""
                assert await greeting(port) == b"hello"
                began = loop.time()
            assert loop.time() - began < 0.5
            assert await rest(first[0]) == b""

    run(loop_factory, main)
