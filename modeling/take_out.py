"""Hand a cycle's sealed bundle to a person, and write down that they took it."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from modeling import ledger
from modeling.errors import NotSealedError
from modeling.models import CycleBundle, RetrainingCycle

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def open_bundle(*, cycle: RetrainingCycle, by: "User") -> tuple[IO[bytes], CycleBundle]:
    """The open file, to be streamed, and what is known of it.

    Raises:
        NotSealedError: there is no bundle of this cycle, or its file is gone.
    """
    bundle = CycleBundle.of(cycle)
    if bundle is None:
        raise NotSealedError(f"Cycle {cycle.number} has no bundle. One is written when a cycle has its verdict.")
    try:
        file = (Path(settings.MODELS_DIR) / bundle.file).open("rb")
    except FileNotFoundError as error:
        raise NotSealedError(f"The file of this bundle is gone. The ledger still holds its SHA-256, {bundle.sha256}.") from error
    with transaction.atomic():
        subject = f"bundle of cycle {cycle.number} of {cycle.project.slug}"
        ledger.append(actor=by, action="export", subject=subject, payload={"sha256": bundle.sha256, "bytes": bundle.size, "texts": False})
    return file, bundle
