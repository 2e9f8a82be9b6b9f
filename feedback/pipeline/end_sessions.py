"""Who withdraws, or asks for erasure, leaves nothing behind in sessions: what they pinned may be what they typed."""

from typing import TYPE_CHECKING

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def end_sessions(*, user: "User", own: SessionBase) -> int:
    """Sign them out everywhere else, and forget in their `own` session all but that they are signed in: they may take it back at once.
    Returns how many ended."""
    for name in [name for name in own.keys() if not name.startswith("_")]:  # noqa: SIM118 - a session is no dictionary
        del own[name]
    others = Session.objects.exclude(session_key=own.session_key).iterator(500)
    ended = [session.session_key for session in others if session.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(session_key__in=ended).delete()
    return len(ended)
