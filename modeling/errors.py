"""What can go wrong, named for what the user did. Views, API and commands catch `ModelingError` only and show its message."""


class ModelingError(Exception):
    """Base. The message says what happened, what is safe and what to do."""


class ImportRefusedError(ModelingError):
    """A file cannot be imported at all: nothing of it was kept."""


class NoChampionError(ModelingError):
    """The project has no model version in use yet."""


class NothingToTrainError(ModelingError):
    """There are no labelled comments (or no feedback) to train on."""


class DivergedError(ModelingError):
    """The loss of a training is no number any more: its weights would be worth nothing."""


class UnknownTermError(ModelingError):
    """A term of the loss was asked for that the lane does not have."""


class LabelsInUseError(ModelingError):
    """A cycle was given these labels, so they cannot be taken back."""


class CycleRunningError(ModelingError):
    """Only one cycle may run per project."""


class TrainingRunningError(ModelingError):
    """The first version is being trained already, or stands."""


class GateRoundRefusedError(ModelingError):
    """Fresh comments cannot be moved to gate now, or there are not enough of them."""


class UnmeasurableError(ModelingError):
    """The primary measure cannot be taken of what gate holds, so a look at it would be spent for nothing."""


class NotEligibleError(ModelingError):
    """A version may not be promoted (without a written reason)."""


class NothingToRollBackError(ModelingError):
    """There is no earlier version in use to go back to."""


class WeightsChangedError(ModelingError):
    """Weights on disk do not have the SHA-256 that their manifest states."""


class CancelledError(ModelingError):
    """A person asked for the work to stop."""


class LostClaimError(ModelingError):
    """Another process has taken this work over, or it is no longer waiting."""


class NotScoredError(ModelingError):
    """The model server is away, too slow, or refused: nothing was scored, and nothing is lost."""


class PairRefusedError(ModelingError):
    """A pair cannot be reported as it was sent, or there is nothing to take back."""


class WordRefusedError(ModelingError):
    """A word cannot be watched as it was typed, or is not watched."""


class BundleRefusedError(ModelingError):
    """A file is no sealed bundle, was changed since it was sealed, or is of a newer format."""


class NotSealedError(ModelingError):
    """A bundle cannot be made: the cycle is not decided, or its data have changed since."""


class NoSuchMapError(ModelingError):
    """An explanation was asked for that cannot be made of this version."""


class ReportUnderWayError(ModelingError):
    """One monthly report of a project is made at a time."""


class NotPrintedError(ModelingError):
    """No PDF could be made of a page."""
