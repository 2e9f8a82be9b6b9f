"""Add a person to a project (made when it is new), with a role and, for those who annotate, a panel."""

import getpass
import os
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.text import slugify

from feedback.models import Annotator, Panel
from modeling import ledger
from modeling.models import Membership, Project, Role


class Command(BaseCommand):
    help = f"{__doc__} The password is asked for, or taken from BIASAPP_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--project", required=True, help="name of the project")
        parser.add_argument("--role", choices=Role.values, default=Role.ANNOTATOR)
        parser.add_argument("--panel", help="name of the panel whose answers this person's are aggregated with")
        parser.add_argument("--panel-kind", choices=Panel.Kind.values, default=Panel.Kind.CROWD)

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            user = User.objects.filter(username=options["username"]).first() or self._new_user(options["username"])
            slug = slugify(options["project"])
            project, _ = Project.objects.get_or_create(slug=slug, defaults={"name": options["project"]})
            Membership.objects.update_or_create(project=project, user=user, defaults={"role": options["role"]})
            if options["panel"]:
                kind = {"kind": options["panel_kind"]}
                panel, _ = Panel.objects.get_or_create(project=project, name=options["panel"], defaults=kind)
                Annotator.objects.update_or_create(project=project, user=user, defaults={"panel": panel})
            payload = {"role": options["role"], "panel": options["panel"] or ""}
            ledger.append(actor="system", action="person.added", subject=f"{user} in {project.slug}", payload=payload)
        self.stdout.write(f"{user} is {options['role']} in {project.name} (slug: {project.slug}).")

    def _new_user(self, username: str) -> User:
        password = os.environ.get("BIASAPP_PASSWORD") or getpass.getpass(f"Password for {username}: ")
        try:
            validate_password(password, User(username=username))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return User.objects.create_user(username, password=password)
