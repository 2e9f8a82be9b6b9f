"""Links by which people join a project, and who came by them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from feedback.models.people import Panel
from modeling.models import Project


class Invitation(models.Model):
    """A link that makes annotators of a panel. Only the hash of its token is kept: who reads the database cannot use it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="invitations")
    note = models.CharField(max_length=80, blank=True, help_text="For the leads: whom it is meant for.")
    token_hash = models.CharField(max_length=64, unique=True)
    uses_allowed = models.PositiveIntegerField(default=1)
    uses = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(uses__lte=F("uses_allowed")), name="invitation_not_overused")]

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.panel}"


class InvitationUse(models.Model):
    """Somebody came by a link."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="used_by")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["invitation", "user"], name="one_use_per_person")]

    def __str__(self) -> str:
        return f"{self.user} by invitation {self.invitation_id}"


class InvitationTry(models.Model):
    """A form sent to an invitation's address, kept for minutes: from one address only so many are answered, by all processes together."""

    address = models.CharField(max_length=64, help_text="A keyed hash: the address itself is not kept.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="invitation_tries")]

    def __str__(self) -> str:
        return f"a try at {self.at}"
