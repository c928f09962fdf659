"""The face: arguments, progress, messages, exit codes.

Each command is a module of its own, loaded only when it is called: `--help` and `--version` load
only click.
"""


def main() -> None:
    """Run the command line and leave with its exit code."""
    import sys

    from reportgen.cli.entry import run

    sys.exit(run(sys.argv[1:]))
