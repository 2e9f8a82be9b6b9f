"""The site's settings, with `benchmarks.hold` beside them."""

from biasapp.settings import *  # noqa: F403 - settings are taken over whole
from biasapp.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.hold.HoldConfig"]
