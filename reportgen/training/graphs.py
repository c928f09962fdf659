"""The passes of a network through an NVIDIA GPU, captured once and replayed for every batch.

A small network leaves a GPU waiting for the next kernel. A CUDA graph launches all kernels of a
pass at once, and they are those that would be launched one by one: the bits of a run depend on no
other run, as they would where runs are stacked into one batched network.
"""

from __future__ import annotations

import gc
import logging
import weakref

import torch
from torch import Tensor, nn

from reportgen.training.loop import Training, autocast, normalize

LOG = logging.getLogger(__name__)


def capture_passes(training: Training, images: Tensor) -> None:
    """Have a network on an NVIDIA GPU replay its passes for whole batches of its training.

    `images` are the training examples. Random states are left as they are. A network that cannot be
    captured is trained without, and a warning gives the reason.
    """
    settings, device = training.settings, training.device
    if device.type != "cuda" or len(images) < settings.batch_size:
        return
    batch = normalize(training, images[: settings.batch_size]).clone()
    # Graphs of an earlier run that are destroyed during a capture end it.
    gc.collect()
    with torch.random.fork_rng([device]), autocast(settings, device):
        try:
            replay(training.model.train(), batch)
        except RuntimeError as error:
            reason = str(error).partition("\n")[0]
            LOG.warning("%s is trained without a CUDA graph: %s", training.spec.reference, reason)


def replay(model: nn.Module, batch: Tensor) -> None:
    """Capture the passes of a model in training, and replay them for batches as large as `batch`.

    Raises RuntimeError where an operation cannot be captured; the model is as it was then.
    """
    # Replaces `forward`; a model that is evaluated calls its own.
    torch.cuda.make_graphed_callables(model, (batch,))
    plain, replayed, shape = type(model).forward, model.forward, batch.shape
    # A reference from its own `forward` would keep the model, and its graphs, after the run.
    reference = weakref.ref(model)

    def forward(inputs: Tensor) -> Tensor:
        """Map inputs to logits; the last batch of an epoch may be a smaller one."""
        whole = inputs.shape == shape
        logits: Tensor = replayed(inputs) if whole else plain(reference(), inputs)
        return logits

    model.forward = forward
    # Gradients are added up on the stream of the capture; torch 2.10 and later warn of it.
    warn = getattr(torch.autograd.graph, "set_warn_on_accumulate_grad_stream_mismatch", None)
    if warn is not None:
        warn(False)
