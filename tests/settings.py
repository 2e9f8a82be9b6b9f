"""The product's settings under test. A module of its own, because pytest-django reads settings before any conftest.py can set the environment."""

import os

os.environ["BIASAPP_TESTING"] = "1"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs a loop in the main thread.

from biasapp.settings import *  # noqa: F403 - the environment first

# The default of a million rounds makes every sign-in of a test cost a quarter of a second.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# An engine takes seconds to build; tests of engines ask for one.
ENGINE = "torch"
