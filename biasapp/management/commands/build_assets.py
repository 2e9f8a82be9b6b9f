"""Write the browser libraries that a package ships: Vega, Vega-Lite and vega-embed, out of vl-convert."""

from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

BUNDLE = "vendor/vega-bundle.js"
EXPOSE = "window.vegaEmbed=vegaEmbed;"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="write it again even if it stands already")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.ASSETS_DIR / BUNDLE
        # The version in the file's first line: after an upgrade the bundle is written anew.
        stamp = f"/* vl-convert {version('vl-convert-python')} */\n"
        if path.is_file() and path.read_text()[: len(stamp)] == stamp and not options["force"]:
            self.stdout.write(f"{BUNDLE} stands")
            return
        import vl_convert

        path.parent.mkdir(parents=True, exist_ok=True)
        # It has top-level constants, so pages load it as a module.
        path.write_text(stamp + vl_convert.javascript_bundle(EXPOSE))
        self.stdout.write(f"{BUNDLE} written")
