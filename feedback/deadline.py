"""The day by which a lead would like to have a round's answers."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _


def require_still_to_come(deadline: date) -> None:
    """Raises ValidationError for a day that is over."""
    if deadline < timezone.localdate():
        raise ValidationError(_("This day is over. Choose today or a later one, or leave it empty."))
