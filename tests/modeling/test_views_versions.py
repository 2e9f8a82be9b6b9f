"""Model versions and going back."""

import pytest
from django.urls import reverse

from modeling.models import LedgerEntry, Role, VersionChange
from tests.factories import make_member, make_project, make_version
from tests.modeling.decided import make_decided_cycle

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def listed(client, project, **query):
    return client.get(reverse("modeling:version-list", args=[project.slug]), query).content.decode()


class TestList:
    def test_without_a_version_it_says_how_to_train_one(self, client, project, lead):
        assert f"{reverse('modeling:first-training', args=[project.slug])}" in listed(client, project)

    def test_a_version_shows_what_it_was_made_of(self, client, project, lead):
        version = make_version(project, champion=True)
        version.manifest |= {"seed": 7, "data": {"sha256": "cd" * 32, "comments": 3000}, "libraries": {"torch": "2.13.0"}}
        version.scored_count = 1
        version.save()
        html = listed(client, project)
        for said in (version.manifest["weights_sha256"], "cd" * 32, "2.13.0", "1 comments scored", "in use", "Flags at a score of .500"):
            assert said in html

    def test_control_arms_are_shown_when_asked_for(self, client, project, lead):
        make_decided_cycle(project)
        assert "people’s labels, shuffled" not in listed(client, project).replace("&#x27;", "’").replace("'", "’")
        assert "people’s labels, shuffled" in listed(client, project, arms="all").replace("&#x27;", "’").replace("'", "’")

    def test_the_history_names_who_and_why(self, client, project, lead):
        make_version(project, champion=True)
        second = make_version(project, champion=True)
        VersionChange.objects.filter(version=second).update(kind="overridden", by=lead, reason="The gate saw too few comments.")
        html = listed(client, project)
        assert "promoted against the gate" in html
        assert "The gate saw too few comments." in html
        assert lead.username in html

    def test_pages_do_not_ask_more_for_more_versions(self, client, project, lead, django_assert_max_num_queries):
        for _ in range(3):
            make_decided_cycle(project)
        with django_assert_max_num_queries(12):
            html = listed(client, project, arms="all")
        assert "Page 1 of 2" in html


class TestRollBack:
    def url(self, project):
        return reverse("modeling:roll-back", args=[project.slug])

    def test_it_is_asked_on_a_page_of_its_own(self, client, project, lead):
        make_version(project, champion=True)
        second = make_version(project, champion=True)
        html = client.get(self.url(project)).content.decode()
        assert "Roll back to v1" in html
        project.refresh_from_db()
        assert project.champion == second, "looking changes nothing"

    def test_the_version_before_comes_back_with_the_reason_in_the_ledger(self, client, project, lead):
        first = make_version(project, champion=True)
        make_version(project, champion=True)
        response = client.post(self.url(project), {"in_use": 2, "reason": "It flags every prayer."})
        project.refresh_from_db()
        assert project.champion == first
        assert response.url == reverse("modeling:version-list", args=[project.slug])
        entry = LedgerEntry.objects.get(action="version.rolled_back")
        assert (entry.actor, entry.payload["reason"]) == (lead.username, "It flags every prayer.")

    def test_with_nothing_to_go_back_to_it_says_so(self, client, project, lead):
        version = make_version(project, champion=True)
        assert "There is nothing to go back to" in client.get(self.url(project)).content.decode()
        html = client.post(self.url(project), {"in_use": 1}, follow=True).content.decode()
        assert "no earlier version to go back to" in html
        project.refresh_from_db()
        assert project.champion == version

    def test_a_second_click_changes_nothing(self, client, project, lead):
        for _ in range(3):
            make_version(project, champion=True)
        assert '<input type="hidden" name="in_use" value="3"' in client.get(self.url(project)).content.decode()
        for _ in range(2):
            html = client.post(self.url(project), {"in_use": 3}, follow=True).content.decode()
        assert "v2 is in use by now, not v3. Nothing was changed." in html
        project.refresh_from_db()
        assert project.champion.number == 2

    def test_a_page_that_does_not_say_what_is_in_use_is_refused(self, client, project, lead):
        for _ in range(2):
            make_version(project, champion=True)
        response = client.post(self.url(project), {"reason": "an old page"})
        assert (response.status_code, "Load it again" in response.content.decode()) == (422, True)


class TestUndo:
    def test_the_version_that_was_rolled_back_comes_back(self, client, project, lead):
        for _ in range(2):
            make_version(project, champion=True)
        undo = reverse("modeling:roll-back-undo", args=[project.slug])
        assert "There is no roll-back to undo" in client.get(undo).content.decode()
        assert undo not in listed(client, project)
        client.post(reverse("modeling:roll-back", args=[project.slug]), {"in_use": 2})
        assert undo in listed(client, project)
        assert "Bring v2 back" in client.get(undo).content.decode()
        client.post(undo, {"in_use": 1, "reason": "The complaint was about another model."})
        project.refresh_from_db()
        assert project.champion.number == 2
        assert "restored" in listed(client, project)
