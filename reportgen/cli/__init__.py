"""The face: arguments, progress, messages, exit codes.

Each command is a module of its own, loaded only when it is called: `--help` and `--version` load
only click.
"""


def main() -> None:
    """Run the command line and leave with its exit code."""
    import gc
    import sys

    from reportgen.cli.entry import run

    code = run(sys.argv[1:])
    # At its exit, Python would look for cycles in all that a build has made: 0.3 s after a PDF.
    gc.freeze()
    sys.exit(code)
