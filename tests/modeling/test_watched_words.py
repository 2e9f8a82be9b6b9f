"""Words that leads watch: checked, counted, written into the ledger, read by the worker."""

import re

import pytest
from django.urls import reverse

from modeling.errors import WordRefusedError
from modeling.ledger import head
from modeling.models import DynamicsRun, Role, ShareSummary, WatchedWord, WordShare
from modeling.pipeline.watch_words import MOST_WORDS, checked, stop_watching, watch_word
from tests.factories import make_member, make_project, make_version
from tests.modeling.dynamics_rows import make_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def test_a_word_is_kept_in_lower_case_recorded_and_read_soon(project, lead, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        watch_word(project=project, word="  ZorVex ", by=lead)
    assert WatchedWord.objects.get().word == "zorvex"
    assert (head().action, head().payload) == ("word.watched", {"word": "zorvex"})
    assert DynamicsRun.objects.get().version == project.champion


@pytest.mark.parametrize("word", ["", "a", "x" * 41, "[email]", "{word}", "a  .", "two.words", "-dash", "<b>"])
def test_what_is_no_word_is_refused_with_what_to_type_instead(word):
    with pytest.raises(WordRefusedError, match=r"characters|masked|letters"):
        checked(word)


@pytest.mark.parametrize(("word", "kept"), [("Two  Words", "two words"), ("o'neil", "o'neil"), ("ÇA va", "ça va"), ("4chan", "4chan")])
def test_phrases_names_and_other_scripts_are_words(word, kept):
    assert checked(word) == kept


def test_a_word_is_watched_once_and_there_are_at_most_twenty(project, lead):
    watch_word(project=project, word="zorvex", by=lead)
    with pytest.raises(WordRefusedError, match="already"):
        watch_word(project=project, word="ZORVEX", by=lead)
    for number in range(MOST_WORDS - 1):
        watch_word(project=project, word=f"word{number}", by=lead)
    with pytest.raises(WordRefusedError, match=r"as many as can be"):
        watch_word(project=project, word="another", by=lead)


def test_with_a_word_its_figures_go_and_nothing_else(lead, project):
    version = make_read(project)
    watched = watch_word(project=project, word="zorvex", by=lead)
    WordShare.objects.filter(subject="").update(subject=watched.subject)
    stop_watching(project=project, word="zorvex", by=lead)
    assert not WatchedWord.objects.exists()
    assert not WordShare.objects.filter(subject=watched.subject).exists()
    assert set(ShareSummary.objects.filter(version=version).values_list("subject", flat=True)) == {"", "muslim", "female"}
    assert head().action == "word.taken_off"
    with pytest.raises(WordRefusedError, match="not watched"):
        stop_watching(project=project, word="zorvex", by=lead)


def test_a_lead_watches_a_word_and_takes_it_off_on_the_page(client, project, lead):
    watch, take_off, page = (
        reverse(f"modeling:{name}", args=[project.slug]) for name in ("social-dynamics-watch", "social-dynamics-unwatch", "social-dynamics")
    )
    assert "“zorvex” is watched" in client.post(watch, {"word": "Zorvex"}, follow=True).content.decode()
    assert "“zorvex”" in client.get(page).content.decode()
    told = client.post(take_off, {"word": "zorvex"}, follow=True).content.decode()
    assert "no longer watched" in told
    assert "Watch “zorvex” again" in told
    assert "has been taken off already" in client.post(take_off, {"word": "zorvex"}, follow=True).content.decode()


def test_what_was_taken_off_is_watched_again_with_one_click(client, project, lead):
    page = reverse("modeling:social-dynamics", args=[project.slug])
    watch_word(project=project, word="two words", by=lead)
    assert "again</button>" not in client.get(page, {"taken_off": "two words"}).content.decode(), "it is watched"
    told = client.post(reverse("modeling:social-dynamics-unwatch", args=[project.slug]), {"word": "two words"}, follow=True).content.decode()
    (again,) = re.findall(r'action="([^"]+)"[^>]*>(?:<input[^>]*>)*<input type="hidden" name="word" value="two words"><button>Watch', told)
    client.post(again, {"word": "two words"})
    assert WatchedWord.objects.get().word == "two words"
    assert "again</button>" not in client.get(page, {"taken_off": "[email]"}).content.decode(), "that can be no watched word"


@pytest.mark.parametrize("word", ["", "x", "x" * 41, "[email]"])
def test_a_word_that_is_refused_is_told_beside_the_field(client, project, lead, word):
    response = client.post(reverse("modeling:social-dynamics-watch", args=[project.slug]), {"word": word})
    assert response.status_code == 422
    html = response.content.decode()
    assert 'id="id_word_error"' in html
    assert 'href="?' not in html, "this address takes no filters"
    assert not WatchedWord.objects.exists()
