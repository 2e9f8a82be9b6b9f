"""How a person wants to work, in every project."""

from django.conf import settings
from django.db import models


class Preferences(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    is_veiled = models.BooleanField(default=False, help_text="Comments stay hidden until they ask for each.")
    break_minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Their own time until a break; empty: as the round says.")

    def __str__(self) -> str:
        return f"preferences of {self.user}"
