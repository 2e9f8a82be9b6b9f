"""The directions of import, proved: what the README's map says holds."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "spacy", "pandas", "sklearn", "crowdkit", "cleanlab", "captum", "shap", "lime", "vl_convert"}
DOORS = {"models", "explaining", "labels", "primary_measures", "intake", "gate_truth", "ledger", "reports", "errors", "access", "bodies"}


def test_imports_go_one_way() -> None:
    run = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_web_process_stays_light() -> None:
    """Views, URLs, tasks, API and templates together import nothing heavy: the worker forks clean and the site stays small."""
    code = (
        "import django, sys; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns; "
        "import biasapp.urls, biasapp.api, biasapp.wsgi, modeling.tasks, feedback.tasks, modeling.reports, modeling.api, feedback.api; "
        f"print(sorted(set({sorted(HEAVY)!r}) & set(sys.modules)))"
    )
    assert printed_by(code) == "[]"


def test_a_draw_that_learns_from_earlier_answers_stays_light() -> None:
    """A small pool's is made while a request waits: what it loads, each web process would keep."""
    code = (
        "import django, sys; django.setup(); import numpy as np; import feedback.pipeline.sample as sample; "
        "from tests.feedback.crowd.pools import some_pool; rng = np.random.default_rng(0); "
        "pool = some_pool(60, place=rng.integers(-9, 9, (60, 4)).astype(np.int8), reports=np.where(np.arange(60) < 9, 1.0, np.nan)); "
        "sample.draw(pool, strategy='bias_seeking', count=20, random_share=0.25, rng=rng); "
        f"print(sorted(({HEAVY!r} | {{'scipy'}}) & set(sys.modules)))"
    )
    assert printed_by(code) == "[]"


def printed_by(code: str) -> str:
    """Of a fresh interpreter; where it ended before, the error."""
    environment = {"DJANGO_SETTINGS_MODULE": "biasapp.settings", "BIASAPP_TESTING": "1", "PATH": "/usr/bin:/bin"}
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return run.stdout.strip() or run.stderr


def imported_from_modeling(path: Path) -> set[str]:
    """The names below `modeling` that a file imports anywhere, inside functions too (where import-linter's exceptions could hide)."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "modeling":
            parts = node.module.split(".")[1:]
            found |= {parts[0]} if parts else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("modeling.")}
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "feedback").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_feedback_uses_only_the_doors_of_modeling(path: Path) -> None:
    assert imported_from_modeling(path) <= DOORS


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    code = [path for app in ("biasapp", "feedback", "modeling", "benchmarks", "tests") for path in (ROOT / app).rglob("*.py")]
    long = {str(path.relative_to(ROOT)): n for path in code if "migrations" not in path.parts and (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_only_the_known_folders_stand_at_the_top() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    known = {".ci", "biasapp", "feedback", "modeling", "templates", "static", "tests", "docs", "benchmarks"}
    assert {name.split("/")[0] for name in tracked if "/" in name} <= known
