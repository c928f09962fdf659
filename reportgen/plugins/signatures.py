"""The parameters of a plug-in, from its syntax tree or from the object itself."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from reportgen.characters import quote

CLASSES = ("classes", "num_classes", "n_classes", "nb_classes", "class_count")
CHANNELS = ("in_channels", "input_channels", "num_channels", "in_chans", "channels_in")
FEATURES = ("in_features", "n_features", "num_features", "input_dim", "input_size", "in_dim")
SHAPE = ("input_shape", "shape", "in_shape")
SUPPLIED = (*SHAPE, *CLASSES, *CHANNELS, *FEATURES)
"""Parameters of a network that are filled in from the data where options do not."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function or of a class's constructor."""

    name: str
    required: bool
    by_keyword: bool = True
    """Whether it can be given by keyword."""


@dataclass(frozen=True)
class Signature:
    """The parameters of a plug-in."""

    parameters: tuple[Parameter, ...]
    takes_any: bool
    """Whether it takes keywords that it does not name (`**kwargs`)."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters that can be given by keyword."""
        return tuple(item.name for item in self.parameters if item.by_keyword)


def read_signature(node: ast.AST) -> Signature | None:
    """Return the signature of a function or class from its syntax tree.

    None where it cannot be read there: a class without `__init__` in its body, a decorated one, a
    value.
    """
    if isinstance(node, ast.ClassDef):
        makers = [item for item in node.body if getattr(item, "name", None) == "__init__"]
        # Of several definitions the last one counts.
        maker = makers[-1] if makers else None
        if isinstance(maker, ast.FunctionDef) and not node.decorator_list:
            return _from_arguments(maker.args, skip=1)
        return None
    if isinstance(node, ast.FunctionDef) and not node.decorator_list:
        return _from_arguments(node.args, skip=0)
    return None


def inspect_signature(call: Callable[..., Any]) -> Signature | None:
    """Return the signature of a callable; None where it does not give one."""
    try:
        found = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return None
    named = [item for item in found if item.kind not in (item.VAR_KEYWORD, item.VAR_POSITIONAL)]
    return Signature(
        tuple(
            Parameter(item.name, item.default is item.empty, item.kind != item.POSITIONAL_ONLY)
            for item in named
        ),
        takes_any=any(item.kind == item.VAR_KEYWORD for item in found),
    )


def check_options(
    signature: Signature, options: Collection[str], supplied: Collection[str] = ()
) -> Iterator[tuple[str | None, str]]:
    """Yield what is wrong with the options: which one (None: one is missing), and a sentence.

    `supplied` names the parameters that are filled in without an option.
    """
    own = [name for name in signature.names if name not in supplied]
    for option in options:
        if option not in signature.names and not signature.takes_any:
            known = f"; the known options are {', '.join(own)}" if own else "; it takes none"
            yield option, f"is not a known option{nearest(option, own) or known}"
    missing = [
        item.name
        for item in signature.parameters
        if item.required and item.by_keyword and item.name not in (*options, *supplied)
    ]
    if missing and not _is_positional(signature, supplied):
        names = " and ".join(f'"{name}"' for name in missing)
        yield None, f"{names} must be given, as there is no default"


def network_arguments(
    signature: Signature | None, input_shape: tuple[int, ...], classes: int
) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments that a network's constructor takes from the data.

    Those that it names (`SUPPLIED`) are passed by keyword; a constructor that requires two
    parameters of other names gets the shape and the number of classes by position.
    """
    if signature is None:
        return [], {}
    if _is_positional(signature, SUPPLIED):
        return [input_shape, classes], {}
    features = 1
    for length in input_shape:
        features *= length
    values = {
        **dict.fromkeys(SHAPE, input_shape),
        **dict.fromkeys(CLASSES, classes),
        **(dict.fromkeys(CHANNELS, input_shape[0]) if len(input_shape) == 3 else {}),
        **dict.fromkeys(FEATURES, features),
    }
    return [], {name: values[name] for name in signature.names if name in values}


def nearest(word: str, known: Collection[str]) -> str:
    """Return `; did you mean "width"?` with the nearest known word, or nothing."""
    lower = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f"; did you mean {quote(lower[found[0]])}?" if found else ""


def _is_positional(signature: Signature, supplied: Collection[str]) -> bool:
    """Return whether a network's constructor requires two parameters of other names."""
    required = [item for item in signature.parameters if item.required]
    unknown = [item for item in required if item.name not in supplied or not item.by_keyword]
    named = set(signature.names) & set(supplied)
    return bool(supplied) and len(required) == 2 and len(unknown) == 2 and not named


def _from_arguments(arguments: ast.arguments, skip: int) -> Signature:
    positional = [*arguments.posonlyargs, *arguments.args]
    first_default = len(positional) - len(arguments.defaults)
    parameters = [
        Parameter(item.arg, at < first_default, at >= len(arguments.posonlyargs))
        for at, item in enumerate(positional)
    ][skip:]
    parameters += [
        Parameter(item.arg, default is None)
        for item, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return Signature(tuple(parameters), takes_any=arguments.kwarg is not None)
