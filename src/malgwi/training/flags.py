"""The flags of the command line for `TrainConfig`, and a configuration as flags.

A flag, a field of `train.json` and an argument in Python are one name and one explanation.
"""

import argparse
import ast
import inspect
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from functools import cache
from typing import Any, Union, get_args, get_origin

from malgwi.training.config import TrainConfig, choices_of, field_types, flag


def add_arguments(parser: argparse._ActionsContainer) -> None:
    """Add one flag a field, with the field's docstring and default as help.

    A flag that isn't given leaves no trace in the namespace, so that `from_args` can tell.
    """
    explained = _field_docs()
    kinds = field_types()
    for field in fields(TrainConfig):
        kind = kinds[field.name]
        default = None if field.default is MISSING else field.default
        text = explained[field.name].replace("%", "%%")
        if default is not None:
            text += f" (default: {default})"
        options: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text}
        if bool in (kind, *get_args(kind)):
            options["action"] = argparse.BooleanOptionalAction
        elif choices := choices_of(kind):
            options["choices"] = choices
        else:
            plain = _plain_type(kind)
            options["type"] = plain if plain in (kind, str) else _or_auto(plain)
            options["metavar"] = "LANG" if plain is str else "N"
        parser.add_argument(flag(field.name), **options)


def from_args(args: argparse.Namespace, base: TrainConfig | None = None) -> TrainConfig:
    """Return `base` (the default configuration) with the flags that were given.

    Raises:
        MalgwiError: a value is out of range.
    """
    base = base or TrainConfig()
    given = {f.name: getattr(args, f.name) for f in fields(TrainConfig) if hasattr(args, f.name)}
    if "batch_clips" in given and "batch_seconds" not in given:
        given["batch_seconds"] = None
    if "batch_seconds" in given and "batch_clips" not in given:
        given["batch_clips"] = None
    return replace(base, **given)


def to_flags(config: TrainConfig) -> list[str]:
    """Return the flags that make this configuration of the default one."""
    flags: list[str] = []
    for field in fields(TrainConfig):
        value = getattr(config, field.name)
        if value is None or value == field.default:
            continue
        if isinstance(value, bool):
            flags.append(flag(field.name) if value else "--no-" + flag(field.name)[2:])
        else:
            flags += [flag(field.name), f"{value:g}" if isinstance(value, float) else str(value)]
    return flags


def _plain_type(kind: Any) -> Any:
    """Return `int` for `int` and `int | None`, and so on."""
    if get_origin(kind) in (Union, types.UnionType):
        return next(part for part in get_args(kind) if part is not type(None))
    return kind


def _or_auto(number: Callable[[str], float]) -> Callable[[str], float | None]:
    """Return what reads a number, or `auto` for the choice that is made where none is given."""

    def read(text: str) -> float | None:
        return None if text == "auto" else number(text)

    read.__name__ = getattr(number, "__name__", "number")  # argparse names it in its message
    return read


@cache
def _field_docs() -> dict[str, str]:
    """Return the string under each field, which Python itself doesn't keep."""
    body = ast.parse(inspect.getsource(TrainConfig)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - for the type checker
    docs = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            docs[field.target.id] = " ".join(str(text.value.value).split())
    return docs
