"""A self-contained page -> PDF, by WeasyPrint or Chromium, whichever this machine has. Each runs as a process of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from modeling.errors import NotPrintedError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 120
# The page loads nothing; that nothing could be loaded if it did is the second lock.
ALONE = ("--headless", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND")


def print_pdf(html: str) -> bytes:
    """
    Raises:
        NotPrintedError: neither is installed, or the one that is failed.
    """
    with tempfile.TemporaryDirectory(prefix="biasapp-print-") as folder:
        page, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(html, encoding="utf-8")
        command = _command(page, target)
        if command is None:
            raise NotPrintedError("Neither WeasyPrint nor Chromium is installed where the worker runs.")
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - our own command and files
        except subprocess.TimeoutExpired:
            raise NotPrintedError(f"{Path(command[0]).name} took longer than {SECONDS} seconds.") from None
        if done.returncode or not target.is_file():
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise NotPrintedError(f"{Path(command[0]).name} failed: {said[-1][:200] if said else f'exit code {done.returncode}'}")
        return target.read_bytes()


def _command(page: Path, target: Path) -> list[str] | None:
    if find_spec("weasyprint"):
        return [sys.executable, "-m", "weasyprint", str(page), str(target)]
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return None
    # Chromium refuses its sandbox to root, as in containers; the page is ours and has no scripts.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    profile = f"--user-data-dir={page.parent / 'profile'}"
    return [browser, *ALONE, *as_root, profile, "--no-pdf-header-footer", f"--print-to-pdf={target}", page.as_uri()]
