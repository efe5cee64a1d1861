"""`manage.py reviewer`: say who operates this installation, that is, registers and vouches for accounts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from organizations import audit
from users.models import REVIEWERS, User


class Command(BaseCommand):
    help = "Make a person an operator of this installation, or take that back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address with which the person signs in")
        parser.add_argument("--remove", action="store_true", help="take it back")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError("Nobody signs in here with this address.")
        with audit.acting_from("command"):
            appoint(person, is_reviewer=not options["remove"])
        self.stdout.write("Done.")


@transaction.atomic
def appoint(person: User, *, is_reviewer: bool) -> None:
    group, _new = Group.objects.get_or_create(name=REVIEWERS)
    if is_reviewer:
        person.groups.add(group)
    else:
        person.groups.remove(group)
    act = "reviewer.added" if is_reviewer else "reviewer.removed"
    audit.record(act, group, by=None, person=str(person.pk))
