"""Downloads of the data sets known by name: from the first mirror that has the published files."""

from __future__ import annotations

import gzip
import time
from collections.abc import Sequence
from hashlib import md5
from pathlib import Path

from reportgen.data.catalogue import DatasetFacts
from reportgen.errors import DataUnavailable
from reportgen.results.files import temporary_sibling

LARGEST = 2**26
"""Bytes of a compressed file; the largest of the catalogue has 30 MB."""
CHUNK = 2**18


CONNECT_SECONDS = 5.0
"""How long to wait for each answer of a mirror."""
TOTAL_SECONDS = 300.0
"""How long to wait for one file."""


class DownloadFailed(DataUnavailable):
    """A data set could not be downloaded; `details` has a sentence for each mirror."""

    def __init__(self, details: Sequence[str]) -> None:
        self.details = tuple(details)
        super().__init__("\n  ".join(["could not be downloaded", *self.details]))


def download(facts: DatasetFacts, target: Path) -> None:
    """Download the files of a data set into `target`, each checked against its published MD5.

    Raises DownloadFailed: no mirror has all files, or they cannot be written.
    """
    contents = _fetch_all(facts)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            temporary = temporary_sibling(target / name)
            temporary.write_bytes(content)
            temporary.replace(target / name)
    except OSError as error:
        raise DownloadFailed([f"{target}: {error}"]) from error


def _fetch_all(facts: DatasetFacts) -> dict[str, bytes]:
    # It loads ssl and email, which a build that has its data does not need.
    from http.client import HTTPException

    refusals = []
    for mirror in facts.mirrors:
        try:
            return {
                file.name: _fetch(f"{mirror}{file.name}.gz", file.gzip_md5) for file in facts.files
            }
        except (OSError, HTTPException, ValueError) as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
            refusals.append(f"{mirror}: {reason}")
    raise DownloadFailed(refusals)


def _fetch(address: str, published: str) -> bytes:
    """Return the unpacked file at an address; raises OSError, HTTPException or ValueError."""
    import urllib.request

    request = urllib.request.Request(address, headers={"User-Agent": "reportgen"})
    deadline = time.monotonic() + TOTAL_SECONDS
    packed = bytearray()
    # `urlopen` keeps the proxies that the environment named when it was called first.
    opener = urllib.request.build_opener()
    with opener.open(request, timeout=CONNECT_SECONDS) as response:
        while chunk := response.read(CHUNK):
            packed += chunk
            if time.monotonic() > deadline:
                raise TimeoutError(f"the download took longer than {TOTAL_SECONDS:g} s")
            if len(packed) > LARGEST:
                raise ValueError("the file is larger than any file of the data set")
    # Otherwise MD5 is refused on systems in FIPS mode.
    found = md5(packed, usedforsecurity=False).hexdigest()
    if found != published:
        name = address.rpartition("/")[2]
        raise ValueError(
            f"{name} is a different file: its MD5 is {found}, but the published one is {published}"
        )
    return gzip.decompress(packed)
