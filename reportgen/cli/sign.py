"""`reportgen sign`: sign a report with an SSH key."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say

EPILOG = """\b
Examples:
  reportgen sign output/paper/report.html --key ~/.ssh/id_ed25519
  reportgen sign report.pdf --key ~/.ssh/id_ed25519.pub      the private key is in the agent
  reportgen verify report.html --signers allowed_signers     check who signed it

\b
Exit codes: 0 signed; 2 the report or the key is missing, or OpenSSH refuses.
"""


@click.command(epilog=EPILOG)
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path),
    help="Private SSH key, or a public key whose private key is in the SSH agent.",
)
def command(report: Path, key: Path) -> None:
    """Sign REPORT (HTML or PDF) with OpenSSH; writes the signature to REPORT.sig.

    The signature confirms the file as it is, so sign after the last build.
    """
    from reportgen.verification.signature import sign

    say(f"The signature was written to {one_line(sign(report, key.expanduser()))}.")
