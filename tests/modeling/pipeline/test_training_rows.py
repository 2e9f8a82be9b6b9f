import pytest

from modeling.config import TrainingConfig
from modeling.labels import LevelKind
from modeling.pipeline.training_rows import config_for
from tests.factories import make_dataset, make_project


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "statements"), [(LevelKind.TOXICITY, 300), (LevelKind.SENTIMENT, 0)])
def test_identity_statements_are_added_only_where_levels_are_of_toxicity(kind: LevelKind, statements: int) -> None:
    project = make_project()
    make_dataset(project, level_kind=kind)
    assert config_for(project, TrainingConfig(statements=300)).statements == statements
