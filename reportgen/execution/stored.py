"""What the stored weights of a run predict: evaluated in this process, in seconds."""

from __future__ import annotations

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from reportgen.config.plan import PlannedRun
from reportgen.data.arrays import DataArrays
from reportgen.errors import VerificationFailed
from reportgen.execution.provenance import Commit, describe_run, now
from reportgen.execution.run import describe_device, load_examples
from reportgen.results.records import Run, RunRecord
from reportgen.training.fit import LoadedData, evaluate
from reportgen.training.loop import make_deterministic, start


def evaluate_weights(run: PlannedRun, weights: bytes, images: DataArrays, device_name: str) -> Run:
    """Return the run with what its weights, safetensors, predict on `device_name`.

    Raises VerificationFailed where they do not fit the network, PluginFailed where it cannot be
    built.
    """
    device, started = torch.device(device_name), now()
    make_deterministic(device)
    training = start(run.ingredients.spec, run.code, device)
    try:
        training.model.load_state_dict(load(weights))
    except (SafetensorError, RuntimeError) as error:
        raise VerificationFailed(
            f"the stored weights of {run.model}, seed {run.seed}, do not fit its network: "
            f"{str(error).splitlines()[0]}"
        ) from error
    data = LoadedData(
        load_examples(images.train_inputs, images.train_labels, device),
        load_examples(images.test_inputs, images.test_labels, device),
    )
    evaluations, _ = evaluate(training, data)
    provenance = describe_run(
        run,
        Commit(None, None),
        started,
        device=describe_device(device),
        threads=torch.get_num_threads(),
        precision=training.settings.precision,
    )
    record = RunRecord(
        key=run.key,
        ingredients=run.ingredients,
        summary=None,
        costs=None,
        provenance=provenance,
    )
    return Run(record, evaluations)
