"""Run one measurement by its name, or, without a name, those that `make bench` shows."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

SHOWN = ("training", "rebuild")
"""What runs where no name is given."""


class Measurements(click.Group):
    """Every module of this package that defines `command`; loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the modules that define a command."""
        modules = Path(__file__).parent.glob("[a-z]*.py")
        return sorted(path.stem for path in modules if "\ndef command(" in path.read_text())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"benchmarks.{cmd_name}").command
        return found


@click.group(cls=Measurements, invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Measure reportgen on this machine."""
    if context.invoked_subcommand is not None:
        return
    for name in SHOWN:
        import_module(f"benchmarks.{name}").command.main([], standalone_mode=False)


if __name__ == "__main__":
    main()
