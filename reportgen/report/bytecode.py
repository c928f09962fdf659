"""Compiled templates, kept for the next build: compiling them takes as long as rendering them.

They lie in the user's own cache folder, as Python keeps its own bytecode, and never in the store: a
store may come from somebody else, and bytecode can do anything. A folder that others can write to
is not used. What is kept under a template's name is used only for the very same source, compiled by
the same Jinja and Python with the same settings, and only where its SHA-256 is right.
"""

from __future__ import annotations

import importlib.util
import logging
import marshal
import os
import stat
import sys
from hashlib import sha256
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache
from platformdirs import user_cache_path

from reportgen.config.keys import digest, file_digests
from reportgen.errors import StoreError
from reportgen.results.files import remove_stale, write_file

LOG = logging.getLogger(__name__)

_DIGEST = sha256().digest_size


class TemplateCache(BytecodeCache):
    """One file for each name of a template; a template that is edited takes the place of the old.

    `source` is the digest of the code that makes the environment: its settings, and how its filters
    want to be called, go into what a template is compiled to.
    """

    def __init__(self, folder: Path, source: str) -> None:
        self._folder = folder
        self._tools = b"".join(
            (importlib.util.MAGIC_NUMBER, jinja2.__version__.encode(), source.encode())
        )

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the name of a template's file."""
        return f"{name.replace('/', '~')}.{sys.implementation.cache_tag}.code"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket its code where the same was compiled before."""
        path = self._folder / bucket.key
        try:
            content = path.read_bytes()
        except OSError:
            # Nothing is kept, or nothing can be read: the template is compiled.
            return
        code = content[_DIGEST:]
        if content[:_DIGEST] == self._seal(bucket, code):
            bucket.code = marshal.loads(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a bucket; a folder that cannot be written to costs time and no more."""
        if sys.dont_write_bytecode:
            return
        code = marshal.dumps(bucket.code)
        try:
            remove_stale(self._folder)
            write_file(self._folder / bucket.key, self._seal(bucket, code) + code)
        except (OSError, StoreError) as error:
            LOG.info("a compiled template is not kept: %s", error)

    def get_bucket(
        self, environment: jinja2.Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        """Return the bucket of one template; its checksum is that of all its code depends on."""
        place = "\0".join((name, filename or "", source))
        checksum = sha256(self._tools + place.encode())
        bucket = Bucket(environment, self.get_cache_key(name, filename), checksum.hexdigest())
        self.load_bytecode(bucket)
        return bucket

    def _seal(self, bucket: Bucket, code: bytes) -> bytes:
        return sha256(bucket.checksum.encode() + code).digest()


def open_cache() -> TemplateCache | None:
    """Return the cache of this user, or None where no folder is the user's alone."""
    folder = user_cache_path("reportgen") / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = _is_private(folder)
    except OSError as error:
        LOG.info("compiled templates are not kept: %s", error)
        return None
    return TemplateCache(folder, digest(file_digests(Path(__file__).parent))) if private else None


def _is_private(folder: Path) -> bool:
    """Say whether nobody else can put files into a folder; Windows sees to it for a profile."""
    if os.name == "nt":
        return True
    status = folder.lstat()
    others = stat.S_IWGRP | stat.S_IWOTH
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid == os.geteuid()
        and not status.st_mode & others
    )
