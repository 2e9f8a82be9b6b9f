"""Data sets: list, import, progress, report."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from modeling.models import Dataset, RejectedRow, Role, WorkState
from tests.factories import make_comment, make_dataset, make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path
    return make_project()


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def get(client, project, name, *args, **query):
    return client.get(reverse(f"modeling:{name}", args=[project.slug, *args]), query)


def text(response):
    assert response.status_code in (200, 286, 422)
    return response.content.decode()


class TestList:
    def test_without_data_it_says_how_to_start(self, client, project, lead):
        html = text(get(client, project, "dataset-list"))
        assert "No comments yet" in html
        assert reverse("modeling:dataset-import", args=[project.slug]) in html

    def test_each_data_set_shows_its_counts(self, client, project, lead):
        make_dataset(project, name="tweets", row_count=24783, rejected_count=12, masked_count=301)
        html = text(get(client, project, "dataset-list"))
        assert "tweets" in html
        assert "24,783" in html
        assert "301" in html

    def test_it_finds_by_name_and_pages(self, client, project, lead, django_assert_max_num_queries):
        for number in range(30):
            make_dataset(project, name=f"day {number:02}")
        with django_assert_max_num_queries(13):
            html = text(get(client, project, "dataset-list"))
        assert "Page 1 of 2" in html
        assert "day 07" in text(get(client, project, "dataset-list", q="07"))
        assert "No data set has" in text(get(client, project, "dataset-list", q="nothing like it"))

    def test_an_import_that_died_is_shown_as_failed(self, client, project, lead):
        before = timezone.now() - timedelta(minutes=5)
        make_dataset(project, state=WorkState.RUNNING, started_at=before, heartbeat_at=before)
        assert "failed" in text(get(client, project, "dataset-list"))


class TestImport:
    def post(self, client, project, content=b"id,comment_text,target\n1,Hello there,0.1\n", file_name="tweets.csv", **values):
        file = SimpleUploadedFile(file_name, content)
        return client.post(reverse("modeling:dataset-import", args=[project.slug]), {"file": file, "level_kind": "toxicity", **values})

    def test_the_page_says_what_a_file_should_hold(self, client, project, lead):
        html = text(get(client, project, "dataset-import"))
        assert "comment_text" in html
        assert "20,000 characters" in html

    def test_an_upload_is_kept_and_waits_for_the_worker(self, client, project, lead, tmp_path):
        response = self.post(client, project, name="November")
        dataset = Dataset.objects.get()
        assert response.url == reverse("modeling:dataset-detail", args=[project.slug, dataset.pk])
        assert (dataset.name, dataset.state, dataset.requested_by) == ("November", WorkState.REQUESTED, lead)
        assert dataset.file_name == "tweets.csv"
        assert any(path.is_file() for path in tmp_path.rglob("*"))

    def test_without_a_name_it_takes_the_files(self, client, project, lead):
        self.post(client, project)
        assert Dataset.objects.get().name == "tweets.csv"

    def test_sentiment_goes_in_by_the_same_page(self, client, project, lead):
        self.post(client, project, level_kind="sentiment")
        assert Dataset.objects.get().level_kind == "sentiment"

    def test_a_name_is_used_once_and_what_was_typed_is_kept(self, client, project, lead):
        make_dataset(project, name="November")
        html = text(self.post(client, project, name="November"))
        assert "has a data set “November” already" in html
        assert 'value="November"' in html
        assert Dataset.objects.count() == 1

    @pytest.mark.parametrize(
        ("file_name", "content", "said"),
        [
            ("tweets.csv", b"", "Choose one with a header line"),
            ("tweets.exe", b"MZ", "is not of a kind that can be imported"),
        ],
    )
    def test_a_file_that_is_refused_is_refused_in_words_and_leaves_nothing(self, client, project, lead, tmp_path, file_name, content, said):
        response = self.post(client, project, content=content, file_name=file_name)
        assert response.status_code == 422
        assert said in text(response)
        assert not Dataset.objects.exists()
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    def test_without_a_file_it_asks_for_one(self, client, project, lead):
        response = client.post(reverse("modeling:dataset-import", args=[project.slug]), {"level_kind": "toxicity"})
        assert "This field is required" in text(response)


class TestDetail:
    def test_while_it_waits_it_polls(self, client, project, lead):
        dataset = make_dataset(project, state=WorkState.REQUESTED)
        html = text(get(client, project, "dataset-detail", dataset.pk))
        assert "Waiting for its turn" in html
        assert 'hx-trigger="every 1s"' in html
        assert "worker may not be running" not in html

    def test_a_long_wait_is_explained(self, client, project, lead):
        dataset = make_dataset(project, state=WorkState.REQUESTED, requested_at=timezone.now() - timedelta(minutes=2))
        assert "worker may not be running" in text(get(client, project, "dataset-detail", dataset.pk))

    def test_while_it_runs_it_shows_stage_share_and_estimate(self, client, project, lead):
        now = timezone.now()
        started = now - timedelta(seconds=60)
        running = {"state": WorkState.RUNNING, "stage": "reading rows", "progress": 0.4, "message": "40,000 rows"}
        dataset = make_dataset(project, started_at=started, heartbeat_at=now, **running)
        html = text(get(client, project, "dataset-progress", dataset.pk))
        assert "Reading rows" in html
        assert "40,000 rows" in html
        assert "about 2 min left" in html
        assert "hx-trigger" in html

    def test_the_last_answer_stops_the_polling_and_brings_the_report(self, client, project, lead):
        dataset = make_dataset(project, row_count=3)
        response = get(client, project, "dataset-progress", dataset.pk)
        assert response.status_code == 286
        assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#dataset", "innerHTML")
        assert "hx-trigger" not in text(response)
        assert "Comments by split" in text(response)

    def test_an_import_whose_process_died_ends_its_own_polling(self, client, project, lead):
        before = timezone.now() - timedelta(minutes=5)
        dataset = make_dataset(project, state=WorkState.RUNNING, started_at=before, heartbeat_at=before)
        response = get(client, project, "dataset-progress", dataset.pk)
        assert response.status_code == 286
        assert "died without a word" in text(response)

    def test_a_finished_import_states_what_came_in(self, client, project, lead):
        dataset = make_dataset(project, row_count=1, masked_count=7, mention_source="lexicon", made_up=True, sha256="ab" * 32)
        make_comment(dataset, split="gate")
        html = text(get(client, project, "dataset-detail", dataset.pk))
        for said in ("made up for the demonstration", "found by our term list", "ab" * 32, "decides on promotions"):
            assert said in html
        assert "hx-trigger" not in html

    def test_a_refused_file_says_why_and_that_nothing_was_kept(self, client, project, lead):
        error = "tweets.csv has no column comment_text. Nothing was imported."
        dataset = make_dataset(project, state=WorkState.FAILED, error=error)
        html = text(get(client, project, "dataset-detail", dataset.pk))
        assert error in html
        assert "No comment of this file was kept" in html

    def test_a_cancelled_import_says_so(self, client, project, lead):
        dataset = make_dataset(project, state=WorkState.CANCELLED)
        assert "The import was cancelled" in text(get(client, project, "dataset-detail", dataset.pk))

    def test_rejected_rows_are_listed_with_their_reason_in_pages(self, client, project, lead, django_assert_max_num_queries):
        dataset = make_dataset(project, rejected_count=120)
        RejectedRow.objects.bulk_create(
            RejectedRow(dataset=dataset, line=line, reason="target is not a number", excerpt="<b>x</b>") for line in range(2, 122)
        )
        with django_assert_max_num_queries(11):
            html = text(get(client, project, "dataset-detail", dataset.pk))
        assert html.count("target is not a number") == 50
        assert "Page 1 of 3" in html
        assert "&lt;b&gt;x" in html, "what a file holds is shown, never run"
        assert text(get(client, project, "dataset-detail", dataset.pk, page=3)).count("target is not a number") == 20
