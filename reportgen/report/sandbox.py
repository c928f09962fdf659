"""The language of templates: Jinja without all that could run code, read, write, or never end.

A template can use what is listed here and nothing else: attributes and methods by the type of the
value, filters by name, functions that the document hands in, and macros. `templates/README.md`
documents it; `reportgen.report.allowance` bounds how much of it a document may use.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Undefined, nodes, pass_eval_context
from jinja2.bccache import Bucket, FileSystemBytecodeCache
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.filters import FILTERS
from jinja2.nodes import EvalContext
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, markup_join
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import Namespace
from platformdirs import user_cache_path

from reportgen.report.allowance import (
    LARGEST_NUMBER,
    Allowance,
    describe,
    require_numbers,
    require_plain,
)

TEXT_FILTERS = frozenset((
    "capitalize", "e", "escape", "lower", "replace", "safe", "string", "title", "trim", "truncate",
    "upper", "wordcount",
))  # fmt: skip
"""Filters of Jinja that make text of text."""
LIST_FILTERS = frozenset((
    "abs", "count", "d", "default", "dictsort", "first", "float", "int", "items", "join", "last",
    "length", "list", "map", "max", "min", "reject", "rejectattr", "reverse", "select",
    "selectattr", "sort", "unique",
))  # fmt: skip
"""Filters of Jinja for lists, dictionaries and numbers."""
TEXT_METHODS = frozenset((
    "capitalize", "count", "endswith", "find", "isdigit", "lower", "lstrip", "removeprefix",
    "removesuffix", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "title",
    "upper",
))  # fmt: skip
DICTIONARY_METHODS = frozenset(("get", "items", "keys", "values"))
LOOP_FIELDS = frozenset((
    "changed", "cycle", "depth", "depth0", "first", "index", "index0", "last", "length",
    "nextitem", "previtem", "revindex", "revindex0",
))  # fmt: skip
_METHODS = ((str, TEXT_METHODS), (dict, DICTIONARY_METHODS), (LoopContext, LOOP_FIELDS))
"""Attributes and methods that templates may use, by the type of the value."""
LONGEST_TEMPLATE = 200_000
LONGEST_RANGE = 100_000
_OF_LISTS = ("joined", "refer")
"""Filters of the report that take lists; they check what is in them."""
_RESERVED = frozenset(map(chr, range(0xE000, 0xE004)))
"""Characters of the tokens that replace pieces of a document (`reportgen.report.stash`)."""


class Function:
    """A function that templates may call; it takes only text."""

    def __init__(self, name: str, run: Callable[..., Any]) -> None:
        self.__name__ = name
        self._run = run

    def __call__(self, *values: Any, **named: Any) -> Any:
        """Call it; raises TypeError for an argument that is neither text nor None."""
        for value in (*values, *named.values()):
            if not isinstance(value, str | None):
                raise TypeError(f"{self.__name__}() takes text, not {describe(value)}")
        return self._run(*values, **named)


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates, kept for later documents.

    Compiling those of a report takes a sixth of the time of an HTML build. The code lies in the
    user's own cache folder, not in the store: a store that is shared holds nothing that is run.
    What cannot be read or written there is compiled again.
    """

    def __init__(self) -> None:
        folder = user_cache_path("reportgen") / "templates"
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(str(folder))
        # What is compiled from a text depends on this file, and on Jinja.
        self._compiler = f"{version('jinja2')}\n{Path(__file__).read_text(encoding='utf-8')}"

    def get_source_checksum(self, source: str) -> str:
        """Return the digest of a text and of what compiles it."""
        return super().get_source_checksum(self._compiler + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket its code where the same text was compiled before."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a bucket, in place of that of an older text."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


class Sandbox(SandboxedEnvironment):
    """The environment of one document's templates. Autoescape is on.

    `functions` are what templates may call and use by name, `filters` come on top of Jinja's;
    `finalize` sees every printed value before it is escaped.
    """

    code_generator_class: type[CodeGenerator]
    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "**", "%"))

    def __init__(
        self,
        loader: BaseLoader,
        finalize: Callable[[Any], Any],
        functions: Mapping[str, Any],
        filters: Mapping[str, Callable[..., Any]],
    ) -> None:
        self.allowance = Allowance()
        super().__init__(
            loader=loader,
            bytecode_cache=_Compiled(),
            auto_reload=False,
            # Nothing may be computed while a template is compiled: what filters return belongs to
            # one document, and no limit holds there.
            optimized=False,
            autoescape=True,
            finalize=_when_rendered(finalize),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.concat = self.allowance.join  # type: ignore[method-assign]
        self.charge = self.allowance.charge
        self.count = self.allowance.count
        self.globals = {
            "range": self._range,
            "namespace": Namespace,
            **{
                name: Function(name, value) if callable(value) else value
                for name, value in functions.items()
            },
        }
        # These two make a text of any value, however long.
        self.tests = {name: TESTS[name] for name in TESTS if name not in ("lower", "upper")}
        self.filters = {
            **{name: self._bounded(name, FILTERS[name], True) for name in TEXT_FILTERS},
            **{name: self._bounded(name, FILTERS[name], False) for name in LIST_FILTERS},
            "join": self._join,
            "replace": self._replace,
            **{
                name: self._bounded(name, run, name not in _OF_LISTS)
                for name, run in filters.items()
            },
        }

    def is_safe_callable(self, obj: Any) -> bool:
        """Whether templates may call `obj`: functions by list, macros, and the methods above."""
        if isinstance(obj, Function | Macro | BlockReference) or obj is Namespace:
            return True
        if not isinstance(obj, types.MethodType | types.BuiltinMethodType):
            return False
        owner = obj.__self__
        return obj in (self._range, self.count) or obj.__name__ in _methods(owner)

    def call(self, context: Context, obj: Any, /, *values: Any, **named: Any) -> Any:
        """Call `obj` where that is allowed."""
        if isinstance(obj, Undefined):
            return context.call(obj)  # raises UndefinedError, with the name
        if not self.is_safe_callable(obj):
            raise SecurityError(f"{describe(obj)} cannot be called here")
        self.allowance.call()
        return self.charge(context.call(obj, *values, **named))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute`: what is allowed for its type, else an entry of a dictionary."""
        if isinstance(obj, Undefined):
            return super().getattr(obj, attribute)
        if attribute in _methods(obj):
            return getattr(obj, attribute)
        if isinstance(obj, Namespace | TemplateModule) and not attribute.startswith("_"):
            return getattr(obj, attribute, self.undefined(obj=obj, name=attribute))
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        if hasattr(type(obj), attribute):
            return self.unsafe_undefined(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]` of a list, dictionary or text; else `obj.argument`."""
        if isinstance(obj, dict | list | tuple | str | range):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        if isinstance(argument, str):
            return self.getattr(obj, str(argument))
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute `left operator right`: numbers, and `+` for texts and lists."""
        self.allowance.spend(1)
        if operator != "+":
            require_numbers(operator, left, right)
        if operator == "**" and abs(right * _bits(left)) > LARGEST_NUMBER.bit_length():
            raise SecurityError("a power that large cannot be computed here")
        return self.charge(super().call_binop(context, operator, left, right))

    def join_text(self, values: Iterable[Any]) -> str:
        """Return `a ~ b ~ …`."""
        values = tuple(values)
        require_plain("`~`", values)
        return str(self.charge(markup_join(values)))

    def get_template(self, *values: Any, **named: Any) -> Any:
        """Load a template that is rendered, included or imported."""
        self.allowance.call()
        return super().get_template(*values, **named)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > LONGEST_TEMPLATE:
            fault = f"a template may have at most {LONGEST_TEMPLATE:,} characters; split it"
            raise TemplateSyntaxError(fault, 1, name, filename)
        return super()._parse(source, name, filename)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        for node in source.find_all((nodes.Const, nodes.TemplateData, nodes.Name)):
            fault = _find_fault(node)
            if fault:
                raise TemplateSyntaxError(fault, node.lineno, name, filename)
        return super()._generate(source, name, filename, defer_init)

    def _bounded(self, name: str, run: Callable[..., Any], text: bool) -> Callable[..., Any]:
        """Return a filter whose result is charged; one for `text` refuses all else."""

        @wraps(run)
        def bounded(*values: Any, **named: Any) -> Any:
            given = [v for v in values if not isinstance(v, Context | EvalContext | Sandbox)]
            if text:
                require_plain(f"the filter `{name}`", (*given, *named.values()))
            return self.charge(run(*values, **named))

        return bounded

    @pass_eval_context
    def _join(self, context: EvalContext, values: Iterable[Any], separator: str = "") -> Any:
        words = self.charge(list(values))
        require_plain("the filter `join`", (separator, *words))
        length = sum(len(str(word)) for word in words)
        self.allowance.text(length + len(words) * len(str(separator)))
        return FILTERS["join"](context, words, separator)

    @pass_eval_context
    def _replace(self, context: EvalContext, text: Any, old: Any, new: Any) -> Any:
        require_plain("the filter `replace`", (text, old, new))
        self.allowance.text(str(text).count(str(old)) * len(str(new)))
        return self.charge(FILTERS["replace"](context, text, old, new))

    def _range(self, *steps: int) -> range:
        found = range(*steps)
        if len(found) > LONGEST_RANGE:
            raise SecurityError(f"range() has at most {LONGEST_RANGE:,} steps")
        return found


class _BoundedCode(CodeGenerator):
    """Compiles loops, `~`, slices and literals so that they are charged for."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 - the library's name
        if node.recursive:
            self.fail("a loop cannot be `recursive`; a macro can call itself", node.lineno)
        length = sum(1 for _ in node.find_all(nodes.Node))
        counted = nodes.EnvironmentAttribute("count", lineno=node.lineno)
        arguments = [node.iter, nodes.Const(length, lineno=node.lineno)]
        node.iter = nodes.Call(counted, arguments, [], None, None, lineno=node.lineno)
        super().visit_For(node, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("environment.join_text((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        self._charged(super().visit_Getitem, node, frame)

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802
        self._charged(super().visit_List, node, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802
        self._charged(super().visit_Dict, node, frame)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:  # noqa: N802
        if node.ctx == "load":
            self._charged(super().visit_Tuple, node, frame)
        else:
            super().visit_Tuple(node, frame)

    def _charged(self, visit: Callable[..., None], node: nodes.Expr, frame: Frame) -> None:
        if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Slice):
            visit(node, frame)
            return
        self.write("environment.charge(")
        visit(node, frame)
        self.write(")")


Sandbox.code_generator_class = _BoundedCode


def _when_rendered(finalize: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    @pass_eval_context
    def finalize_plain(_: object, value: Any) -> Any:
        if not isinstance(value, Undefined):
            require_plain("`{{ … }}`", (value,))
        return finalize(value)

    return finalize_plain


def _methods(value: object) -> frozenset[str]:
    for kind, names in _METHODS:
        if isinstance(value, kind):
            return names
    return frozenset()


def _bits(number: float) -> int:
    return int(number).bit_length() if isinstance(number, int) else 1


def _find_fault(node: nodes.Node) -> str | None:
    """Return what is wrong with a name or a text of a template."""
    if isinstance(node, nodes.Name):
        unbounded = node.ctx == "load" and node.name in ("varargs", "kwargs")
        return f"a macro cannot use `{node.name}`; name its arguments" if unbounded else None
    text = node.data if isinstance(node, nodes.TemplateData) else getattr(node, "value", None)
    for character in text if isinstance(text, str) else "":
        if "\ud800" <= character <= "\udfff" or character in _RESERVED:
            return f"the character U+{ord(character):04X} cannot be printed"
    return None
