"""What the newest round or month says of reported bias, against the one before it, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from feedback.crowd.estimates import MINIMUM_ITEMS
from feedback.crowd.shares import Difference, Share, difference, share_of

if TYPE_CHECKING:
    from feedback.over_time.report import PeriodRow


def sentence_of(rows: "Sequence[PeriodRow]") -> str:
    """Empty where nothing was judged."""
    known = [(row.period.name, found) for row in rows if (found := _reports(row)).value is not None]
    if not known:
        judged = sum(row.judged for row in rows)
        told = _("Not enough data yet: %(judged)s judged items, and a share needs %(needs)s in one round or month.")
        return told % {"judged": f"{judged:,}", "needs": MINIMUM_ITEMS} if judged else ""
    (name, newest), before = known[-1], known[:-1]
    told = _("Of the %(n)s items judged in %(period)s, %(share)s were reported as biased (%(low)s to %(high)s).")
    said = told % {"n": f"{newest.n:,}", "period": name, **_shown(newest)}
    return f"{said} {_against(newest, *before[-1])}" if before else said


def _reports(row: "PeriodRow") -> Share:
    return share_of(int(row.period.tally["reported"]), row.judged, needs=MINIMUM_ITEMS)


def _shown(share: Share) -> dict[str, str]:
    return {name: f"{value * 100:.1f}\N{NO-BREAK SPACE}%" for name, value in zip(("share", "low", "high"), share.interval or (), strict=True)}


def _against(newest: Share, name: str, before: Share) -> str:
    found = difference(newest, before)
    points = {place: f"{(value or 0) * 100:+.1f}".replace("-", "\N{MINUS SIGN}") for place, value in vars(found).items()}
    told = _("In %(period)s it was %(share)s: %(verdict)s (%(value)s points, between %(low)s and %(high)s).")
    return told % {"period": name, "share": _shown(before)["share"], "verdict": _verdict(found), **points}


def _verdict(found: Difference) -> str:
    if found.low is not None and found.low > 0:
        return _("more now than chance explains")
    if found.high is not None and found.high < 0:
        return _("less now than chance explains")
    return _("no clear difference")
