"""Words that leads have watched beside those that name subgroups: each change is written into the ledger and read by the worker."""

import re
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from modeling import ledger
from modeling.errors import WordRefusedError
from modeling.lifecycle import read_versions, request_dynamics
from modeling.ml.masking import MASKS
from modeling.models import Project, ShareChange, ShareSummary, WatchedWord, WordShare

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_WORDS = 20
SHORTEST, LONGEST = 2, 40
_WORDS = re.compile(r"\w+(?:[ '’-]\w+)*")


def watch_word(*, project: Project, word: str, by: "User") -> WatchedWord:
    """From now on it is read too, of every version that was in use.

    Raises:
        WordRefusedError: it is no word, is watched already, or there are as many as can be.
    """
    word = checked(word)
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        if project.watched_words.filter(word=word).exists():
            raise WordRefusedError(_("“%(word)s” is watched already.") % {"word": word})
        if project.watched_words.count() >= MOST_WORDS:
            raise WordRefusedError(_("%(most)s words are watched, which is as many as can be. Take one off first.") % {"most": MOST_WORDS})
        watched = WatchedWord.objects.create(project=project, word=word, added_by=by)
        ledger.append(actor=by, action="word.watched", subject=f"project {project.slug}", payload={"word": word})
        transaction.on_commit(lambda: _read_again(project))
    return watched


def stop_watching(*, project: Project, word: str, by: "User") -> None:
    """Its rows go with it; watched again, they are made again.

    Raises:
        WordRefusedError: it is not watched.
    """
    with transaction.atomic():
        watched = project.watched_words.filter(word=word.strip().lower()).first()
        if watched is None:
            raise WordRefusedError(_("“%(word)s” is not watched, or has been taken off already.") % {"word": word[:LONGEST]})
        for rows in (WordShare.objects, ShareSummary.objects):
            rows.filter(version__project=project, subject=watched.subject).delete()
        ShareChange.objects.filter(change__project=project, subject=watched.subject).delete()
        watched.delete()
        ledger.append(actor=by, action="word.taken_off", subject=f"project {project.slug}", payload={"word": watched.word})


def checked(word: str) -> str:
    """As it is kept: in lower case, single spaces.

    Raises:
        WordRefusedError: with what to type instead.
    """
    word = " ".join(word.lower().split())
    if not SHORTEST <= len(word) <= LONGEST:
        raise WordRefusedError(_("Type a word of %(shortest)s to %(longest)s characters.") % {"shortest": SHORTEST, "longest": LONGEST})
    if f"[{word.strip('[]')}]" in MASKS and word.startswith("["):
        raise WordRefusedError(_("“%(word)s” stands for what was masked for privacy, which no map looks at.") % {"word": word})
    if not _WORDS.fullmatch(word):
        raise WordRefusedError(_("Use letters and digits only; between them single spaces, hyphens or apostrophes may stand."))
    return word


def _read_again(project: Project) -> None:
    for version in read_versions(project):
        request_dynamics(version)
