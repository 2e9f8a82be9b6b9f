import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AGE = "from django.db import connections; print(connections.settings['default']['CONN_MAX_AGE'])"


@pytest.mark.parametrize(("started_by", "seconds"), [("import biasapp.wsgi", "60"), ("import django; django.setup()", "0")])
def test_only_the_web_server_keeps_sqlite_open(tmp_path: Path, started_by: str, seconds: str) -> None:
    """The queues fork, and SQLite must not be open across a fork."""
    kept = {name: value for name, value in os.environ.items() if name != "BIASAPP_SQLITE_MAX_AGE"}
    environment = {**kept, "DJANGO_SETTINGS_MODULE": "biasapp.settings", "BIASAPP_DB": "sqlite", "BIASAPP_VAR": str(tmp_path)}
    found = subprocess.run([sys.executable, "-c", f"{started_by}; {AGE}"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == seconds
