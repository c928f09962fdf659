"""The face: arguments, progress, messages, exit codes."""


def main() -> None:
    """Run the command line."""
    raise NotImplementedError
