import pytest

from modeling.errors import LostClaimError, NothingToTrainError
from modeling.lifecycle import request_first_training
from modeling.models import FirstTraining
from modeling.pipeline.run_first_training import run_first_training


def test_a_first_training_comes_into_use_and_is_done_once(world, config) -> None:
    training = request_first_training(project=world, in_background=False)
    version = run_first_training(training=training, config=config)
    world.refresh_from_db()
    assert world.champion == version
    assert (training.state, training.progress) == ("done", 1)
    with pytest.raises(LostClaimError):
        run_first_training(training=FirstTraining.objects.get(), config=config)


def test_one_that_fails_keeps_the_cause_and_the_project_as_it_was(world, config) -> None:
    training = request_first_training(project=world, in_background=False)
    world.datasets.get().comments.update(target=None)
    with pytest.raises(NothingToTrainError, match="No labelled comment"):
        run_first_training(training=training, config=config)
    world.refresh_from_db()
    assert (training.state, world.champion) == ("failed", None)
    assert "No labelled comment" in training.error
