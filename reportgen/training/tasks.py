"""Networks that learn groups of classes one after the other, and what they remember.

Nothing tells the network which task an example is from. Where its output has all classes from the
beginning, training is class-incremental; where it has as many as one task, and answers with the
place of a class within its task, domain-incremental (van de Ven, Tuytelaars and Tolias 2022, Nature
Machine Intelligence 4, 1185-1197).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from numpy.typing import NDArray
from torch import Tensor, nn

from reportgen.config.spec import TaskSequence
from reportgen.training.fit import Diverged, LoadedData
from reportgen.training.loop import Examples, Training, autocast, normalize, predict, train_epoch

FISHER_EXAMPLES = 500
"""Of each task, from which the importance of weights is estimated."""


def learn_tasks(
    training: Training, data: LoadedData, tasks: TaskSequence, report: Callable[[float], None]
) -> dict[str, NDArray[np.int32]]:
    """Train one task after the other; return what is predicted for the test set after each.

    Task i (from 1) has the classes from (i − 1) k to i k − 1, for k = `tasks.classes`. `after-i`
    are the most probable of all outputs after task i, `known-i` of those of the true task, where
    the output has all classes. With `joint` there is one stage, with all tasks, whose results are
    those after the last.

    - `fine-tuning` trains on the examples of each task alone.
    - `replay` adds as many examples as a task has, drawn with replacement from a buffer of earlier
      ones, which has equally many of each class (experience replay; Chaudhry et al. 2019,
      arXiv:1902.10486).
    - `ewc` adds the penalty λ/2 Σ F (θ − θ*)² of each earlier task, with θ* the weights after it
      and F the diagonal of its Fisher information (elastic weight consolidation; Kirkpatrick et
      al. 2017, PNAS 114, 3521-3526).

    Raises Diverged, and whatever the model raises.
    """
    labels, examples = data.train.labels, data.train
    count = int(labels.max()) // tasks.classes + 1
    is_shared = training.spec.classes == tasks.classes
    if is_shared:
        examples = Examples(examples.images, labels % tasks.classes)
    generator = torch.Generator().manual_seed(training.spec.seed)
    stages = [(labels // tasks.classes == task).nonzero()[:, 0] for task in range(count)]
    if tasks.method == "joint":
        stages = [torch.arange(len(labels), device=labels.device)]
    penalty = _Penalty(training, tasks.penalty) if tasks.method == "ewc" else None
    buffer = _Buffer(labels, tasks.buffer, generator) if tasks.method == "replay" else None
    found: dict[str, NDArray[np.int32]] = {}
    for stage, rows in enumerate(stages):
        for _ in range(tasks.epochs):
            replayed = buffer.draw(len(rows)) if buffer else rows[:0]
            epoch = train_epoch(training, examples, torch.cat([rows, replayed]), report)
            if not math.isfinite(epoch.loss):
                raise Diverged(f"the loss became {epoch.loss}; a lower learning rate may help")
            training.history.append(epoch)
        if penalty and stage < len(stages) - 1:
            penalty.add(examples, rows[torch.randperm(len(rows), generator=generator)])
        if buffer:
            buffer.add(stage, tasks.classes)
        logits = predict(training, data.test.images)
        number = count if tasks.method == "joint" else stage + 1
        found[f"after-{number}"] = _classes(logits)
        if not is_shared:
            found[f"known-{number}"] = _classes(_of_task(logits, data.test.labels, tasks.classes))
    return found


def _classes(logits: Tensor) -> NDArray[np.int32]:
    return logits.argmax(1).to(torch.int32).cpu().numpy()


def _of_task(logits: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Leave out the classes of other tasks than that of each example."""
    tasks = torch.arange(logits.shape[1], device=logits.device) // classes
    return logits.masked_fill(tasks[None] != labels[:, None] // classes, -torch.inf)


class _Buffer:
    """Examples of earlier tasks, as many of each class."""

    def __init__(self, labels: Tensor, size: int, generator: torch.Generator) -> None:
        self._labels, self._size, self._generator = labels, size, generator
        order = torch.randperm(len(labels), generator=generator).to(labels.device)
        self._order = order
        self._rows = order[:0]

    def add(self, stage: int, classes: int) -> None:
        """Take examples of the classes up to this stage, in the place of some that are there."""
        seen = (stage + 1) * classes
        each = self._size // seen
        members = (self._order[self._labels[self._order] == label] for label in range(seen))
        self._rows = torch.cat([rows[:each] for rows in members])

    def draw(self, count: int) -> Tensor:
        """Return rows drawn with replacement; none where the buffer is empty."""
        if not len(self._rows):
            return self._rows
        drawn = torch.randint(len(self._rows), (count,), generator=self._generator)
        return self._rows[drawn.to(self._rows.device)]


class _Penalty:
    """The gradient of the quadratic penalties of earlier tasks, added to that of the loss."""

    def __init__(self, training: Training, strength: float) -> None:
        self._training, self._strength = training, strength
        self._weights = [each for each in training.model.parameters() if each.requires_grad]
        # Σ F (θ − θ*) over tasks is θ Σ F − Σ F θ*.
        self._fisher = [torch.zeros_like(each) for each in self._weights]
        self._anchor = [torch.zeros_like(each) for each in self._weights]
        self._is_on = False
        for place, weight in enumerate(self._weights):
            weight.register_hook(self._make_hook(place, weight))  # type: ignore[no-untyped-call]

    def _make_hook(self, place: int, weight: nn.Parameter) -> Callable[[Tensor], Tensor]:
        def pull(gradient: Tensor) -> Tensor:
            if not self._is_on:
                return gradient
            moved = weight.detach() * self._fisher[place] - self._anchor[place]
            return gradient + self._strength * moved

        return pull

    def add(self, examples: Examples, rows: Tensor) -> None:
        """Add the penalty of a task; `rows` are its examples, in random order."""
        self._is_on = False
        fisher = self._estimate(examples, rows[:FISHER_EXAMPLES])
        for place, weight in enumerate(self._weights):
            self._fisher[place] += fisher[place]
            self._anchor[place] += fisher[place] * weight.detach()
        self._is_on = True

    def _estimate(self, examples: Examples, rows: Tensor) -> list[Tensor]:
        """Return the mean over examples of the squared gradient of the log-likelihood."""
        training, model = self._training, self._training.model.eval()
        total = [torch.zeros_like(each) for each in self._weights]
        for row in rows:
            inputs = normalize(training, examples.images[row : row + 1])
            with autocast(training.settings, training.device):
                logits = model(inputs)
            loss = F.cross_entropy(logits.float(), examples.labels[row : row + 1])
            gradients = torch.autograd.grad(loss, self._weights)
            for sums, gradient in zip(total, gradients, strict=True):
                sums += gradient.square()
        return [sums / max(1, len(rows)) for sums in total]
