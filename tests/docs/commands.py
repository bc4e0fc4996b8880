"""`docs/commands.md`, written from the commands themselves.

`python -m tests.docs.commands` writes the page anew; a test compares.
"""

import sys
from collections.abc import Iterator

import click

from tests.docs.pages import DOCS
from tidings.cli.app import PROGRAM, commands

PAGE = DOCS / "commands.md"

_WIDTH = 96
_TOP = """\
# Commands

Every command, as its `--help` shows it. This page is written by `python -m tests.docs.commands`.

`demo` needs a running server, and `serve` is one. Every other command works beside a server as well
as without: it joins the database of the data folder, or starts it for as long as it needs it. With
`TIDINGS_DATABASE_URL` it uses that database. [settings.md](settings.md) says where else the values
of flags can come from, and [operating.md](operating.md) when to use which command.
"""


def every_command(
    command: click.Command = commands, parent: click.Context | None = None
) -> Iterator[click.Context]:
    """Return a context for each command, a group before its members."""
    name = PROGRAM if parent is None else command.name
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield context
    if isinstance(command, click.Group):
        for member in command.list_commands(context):
            found = command.get_command(context, member)
            if found is not None and not found.hidden:
                yield from every_command(found, context)


def written() -> str:
    """Return the page as it should be."""
    parts = [_TOP]
    for context in every_command():
        level = "##" if context.parent is None or context.parent.parent is None else "###"
        shown = "\n".join(line.rstrip() for line in context.get_help().splitlines())
        parts.append(f"{level} `{context.command_path}`\n\n```text\n{shown}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(written())
    else:
        PAGE.write_text(written(), encoding="utf-8")
