"""People and small worlds as fixtures."""

import os

os.environ.setdefault("BIASAPP_TESTING", "1")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs a loop in the main thread.
