"""What the web server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
os.environ.setdefault("BIASAPP_SQLITE_MAX_AGE", "60")
application = get_wsgi_application()
