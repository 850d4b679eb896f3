"""Archives that an agent sent, opened."""

import tarfile
from io import BytesIO


def tar(data: bytes) -> dict[str, str]:
    """The files of a tar, all of them regular."""
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        entries = archive.getmembers()
        assert all(entry.isreg() for entry in entries)
        return {entry.name: _text(archive, entry) for entry in entries}


def _text(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    file = archive.extractfile(entry)
    assert file is not None
    return file.read().decode()
