"""The fast lane's proof of equal bytes: a problem that goes to another process is the same problem."""

from dataclasses import asdict, replace
from pathlib import Path

import torch

from benchmarks.fast_lane import sha256_of_head
from modeling.ml.head import HeadProblem


def made_up(seed: int = 0) -> HeadProblem:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((30, 5), generator=generator, dtype=torch.float64)
    q = torch.softmax(torch.randn((30, 3), generator=generator, dtype=torch.float64), dim=1)
    gaps = 0.1 * torch.randn((4, 5), generator=generator, dtype=torch.float64)
    return HeadProblem(x, q, torch.ones(30, dtype=torch.float64), gaps, torch.full((4,), 0.1, dtype=torch.float64), l2=1e-2)


def test_the_same_problem_solved_again_has_the_same_bytes() -> None:
    assert sha256_of_head(made_up()) == sha256_of_head(made_up())


def test_a_millionth_of_a_label_shows_in_them() -> None:
    problem = made_up()
    other = replace(problem, q=problem.q + torch.tensor([1e-6, -1e-6, 0.0], dtype=torch.float64))
    assert sha256_of_head(other) != sha256_of_head(problem)


def test_a_problem_that_was_written_for_another_process_is_the_same(tmp_path: Path) -> None:
    torch.save(asdict(made_up()), tmp_path / "problem.pt")
    assert sha256_of_head(HeadProblem(**torch.load(tmp_path / "problem.pt", weights_only=True))) == sha256_of_head(made_up())
