"""Prepare the demonstration: database, accounts, made-up comments, first model, open round. What stands already is kept."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from biasapp.demonstration import Step, steps


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("These accounts have a public password: only with BIASAPP_DEMO=1 (make demo sets it).")
        seconds: dict[str, float] = {}
        started = time.monotonic()
        self.stdout.write("Preparing the demonstration (made-up data):")
        call_command("migrate", verbosity=0)
        seconds["database"] = time.monotonic() - started
        for step in steps():
            seconds[step.name] = self._run(step)
        (Path(settings.VAR_DIR) / "prepare_seconds.json").write_text(json.dumps(seconds, indent=1))

    def _run(self, step: Step) -> float:
        started = time.monotonic()
        if step.is_done():
            self._say(step.name, "stands", end="\n")
        else:
            step.do(lambda text: self._say(step.name, text))
            self._say(step.name, f"done in {time.monotonic() - started:.0f} s", end="\n")
        return time.monotonic() - started

    def _say(self, name: str, text: str, end: str = "") -> None:
        """On a terminal one line that changes; in a log only the last word on each step."""
        if not sys.stdout.isatty() and not end:
            return
        self.stdout.write(f"\r  {name:<12} {text:<60}{end}", ending="")
        self.stdout.flush()
