import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from reportgen.results.records import CLEAN_EXAMPLES
from reportgen.training.fit import draw_clean_rows
from reportgen.training.loop import (
    measure,
    normalize,
    predict,
    split_rows,
    train_epoch,
    training_spec,
)
from tests.support.training import CPU, begin, load, make_spec


def _silent(_: float) -> None:
    """Report nothing."""


def test_epoch_is_plain_gradient_descent() -> None:
    """An epoch equals the textbook loop, one batch after another in the same order."""
    spec, examples = make_spec(optimizer="sgd", learning_rate=0.1), load().train
    settings = training_spec(spec)
    training, textbook = begin(spec), begin(spec)
    rows, _ = split_rows(len(examples.labels), spec, CPU)
    epoch = train_epoch(training, examples, rows, _silent)
    order = torch.randperm(len(rows), generator=textbook.shuffle)
    losses, correct = 0.0, 0.0
    for first in range(0, len(rows), settings.batch_size):
        batch = order[first : first + settings.batch_size]
        pixels = examples.images[batch] / 255
        mean, std = torch.tensor(settings.mean), torch.tensor(settings.std)
        logits = textbook.model((pixels - mean) / std)
        loss = F.cross_entropy(logits, examples.labels[batch])
        textbook.model.zero_grad()
        loss.backward()
        for parameter in textbook.model.parameters():
            assert parameter.grad is not None
            parameter.data -= 0.1 * parameter.grad
        losses += loss.item() * len(batch)
        correct += (logits.argmax(1) == examples.labels[batch]).sum().item()
    for ours, theirs in zip(training.model.parameters(), textbook.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    assert epoch.loss == pytest.approx(losses / len(rows), rel=1e-5)
    assert epoch.accuracy == correct / len(rows)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["mlp", "cnn"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_same_seed_same_bits(architecture: str, precision: str) -> None:
    """A run gives the same bits whatever was computed between, and others with another seed."""
    examples = load().train

    def train(seed: int) -> tuple[list[torch.Tensor], float]:
        spec = make_spec(reference=architecture, precision=precision, dropout=0.3, seed=seed)
        training = begin(spec)
        rows, _ = split_rows(len(examples.labels), spec, CPU)
        epochs = [train_epoch(training, examples, rows, _silent) for _ in range(2)]
        return [p.detach() for p in training.model.parameters()], epochs[-1].loss

    first, other, again = train(0), train(1), train(0)
    assert all(map(torch.equal, first[0], again[0]))
    assert first[1] == again[1]
    assert first[1] != other[1]


@pytest.mark.parametrize("architecture", ["mlp", "cnn"])
def test_training_learns(architecture: str) -> None:
    """Some epochs on an easy problem leave few errors on images that were not trained on."""
    spec, images = make_spec(reference=architecture), load()
    training = begin(spec)
    rows, _ = split_rows(len(images.train.labels), spec, CPU)
    epochs = [train_epoch(training, images.train, rows, _silent) for _ in range(6)]
    _, accuracy = measure(training, images.test, torch.arange(len(images.test.labels)))
    assert accuracy > 0.9
    assert epochs[-1].loss < epochs[0].loss / 2


def test_progress_is_a_growing_share() -> None:
    """The progress within an epoch starts at zero, grows, and stays below one."""
    spec, examples = make_spec(batch_size=1), load().train
    fractions: list[float] = []
    rows, _ = split_rows(len(examples.labels), spec, CPU)
    train_epoch(begin(spec), examples, rows, fractions.append)
    assert fractions[0] == 0.0
    assert fractions == sorted(set(fractions))
    assert len(fractions) > 2
    assert fractions[-1] < 1.0


def test_prediction_has_no_dropout_and_no_batches() -> None:
    """Logits do not depend on the random state, nor on which images are predicted together."""
    examples = load().train
    training = begin(make_spec(reference="cnn", dropout=0.5))
    torch.manual_seed(1)
    together = predict(training, examples.images)
    torch.manual_seed(2)
    alone = torch.cat([predict(training, image) for image in examples.images[:20].split(1)])
    torch.testing.assert_close(together[:20], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 0.99])
def test_validation_examples_are_held_out(fraction: float) -> None:
    """Every example is trained on or validated on, never both; all seeds have their own split."""
    spec = make_spec(validation_fraction=fraction)
    train, validation = split_rows(40, spec, CPU)
    assert sorted(torch.cat([train, validation]).tolist()) == list(range(40))
    assert len(validation) == min(round(40 * fraction), 39)
    again, other = (
        split_rows(40, make_spec(validation_fraction=fraction, seed=s), CPU)[1] for s in (0, 1)
    )
    assert torch.equal(again, validation)
    assert fraction in (0.0, 0.99) or not torch.equal(other, validation)


@pytest.mark.parametrize(("mean", "std"), [(0.5, 0.5), (0.1307, 0.3081), (0.0, 1.0)])
def test_pixels_are_normalised_as_torchvision_does(mean: float, std: float) -> None:
    """Every grey level becomes the same bits as in ToTensor and Normalize."""
    from torchvision import transforms  # two seconds, which no other test needs

    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    steps = [transforms.ToTensor(), transforms.Normalize((mean,), (std,))]
    theirs = transforms.Compose(steps)(levels[0, 0].numpy()[:, :, None])
    training = begin(make_spec(mean=mean, std=std))
    assert torch.equal(normalize(training, levels)[0], theirs)


def test_each_channel_is_normalised_as_torchvision_does() -> None:
    """With one mean and deviation for each channel, the bits are those of Normalize."""
    from torchvision import transforms

    random = np.random.default_rng(1)
    images = random.integers(0, 256, (5, 3, 4, 6)).astype(np.uint8)
    mean, std = (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)
    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize(mean, std)])
    theirs = torch.stack([steps(np.moveaxis(image, 0, -1)) for image in images])
    training = begin(make_spec(mean=mean, std=std, input_shape=(3, 4, 6)))
    assert torch.equal(normalize(training, torch.from_numpy(images)), theirs)


def test_float_inputs_are_passed_on() -> None:
    """Features of a table reach the network as they are."""
    features = torch.linspace(-2, 2, 12).reshape(3, 4)
    assert normalize(begin(make_spec(input_shape=(4,))), features) is features


@pytest.mark.parametrize(("precision", "allowed"), [("float32", False), ("tf32", True)])
def test_a_gpu_rounds_factors_only_where_the_spec_says_so(precision: str, allowed: bool) -> None:
    """By default torch lets cuDNN round the factors of float32 convolutions to TF32."""
    torch.backends.cudnn.allow_tf32 = not allowed
    begin(make_spec(precision=precision))
    assert torch.backends.cudnn.allow_tf32 == allowed
    assert torch.backends.cuda.matmul.allow_tf32 == allowed
    begin(make_spec())


@pytest.mark.parametrize("period", [2, 3, 4, 6, 10, 12])
def test_accuracy_without_dropout_favours_no_place_in_the_file(period: int) -> None:
    """Kinds of examples that alternate in a file all have their share; MNIST has two that do."""
    rows = draw_clean_rows(60_000).numpy()
    assert len(np.unique(rows)) == len(rows) == CLEAN_EXAMPLES
    expected = CLEAN_EXAMPLES / period
    found = np.bincount(rows % period, minlength=period)
    assert np.abs(found - expected).max() < 4 * np.sqrt(expected)
    assert draw_clean_rows(7).tolist() == list(range(7))
