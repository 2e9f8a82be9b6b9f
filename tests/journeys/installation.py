"""A whole installation of its own for a journey: database, accounts, comments, model, and the site with its workers, by the product's commands."""

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from django.conf import settings

from tests.modeling.ml.conftest import NICE, VILE

PASSWORD = "a journey of many steps"
PEOPLE = {"annotator": "annotator", "lead": "lead", "admin": "admin"}
WHO = {"muslim": "the muslim man", "christian": "the christian man", "": "the neighbour"}


@dataclass(frozen=True)
class Installation:
    folder: Path
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, f"{arguments}: {run.stdout}{run.stderr}"
        return run.stdout

    @contextmanager
    def site(self) -> Iterator[str]:
        """The running site; stopped as by Ctrl-C, which must end every process."""
        command = [sys.executable, "-u", "manage.py", "serve", "--port", "18000"]
        server = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert server.stdout is not None
        try:
            address = next(line.split()[-1] for line in server.stdout if "runs at" in line)
            yield address.rstrip("/")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(40)


def install(folder: Path, encoder: Path) -> Installation:
    environment = {
        **os.environ,
        "BIASAPP_VAR": str(folder),
        "BIASAPP_TESTING": "1",
        "BIASAPP_ENCODER": str(encoder),
        "BIASAPP_PASSWORD": PASSWORD,
        "DJANGO_SETTINGS_MODULE": "biasapp.settings",
        "OMP_NUM_THREADS": "1",
    }
    if os.environ.get("BIASAPP_DB") == "postgresql":
        environment["PGDATABASE"] = make_database(f"journey_{os.getpid()}")
    installation = Installation(folder, environment)
    installation.manage("migrate", "-v0")
    for name, role in PEOPLE.items():
        installation.manage("add_person", name, "--project", "Journey", "--role", role, *(["--panel", "Crowd"] if role == "annotator" else []))
    write_comments(folder / "comments.csv")
    installation.manage("import_comments", str(folder / "comments.csv"), "--project", "journey", "--name", "comments")
    installation.manage("train_model", "--project", "journey", "--epochs", "3")
    installation.manage("score_comments", "--project", "journey")
    installation.manage("open_round", "--project", "journey", "--name", "November", "--items", "12", "--overlap", "1")
    return installation


def make_database(name: str) -> str:
    where = {"host": os.environ["PGHOST"], "port": os.environ["PGPORT"], "user": os.environ["PGUSER"], "dbname": os.environ["PGDATABASE"]}
    with psycopg.connect(**where, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return name


def write_comments(path: Path, rows: int = 500) -> None:
    """Nice comments are harmless, vile ones toxic, about people of two subgroups and of none, over three months."""
    rng = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "target", "comment_text", "muslim", "christian", "created_date", "toxicity_annotator_count"])
        for i in range(rows):
            subgroup, who = list(WHO.items())[i % 3]
            vile = rng.random() < 0.4
            text = f"{who} is {' '.join(rng.choice(VILE if vile else NICE, 2))} in the {rng.choice(['street', 'garden', 'rain', 'bus'])} {i}"
            members = [int(subgroup == "muslim"), int(subgroup == "christian")]
            writer.writerow([i, 0.9 if vile else 0.0, text, *members, f"2026-0{1 + i % 3}-05", 10])
