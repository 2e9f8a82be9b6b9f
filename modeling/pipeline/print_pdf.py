"""A self-contained page -> PDF, by WeasyPrint or Chromium, whichever this machine has. Each runs as a process of its own."""

import os
import shutil
import signal
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
        NotPrintedError: neither is installed, or the one that is failed, or the disk did.
    """
    try:
        # What a browser writes while it ends may keep the folder from going; the PDF stands all the same.
        with tempfile.TemporaryDirectory(prefix="biasapp-print-", ignore_cleanup_errors=True) as folder:
            return _printed(html, Path(folder))
    except OSError as error:
        raise NotPrintedError(f"The page could not be printed: {error}"[:200]) from error


def _printed(html: str, folder: Path) -> bytes:
    page, target = folder / "report.html", folder / "report.pdf"
    page.write_text(html, encoding="utf-8")
    command = _command(page, target)
    if command is None:
        raise NotPrintedError("Neither WeasyPrint nor Chromium is installed where the worker runs.")
    name = Path(command[0]).name
    try:
        code, said = _run(command)
    except subprocess.TimeoutExpired:
        raise NotPrintedError(f"{name} took longer than {SECONDS} seconds.") from None
    if code or not target.is_file():
        raise NotPrintedError(f"{name} failed: {said[-1][:200] if said else f'exit code {code}'}")
    return target.read_bytes()


def _run(command: list[str]) -> tuple[int, list[str]]:
    """Exit code, and what it said. A browser is many processes: in a session of their own, all of them can be ended."""
    with subprocess.Popen(  # noqa: S603 - our own command and files
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True
    ) as child:
        try:
            _, errors = child.communicate(timeout=SECONDS)
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    return child.returncode, [line for line in errors.splitlines() if line.strip()]


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
