"""docs/COMMANDS.md: every command and option, from the command line itself."""

from __future__ import annotations

import inspect
from typing import Any

import typer

from carbon import cli
from tools.reference.markdown import WRITTEN_BY, table


def commands_document() -> str:
    """Write the reference of the commands.

    Returns
    -------
    str
        Markdown, with one section for each command in the order of ``carbon --help``.
    """
    group: Any = typer.main.get_command(cli.app)
    head = f"# Commands\n\n{inspect.cleandoc(group.help or '')}\n"
    sections = (_section(name, command) for name, command in group.commands.items())
    return WRITTEN_BY + head + "".join(sections)


def _section(name: str, command: Any) -> str:
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    words = [_usage(p) for p in shown if p.param_type_name == "argument"]
    usage = " ".join(["carbon", name, *words, *(["[OPTIONS]"] if len(shown) > len(words) else [])])
    rows = [[f"`{_name(p)}`", p.help, _default(p)] for p in shown]
    parameters = "\n" + table(["name", "meaning", "default"], rows) if rows else ""
    text = inspect.cleandoc(command.help or "")
    return f"\n## carbon {name}\n\n```\n{usage}\n```\n\n{text}\n{parameters}"


def _usage(argument: Any) -> str:
    word = argument.metavar or argument.name.upper()
    return word if argument.required else f"[{word}]"


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return _usage(parameter)
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _default(parameter: Any) -> str:
    if parameter.required or parameter.default is None:
        return ""
    if parameter.secondary_opts:
        return str((parameter.opts if parameter.default else parameter.secondary_opts)[0])
    return str(getattr(parameter.default, "value", parameter.default))
