"""Settings of training that would do nothing, or need another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reportgen.config.findings import Finding, Values, tables_at
from reportgen.config.training import TrainingSettings


def check_training(values: Values) -> Iterator[Finding]:
    """Yield what is wrong with `[training]`, and with what differs for one model."""
    shared = _table(values.get("training"))
    yield from _check(shared, {}, ("training",))
    for index, model in tables_at(values, ("models",)):
        if own := _table(model.get("training")):
            location = ("models", index, "training")
            if "architecture" in model:
                yield from _check(own, shared, location)
            else:
                yield Finding(location, "is for networks; an estimator has options")


def _check(
    own: Mapping[str, Any], shared: Mapping[str, Any], location: tuple[str | int, ...]
) -> Iterator[Finding]:
    def value(name: str) -> Any:
        return own.get(name, shared.get(name, TrainingSettings.model_fields[name].default))

    optimizer = value("optimizer")
    if own.get("momentum") and optimizer not in ("sgd", "rmsprop"):
        yield Finding((*location, "momentum"), f"is for sgd and rmsprop, not for {optimizer}")
    if own.get("nesterov") and (optimizer != "sgd" or not value("momentum")):
        yield Finding((*location, "nesterov"), 'needs optimizer = "sgd" and a momentum above 0')
    if own.get("patience") and not value("validation_fraction"):
        yield Finding(
            (*location, "patience"),
            "needs examples to validate on; set validation_fraction, such as 0.1",
        )
    for name in ("step_epochs", "step_factor"):
        if name in own and value("schedule") != "step":
            yield Finding((*location, name), 'is for schedule = "step"')
    warmup, epochs = value("warmup_epochs"), value("epochs")
    if isinstance(warmup, int) and isinstance(epochs, int) and warmup >= epochs > 0 < warmup:
        yield Finding(
            (*location, "warmup_epochs"), f"must be fewer than the {epochs} epochs there are"
        )


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
