"""Signatures of reports, made and checked by OpenSSH's `ssh-keygen -Y`; no cryptography of ours.

The signature of `report.html` is the file `report.html.sig` beside it, in OpenSSH's own format. It
is made for the namespace `reportgen`, so that one for another purpose is not accepted.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory

from reportgen.config.registration import CarriedPlan
from reportgen.errors import UsageError
from reportgen.results.files import write_file

NAMESPACE = "reportgen"

SUFFIX = ".sig"

_PROGRAM = "ssh-keygen"


@dataclass(frozen=True)
class Signature:
    """What is known of the signature of a file."""

    signer: str | None
    """Who signed, as the file of allowed signers names them; None where none of them did."""
    statement: str
    """One sentence without a full stop."""


def signature_path(path: Path) -> Path:
    """Return where the signature of a file is."""
    return path.with_name(path.name + SUFFIX)


def sign(path: Path, key: Path) -> Path:
    """Sign a file with an SSH key; return the path of the signature, which replaces an older one.

    `key` is a private key, or a public one whose private key the SSH agent has. Raises UsageError
    where either is missing or OpenSSH refuses, StoreError where the signature cannot be written.
    """
    content = _read(path)
    _require_file(key, f"--key {key}", "; give a key, or make one with: ssh-keygen -t ed25519")
    done = _run(["sign", "-n", NAMESPACE, "-f", _name(key)], content, asks=True)
    if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise UsageError(f"{path} was not signed: {_open_key(done) or _reason(done)}")
    write_file(signature_path(path), done.stdout)
    return signature_path(path)


def check_signature(path: Path, signers: Path) -> Signature:
    """Return which of the allowed signers signed a file; raises UsageError where a file is missing.

    `signers` is a file as ssh-keygen(1) documents it below ALLOWED SIGNERS: in each line an
    identity and a key.
    """
    content, signature = _read(path), signature_path(path)
    _require_file(signers, f"--signers {signers}")
    if not signature.is_file():
        return Signature(None, f"it has no signature {signature.name} beside it")
    files = ["-s", _name(signature), "-f", _name(signers)]
    found = _run(["find-principals", *files], b"")
    names = [line for line in found.stdout.decode(errors="replace").splitlines() if line.strip()]
    if found.returncode or not names:
        return Signature(None, "it is signed by none of the allowed signers")
    done = found
    for name in names:
        done = _run(["verify", "-n", NAMESPACE, "-I", name, *files], content)
        if done.returncode == 0:
            return Signature(name, f"signed by {name}: {_last_line(done.stdout)}")
    return Signature(
        None,
        f"it is not as {names[0]} signed it, but an edit, such as merged comments, needs a new "
        f"signature: {_reason(done)}",
    )


def check_content(content: bytes, signature: bytes, signers: Path) -> Signature:
    """Return which of the allowed signers signed `content`; raises as `check_signature`."""
    with TemporaryDirectory(prefix="reportgen-") as folder:
        path = Path(folder) / "content"
        path.write_bytes(content)
        signature_path(path).write_bytes(signature)
        return check_signature(path, signers)


def is_signed(plan: CarriedPlan) -> bool | None:
    """Return whether the signature of a plan fits it, whoever made it; None without ssh-keygen."""
    if plan.signature is None or shutil.which(_PROGRAM) is None:
        return None if plan.signature else False
    with TemporaryDirectory(prefix="reportgen-") as folder:
        path = Path(folder) / "signature"
        path.write_text(plan.signature, encoding="utf-8")
        arguments = ["check-novalidate", "-n", NAMESPACE, "-s", _name(path)]
        return _run(arguments, plan.text.encode()).returncode == 0


def _run(
    arguments: list[str], content: bytes, asks: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Run `ssh-keygen -Y`; with `asks` it may ask for a passphrase."""
    try:
        return subprocess.run(
            [_PROGRAM, "-Y", *arguments],
            input=content,
            capture_output=True,
            check=False,
            timeout=None if asks else 60,
        )
    except FileNotFoundError as error:
        raise UsageError(
            "signatures need ssh-keygen, which is not installed; install OpenSSH (Debian: "
            "openssh-client)"
        ) from error


def _read(path: Path) -> bytes:
    _require_file(path, str(path), "; give a report.html or report.pdf")
    return path.read_bytes()


def _require_file(path: Path, argument: str, advice: str = "") -> None:
    if not path.is_file():
        fault = "it is a folder" if path.is_dir() else "there is no such file"
        raise UsageError(f"{argument}: {fault}{advice}")


def _name(path: Path) -> str:
    """Return a path that cannot be read as an option."""
    return str(path.expanduser().absolute())


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    return _last_line(done.stderr) or _last_line(done.stdout) or "ssh-keygen gave no reason"


def _open_key(done: subprocess.CompletedProcess[bytes]) -> str | None:
    """Return what to do where OpenSSH refused a private key that others may read."""
    refused = re.search(
        r"Permissions \d+ for '(.+)' are too open", done.stderr.decode(errors="replace")
    )
    return refused and (
        f"other users may read the private key {refused[1]}; make it yours alone with: "
        f"chmod 600 {quote(refused[1])}"
    )


def _last_line(output: bytes) -> str:
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""
