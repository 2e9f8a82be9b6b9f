from modeling.ml.data import build_feedback_data, build_training_data
from modeling.ml.rows import Rows


def test_train_and_people_share_the_columns_of_all_subgroups(config):
    config = config.but(group_kl_weight=1.0)
    data = build_training_data(texts=["a nice muslim", "vile tea"], targets=[0.0, 1.0], mentions=[["muslim"], []], config=config)
    feedback = build_feedback_data(texts=["a gay bus"], q=[[1, 0, 0]], weights=[1], bias_weights=[0], mentions=[["gay"]], config=config)
    rows = Rows.join(data, feedback, config)
    assert rows.subgroups == ("gay", "muslim")
    assert rows.memberships.tolist() == [[False, True], [False, False], [True, False]]
    assert rows.people.tolist() == [False, False, True]
    assert rows.harmless.tolist() == [True, False, True]


def test_the_held_out_slice_takes_the_columns_that_are_trained(config):
    config = config.but(group_kl_weight=1.0)
    data = build_training_data(texts=["a nice muslim"], targets=[0.0], mentions=[["muslim"]], config=config)
    nobody = build_feedback_data(texts=[], q=[], weights=[], bias_weights=[], config=config)
    assert Rows.join(data, nobody, config, ("gay", "muslim")).memberships.tolist() == [[False, True]]
    assert Rows.join(data, nobody, config, ("gay",)).memberships.tolist() == [[False]]
