"""The command line: one group of commands, one folder of small files by noun."""

from typing import Any

import click

from tidings.base.errors import Refused
from tidings.cli.brands import brand, key
from tidings.cli.campaigns import campaign
from tidings.cli.channels import channel
from tidings.cli.consent import consent, topic
from tidings.cli.database import migrate
from tidings.cli.demo import demo
from tidings.cli.devices import device
from tidings.cli.doctor import doctor
from tidings.cli.identity import identity
from tidings.cli.mails import mail
from tidings.cli.pg import pg
from tidings.cli.processes import web, worker
from tidings.cli.reports import report
from tidings.cli.schema import schema
from tidings.cli.segments import segment
from tidings.cli.serve import serve
from tidings.cli.settings import show_settings
from tidings.cli.suppressions import suppression
from tidings.cli.tasks import task
from tidings.cli.templates import template

PROGRAM = "tidings"


class _Commands(click.Group):
    """Commands whose refusals are one line for the person at the terminal, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        try:
            return super().invoke(ctx)
        except Refused as refusal:
            raise click.ClickException(refusal.message) from refusal


@click.group(
    cls=_Commands,
    commands=[
        serve,
        web,
        worker,
        brand,
        key,
        identity,
        schema,
        segment,
        template,
        campaign,
        channel,
        mail,
        report,
        consent,
        topic,
        suppression,
        device,
        task,
        migrate,
        pg,
        doctor,
        show_settings,
        demo,
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name=PROGRAM, prog_name=PROGRAM)
def commands() -> None:
    """Run and look after Tidings, a self-hosted customer-data platform."""


def main() -> None:
    """Run the command that the process was started with; what `tidings` on the PATH calls."""
    commands(prog_name=PROGRAM)
