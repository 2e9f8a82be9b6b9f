"""on_database.py sqlite|postgresql|postgresql-durable COMMAND...: run a command; for postgresql on a fresh server of its own on a free port.

Tests may lose their data at a power cut; they may not lose minutes to fsync. What measures the site asks for `postgresql-durable`.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    database, command = sys.argv[1], sys.argv[2:]
    if database == "sqlite":
        return subprocess.call(command)
    if database not in ("postgresql", "postgresql-durable"):
        sys.exit(f"DB must be sqlite, postgresql or postgresql-durable, not {database!r}")
    return run_on_postgresql(command, is_durable=database == "postgresql-durable")


def run_on_postgresql(command: list[str], *, is_durable: bool) -> int:
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(tempfile.mkdtemp(prefix="biasapp-pg-"))
    port = free_port()
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        as_postgres([binaries / "initdb", "-D", folder / "data", "-U", "biasapp", "--auth=trust", "-E", "UTF8"])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c max_connections=200"
        if not is_durable:
            options += " -c fsync=off -c synchronous_commit=off"
        as_postgres([binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start"])
        print(f"PostgreSQL {binaries.parent.name} on port {port}", flush=True)
        settings = {"BIASAPP_DB": "postgresql", "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "biasapp", "PGDATABASE": "postgres"}
        try:
            return subprocess.call(command, env={**os.environ, **settings})
        finally:
            as_postgres([binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_postgres(command: list[object]) -> None:
    """PostgreSQL refuses to run as root."""
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, cwd="/", **who)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
