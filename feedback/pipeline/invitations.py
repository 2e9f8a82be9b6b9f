"""Invitations by link: made and withdrawn by leads, used by whoever holds the link, so often and so long as the lead said."""

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from feedback.errors import InvitationError
from feedback.models import Annotator, Invitation, InvitationTry, InvitationUse, Panel
from modeling import ledger
from modeling.models import Membership, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TOKEN_BYTES = 24
MOST_DAYS, MOST_USES = 90, 1000
TRIES, WITHIN = 20, timedelta(minutes=10)
"""Forms that one address may send in that time."""


def make_invitation(*, panel: Panel, days: int, uses: int, note: str = "", by: "User") -> tuple[Invitation, str]:
    """The invitation, and its token, which is kept nowhere and can be shown this once.

    Raises:
        InvitationError: for too long or too many.
    """
    if not (1 <= days <= MOST_DAYS and 1 <= uses <= MOST_USES):
        raise InvitationError(_("A link holds for 1 to %(days)s days and 1 to %(uses)s people.") % {"days": MOST_DAYS, "uses": MOST_USES})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    about = {"project": panel.project, "panel": panel, "note": note, "uses_allowed": uses, "created_by": by}
    with transaction.atomic():
        made = Invitation.objects.create(token_hash=_hash(token), expires_at=timezone.now() + timedelta(days=days), **about)
        payload = {"panel": panel.name, "days": days, "uses": uses}
        ledger.append(actor=by, action="invitation.made", subject=f"invitation {made.pk} to {panel.project.slug}", payload=payload)
    return made, token


def revoke(*, invitation: Invitation, by: "User") -> None:
    """Who came by it stays; nobody else comes."""
    with transaction.atomic():
        if Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now()):
            subject = f"invitation {invitation.pk} to {invitation.project.slug}"
            ledger.append(actor=by, action="invitation.revoked", subject=subject, payload={"uses": invitation.uses})


def find_invitation(token: str) -> Invitation:
    """One that can be used now.

    Raises:
        InvitationError: says what is the matter with it.
    """
    found = Invitation.objects.select_related("project", "panel").filter(token_hash=_hash(token)).first()
    if found is None:
        raise InvitationError(_("There is no such invitation. Check that the whole link was copied, or ask whoever sent it for a new one."))
    _require_usable(found)
    return found


def accept(*, invitation: Invitation, user: "User") -> Annotator:
    """This person is an annotator of the project from now on. Who is a member already uses nothing up, and keeps role and panel.

    Raises:
        InvitationError: it was used up, withdrawn or ran out meanwhile.
    """
    with transaction.atomic():
        # The row comes first: of two that come at once by a double click, one waits here for the other.
        _member, is_new = Membership.objects.get_or_create(project_id=invitation.project_id, user=user, defaults={"role": Role.ANNOTATOR})
        if is_new:
            _use(invitation, user)
        annotator, _made = Annotator.objects.get_or_create(project_id=invitation.project_id, user=user, defaults={"panel": invitation.panel})
    return annotator


def _use(invitation: Invitation, user: "User") -> None:
    """One of its uses, by a conditional update: the last one is given to one person, however many come at once."""
    usable = Invitation.objects.filter(pk=invitation.pk, revoked_at=None, expires_at__gt=timezone.now(), uses__lt=F("uses_allowed"))
    if not usable.update(uses=F("uses") + 1):
        invitation.refresh_from_db()
        _require_usable(invitation)
    # Somebody may have left the project and come back by the same link.
    InvitationUse.objects.get_or_create(invitation=invitation, user=user)
    subject = f"invitation {invitation.pk} to {invitation.project.slug}"
    ledger.append(actor=user, action="invitation.used", subject=subject, payload={"panel": invitation.panel.name})


def count_try(address: str) -> None:
    """Raises InvitationError when this address has sent too many forms: nobody guesses their way in, or makes accounts by the hundred."""
    now, hashed = timezone.now(), salted_hmac("feedback.invitations", address).hexdigest()
    InvitationTry.objects.filter(at__lt=now - WITHIN).delete()
    if InvitationTry.objects.filter(address=hashed).count() >= TRIES:
        raise InvitationError(_("Too many tries from your address. Wait ten minutes, then open the link again."))
    InvitationTry.objects.create(address=hashed, at=now)


def _require_usable(invitation: Invitation) -> None:
    if invitation.revoked_at is not None:
        raise InvitationError(_("This invitation was withdrawn. Ask whoever sent it for a new one."))
    if invitation.expires_at <= timezone.now():
        raise InvitationError(_("This invitation has run out. Ask whoever sent it for a new one."))
    if invitation.uses >= invitation.uses_allowed:
        raise InvitationError(_("This invitation is used up. If you came by it before, sign in; otherwise ask for a new one."))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
