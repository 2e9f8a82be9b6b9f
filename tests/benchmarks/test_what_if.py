"""What the benchmark of the what-if asks and counts."""

import pytest

from benchmarks import what_if
from benchmarks.result_file import ResultFile
from tests.factories import make_comment, make_dataset, make_project


class FakeSite:
    """Answers as the API does; its cycles train for so many questions."""

    def __init__(self, trains_for: int) -> None:
        self.trains_for, self.asked, self.cycles, self.left = trains_for, [], 0, 0

    def call(self, method, path, body):
        self.asked.append((path, body))
        self.left -= 1
        return {"variants": [{}] * what_if.VARIANTS} if path == "what-if/" else {"scores": [{}]}

    def patiently(self, method, path, body=None):
        if method == "POST":
            self.cycles, self.left = self.cycles + 1, 2 * self.trains_for
            return {"number": self.cycles}
        return {"state": "training" if self.left > 0 else "held"}


def test_only_requests_within_a_training_count_and_cycles_follow_each_other():
    site = FakeSite(trains_for=3)
    found = what_if.measure_beside_training(site, iter(str(number) for number in range(100)), wanted=5)
    assert [len(values) for values in found.values()] == [5, 5]
    assert site.cycles == 3, "the last request of each ended after its training"


def test_both_requests_ask_about_the_same_text():
    site = FakeSite(trains_for=1)
    what_if.measure(site, iter(["first", "second"]), wanted=2)
    assert [body.get("text") or body["texts"][0] for _, body in site.asked] == ["first", "first", "second", "second"]


@pytest.mark.django_db
def test_each_text_has_twenty_variants():
    dataset = make_dataset(make_project())
    make_comment(dataset, "A quiet street.")
    make_comment(dataset, "A quiet street.", split="gate")
    (text,) = what_if._texts()
    assert text == f"A quiet street. {what_if.NAMES_MANY}"


def test_the_rows_that_must_be_there_are_written(tmp_path):
    result = ResultFile("what_if", directory=tmp_path)
    what_if.write(result, {"twenty_variants": [200.0, 300.0, 400.0], "plain_prediction": [20.0, 30.0, 40.0]}, "")
    assert result.rows["demo", "twenty_variants", "p95_ms"]["value"] == pytest.approx(390)
    assert result.rows["demo", "plain_prediction", "p50_ms"]["value"] == 30
