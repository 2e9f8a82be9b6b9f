"""The site's settings, with a view beside it that does nothing but ask who is signed in: what any Django page costs at least."""

from biasapp.settings import *  # noqa: F403 - settings are taken over whole

ROOT_URLCONF = "benchmarks.empty_view_urls"
