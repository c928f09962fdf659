"""The experiments that ship."""

import pytest

from reportgen.config.loading import load_experiment, shipped_experiments
from reportgen.config.schema import Experiment
from reportgen.studies import shipped_studies

MNIST_TEST_IMAGES = 10_000
MNIST_TRAINING_IMAGES = 60_000


def load(name: str) -> Experiment:
    """Load a shipped experiment."""
    return load_experiment(name, []).experiment


def test_both_are_there() -> None:
    """The default one and the one to begin with."""
    assert {"paper", "quickstart"} <= set(shipped_experiments())


@pytest.mark.parametrize("name", shipped_experiments())
def test_each_is_right(name: str) -> None:
    """Every shipped experiment can be read."""
    assert load(name).title


def test_paper_is_the_default() -> None:
    """Without a name the paper is built."""
    assert load_experiment(None, []).slug == "paper"


def test_paper_full_is_the_paper_with_every_study() -> None:
    """It differs in its studies alone, so it has the same runs; none is left out."""
    paper, full = load("paper"), load("paper-full")
    assert full.model_copy(update={"studies": paper.studies}) == paper
    wanted = {name for name, study in shipped_studies().items() if study.automatic is None}
    assert wanted <= full.studies.keys()


def test_paper_has_the_settings_of_the_paper() -> None:
    """Adam at 0.001, batches of 64, 10 epochs, pixels from −1 to 1, three seeds."""
    experiment = load("paper")
    training, normalize = experiment.training, experiment.data.normalize
    assert (training.optimizer, training.learning_rate) == ("adam", 0.001)
    assert (training.batch_size, training.epochs, training.seeds) == (64, 10, (0, 1, 2))
    assert (normalize.mean, normalize.std) == (0.5, 0.5)
    assert (experiment.data.name, experiment.data.fallback) == ("mnist", "digits")


def test_paper_compares_two_architectures_with_and_without_dropout() -> None:
    """The two-by-two design of the comparison."""
    models = [
        (m.slug, m.architecture, m.dropout) for m in load("paper").models if m.role == "model"
    ]
    assert models == [
        ("cnn", "cnn", 0.0),
        ("cnn-dropout", "cnn", 0.5),
        ("mlp", "mlp", 0.0),
        ("mlp-dropout", "mlp", 0.5),
    ]


def test_published_supports_are_those_of_mnist() -> None:
    """The classes of the test and of the training images add up."""
    published = load("paper").published
    assert published is not None
    assert sum(published.test_support) == MNIST_TEST_IMAGES
    assert sum(published.train_support) == MNIST_TRAINING_IMAGES


def test_quickstart_needs_no_download() -> None:
    """The first report is built on the embedded digits."""
    assert load("quickstart").data.name == "digits"
