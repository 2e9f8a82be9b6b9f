"""Sessions that have expired are deleted: pinned texts stand in them."""

from importlib import import_module

from django.conf import settings


def clear_expired() -> None:
    """Django deletes one only when somebody comes back with it. On a schedule."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
