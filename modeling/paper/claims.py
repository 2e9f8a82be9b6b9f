"""Where the paper cannot be followed to the letter: every claim, reckoned when it is asked for, in the language of who asks."""

from modeling.paper import claims_loss, claims_results, claims_study
from modeling.paper.claim import Claim

ALL = (*claims_loss.CLAIMS, *claims_results.CLAIMS, *claims_study.CLAIMS)


def claims() -> tuple[Claim, ...]:
    return tuple(make() for make in ALL)
