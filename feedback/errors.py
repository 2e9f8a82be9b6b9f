"""What can go wrong, named for what the user did. Views, API and commands catch `FeedbackError` only and show its message."""


class FeedbackError(Exception):
    """Base. The message says what happened, what is safe and what to do."""


class InvalidRoundError(FeedbackError):
    """A round cannot be opened with these settings. `errors` names the field that must change."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class NoPredictionsError(FeedbackError):
    """There is no model in use, or it has not scored the pool yet."""


class NotEnoughCommentsError(FeedbackError):
    """The pool has fewer comments left than the round asks for."""


class RoundBeingDrawnError(FeedbackError):
    """Another round of the project is being drawn."""


class TooEarlyError(FeedbackError):
    """An item is not decided by somebody who may still be asked about it as an annotator."""


class AlreadyDecidedError(FeedbackError):
    """An adjudicator has decided this item already."""


class RoundAnsweredError(FeedbackError):
    """A round that somebody has answered, or that is not open, cannot be cancelled."""


class LabelsFrozenError(FeedbackError):
    """A round's labels are handed in, or it has none: nothing can be decided or reopened."""


class GateRoundError(FeedbackError):
    """A gate round cannot be opened as things stand."""


class GuidelinesError(FeedbackError):
    """The guidelines of a round cannot be changed so, or not now."""


class NotQualifiedError(FeedbackError):
    """The round has practice comments that this annotator has not passed yet."""


class QualificationError(FeedbackError):
    """A practice attempt cannot be started or answered so."""


class InvitationError(FeedbackError):
    """An invitation is unknown, expired, used up or withdrawn, or cannot be made so."""


class PausedError(FeedbackError):
    """The annotator gets nothing new in this round until a lead has looked at how they answer."""


class PauseError(FeedbackError):
    """A pause cannot be appealed or decided as things stand."""


class OwnLevelError(FeedbackError):
    """The prediction is hidden until the annotator has given a level of their own."""


class RoundClosedError(FeedbackError):
    """The round takes no more answers."""


class EmptyRoundError(FeedbackError):
    """A round without usable answers cannot be closed."""


class NotOnPanelError(FeedbackError):
    """The round is for other panels than the annotator's."""


class UnknownPlaceError(FeedbackError):
    """The place does not exist, or was never this annotator's."""


class LeaseExpiredError(FeedbackError):
    """The item was held too long and has been given to somebody else."""


class AlreadyAnsweredError(FeedbackError):
    """This annotator has answered or skipped this item already."""


class KeyReusedError(FeedbackError):
    """An idempotency key was used before, for another item."""


class NothingToUndoError(FeedbackError):
    """This annotator has no answer in this round."""


class OvertakenError(FeedbackError):
    """What this annotator wants to take back is not their last answer any more."""


class AnswersReadError(FeedbackError):
    """Whoever has seen what others say of an item does not change their own answer to it."""


class InvalidAnswerError(FeedbackError):
    """An answer contradicts itself or is incomplete. `errors` maps each field to what is wrong with it."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class UnknownFormatError(FeedbackError):
    """Annotations are exported as CSV or JSON Lines."""
