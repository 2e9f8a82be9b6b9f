"""Hold the model for explanations: one process on a Unix socket. The site works without it; explanations then wait in the queue."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        from modeling.ml.server import serve

        serve(settings.MODEL_SERVER_SOCKET, settings.MODELS_DIR)
