"""`manage.py sync <connector>`: a sync from a shell or a scheduler of one's own."""

from __future__ import annotations

import time
import uuid
from argparse import RawDescriptionHelpFormatter
from http import HTTPStatus
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from audiences import consent, reasons, services
from audiences.models import Connector, Run
from organizations import audit
from organizations.errors import DomainError
from organizations.permissions import Action, allowed
from users.models import User

S = Run.State
DONE, USAGE, GUARD, FAILED, PAUSED = 0, 2, 3, 4, 5
LOOK_EVERY = 1.0
ENDS = {S.DONE: DONE, S.CANCELLED: FAILED, S.FAILED: FAILED, S.MISSED: FAILED, S.PAUSED: PAUSED}


class Command(BaseCommand):
    help = f"""Send a connector's list to LINE, by the workers of this installation.

<connector> is its id or its exact name. --by names the person who answers for it: a member whose role may
upload and send lists. --consent is that person's statement:

  “{consent.TEXT}”

Without --wait the command ends once the run is queued. Ctrl-C while waiting ends the waiting, not the run.

exit codes: 0 done (or queued), 2 usage, 3 rejected by a guard, 4 failed or cancelled, 5 paused
"""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connector", help="id or exact name")
        parser.add_argument(
            "--organization", metavar="BM…", help="when organizations share the connector's name"
        )
        parser.add_argument(
            "--by", required=True, metavar="E-MAIL", help="the person who answers for the run"
        )
        parser.add_argument("--consent", action="store_true", help="that person makes the statement above")
        parser.add_argument("--dry-run", action="store_true", help="prepare and count, send nothing")
        parser.add_argument("--wait", action="store_true", help="end when the run has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        connector = _connector(options["connector"], options["organization"])
        by = _person(options["by"], connector)
        try:
            with audit.acting_from("command"):
                run = self._run(connector, by, options)
        except DomainError as refusal:
            code = USAGE if refusal.status == HTTPStatus.BAD_REQUEST else GUARD
            raise CommandError(str(refusal), returncode=code) from refusal
        self._tell(run)
        code = DONE if options["dry_run"] and run.state == S.CANCELLED else ENDS.get(S(run.state), DONE)
        if code:
            raise CommandError(_why(run), returncode=code)

    def _run(self, connector: Connector, by: User, options: dict[str, Any]) -> Run:
        is_dry = options["dry_run"]
        run = services.start_run(
            connector, by=by, consent=options["consent"], sends_by_itself=not is_dry, is_dry=is_dry
        )
        self.stdout.write(f"run {run.pk} is queued")
        if is_dry:
            self._watch(run, {*ENDS, S.PLANNED})
            if run.state == S.PLANNED:
                services.cancel_run(run, by=by)
        elif options["wait"]:
            self._watch(run, set(ENDS))
        return run

    def _watch(self, run: Run, until: set[Run.State]) -> None:
        shown = run.state
        while run.state not in until:
            time.sleep(LOOK_EVERY)
            run.refresh_from_db()
            if run.state != shown:
                shown = run.state
                self.stdout.write(str(run.get_state_display()))

    def _tell(self, run: Run) -> None:
        if run.rows is not None:
            self.stdout.write(
                f"rows {run.rows}, empty {run.empty}, invalid {run.invalid}, duplicates {run.duplicates},"
                f" unique {run.unique}, parts {run.part_count}, bytes {run.plan_bytes}"
            )


def _connector(text: str, organization: str | None) -> Connector:
    found = Connector.objects.filter(_named(text)).select_related("organization", "dataset", "destination")
    if organization:
        found = found.filter(organization__code=organization)
    if len(found) != 1:
        problem = "There is no connector" if not found else "Several organizations have a connector"
        raise CommandError(f"{problem} {text}. Use its id, or --organization.", returncode=USAGE)
    return found[0]


def _named(text: str) -> Q:
    try:
        return Q(pk=uuid.UUID(text))
    except ValueError:
        return Q(name=text)


def _person(email: str, connector: Connector) -> User:
    seat = connector.organization.memberships.filter(user__email__iexact=email, user__is_active=True).first()
    if seat is None or not {Action.FEED, Action.USE_KEY} <= allowed(seat.role):
        raise CommandError(f"{email} may not send lists in {connector.organization}.", returncode=USAGE)
    return seat.user


def _why(run: Run) -> str:
    told = f"{reasons.what_happened(run.reason)} {reasons.what_to_do(run.reason)}".strip()
    return told or str(run.get_state_display())
