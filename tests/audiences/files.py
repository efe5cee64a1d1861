"""Sealed files for the tests of reading and planning."""

from organizations.storage import SealedReader, SealedWriter


def sealed(content: str | bytes, encoding: str = "utf-8") -> SealedReader:
    with SealedWriter("uploads") as writer:
        writer.write(content.encode(encoding) if isinstance(content, str) else content)
    return SealedReader(writer.name)
