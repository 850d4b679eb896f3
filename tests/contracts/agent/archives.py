"""Open the archives that an agent sends."""

import tarfile
from io import BytesIO


def tar(data: bytes) -> dict[str, str]:
    """Return the files of a tar; fail where one is not a regular file."""
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        entries = archive.getmembers()
        assert all(entry.isreg() for entry in entries)
        return {entry.name: _text(archive, entry) for entry in entries}


def _text(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    file = archive.extractfile(entry)
    assert file is not None
    return file.read().decode()
