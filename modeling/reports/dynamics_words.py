"""One plain sentence about social dynamics, made of the numbers."""

from django.utils.translation import gettext as _

from modeling.map_engines import LOOKS, MapEngine
from modeling.models import ShareChange, VersionChange
from modeling.names import subject_name
from modeling.numerals import points, share
from modeling.reports.figures import Figure

Kind = VersionChange.Kind


def subject_words(engine: str, subject: str) -> str:
    """What has the share, within a sentence."""
    looks = MapEngine(engine) in LOOKS
    if not subject:
        return _("the share of the attention that lies on identity words") if looks else _("the share of the attribution that lies on identity words")
    said = (
        _("the share of the attention that lies on words for %(subject)s")
        if looks
        else _("the share of the attribution that lies on words for %(subject)s")
    )
    if subject_name(subject).startswith("“"):
        said = _("the share of the attention that lies on %(subject)s") if looks else _("the share of the attribution that lies on %(subject)s")
    return said % {"subject": subject_name(subject)}


def change_sentence(change: VersionChange, row: ShareChange) -> str:
    """What a change of the version in use did, with its interval; or that it cannot be told."""
    words = {"when": _when(change), "what": subject_words(row.engine, row.subject), "n": f"{row.n:,}", "families": f"{row.families:,}"}
    if row.difference is None:
        return _("%(when)s: not enough data to say how %(what)s moved (%(n)s comments of %(families)s originals).") % words
    words |= {"before": share(row.before), "after": share(row.after)}
    if row.low is None or row.high is None:
        return _("%(when)s, %(what)s went from %(before)s to %(after)s (%(n)s comments, all moved alike, so there is no interval).") % words
    words |= {"low": points(row.low), "high": points(row.high)}
    if row.high < 0:
        said = _(
            "%(when)s, %(what)s fell from %(before)s to %(after)s (between %(low)s and %(high)s points; %(n)s comments of %(families)s originals)."
        )
    elif row.low > 0:
        said = _(
            "%(when)s, %(what)s rose from %(before)s to %(after)s (between %(low)s and %(high)s points; %(n)s comments of %(families)s originals)."
        )
    else:
        said = _(
            "%(when)s, %(what)s went from %(before)s to %(after)s, which may be chance (between %(low)s and %(high)s points; "
            "%(n)s comments of %(families)s originals)."
        )
    return said % words


def state_sentence(version: str, engine: str, subject: str, found: Figure | None, chance: Figure | None) -> str:
    """Of a version that nothing went before."""
    words = {"version": version, "what": subject_words(engine, subject)}
    if found is None or found.value is None or chance is None:
        return _("Not enough data to say what %(what)s is for %(version)s.") % words
    words |= {"value": share(found.value), "low": share(found.low), "high": share(found.high), "chance": share(chance.value), "n": f"{found.n:,}"}
    if found.low is None:
        return _("For %(version)s, %(what)s is %(value)s (%(n)s comments); by chance it would be %(chance)s.") % words
    return _("For %(version)s, %(what)s is %(value)s (%(low)s to %(high)s; %(n)s comments); by chance it would be %(chance)s.") % words


def _when(change: VersionChange) -> str:
    said = {
        Kind.PROMOTED: _("After %(version)s was promoted"),
        Kind.OVERRIDDEN: _("After %(version)s was promoted against the gate"),
        Kind.ROLLED_BACK: _("After the roll-back to %(version)s"),
        Kind.RESTORED: _("After %(version)s was brought back"),
    }.get(Kind(change.kind), _("After %(version)s came into use"))
    return said % {"version": change.version}
