"""Writes the manual page: `pinjwt --experimental-dump-help | python3 manual.py VERSION`."""

from __future__ import annotations

import json
import sys
from typing import Any

Command = dict[str, Any]
Argument = dict[str, Any]


def escaped(text: str) -> str:
    """The text as roff shows it unchanged."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def prose(text: str, heading: str) -> list[str]:
    """Paragraphs; a line of capitals is a heading, indented lines stay as they are."""
    lines: list[str] = []
    literal = False
    for line in text.splitlines():
        indented = line.startswith("  ")
        if literal and not indented:
            lines.append(".fi\n.RE")
        elif indented and not literal:
            lines.append(".RS 4\n.nf")
        literal = indented
        if indented:
            lines.append(escaped(line[2:]))
        elif line.isupper():
            lines.append(f"{heading} {escaped(line)}")
        else:
            lines.append(escaped(line) or ".PP")
    if literal:
        lines.append(".fi\n.RE")
    return lines


def name(argument: Argument) -> str:
    """The argument as it is typed."""
    value = f"\\fI{escaped(argument['valueName'])}\\fR"
    if argument["kind"] == "positional":
        return value
    names = ", ".join(
        "\\fB" + escaped(("--" if each["kind"] == "long" else "-") + each["name"]) + "\\fR"
        for each in argument["names"]
    )
    return names if argument["kind"] == "flag" else f"{names} {value}"


def entry(argument: Argument) -> list[str]:
    """One argument and what it does."""
    text = argument.get("abstract", "")
    values = argument.get("allValues")
    notes = ["one of " + ", ".join(values)] if values else []
    if argument.get("defaultValue"):
        notes.append(f"default: {argument['defaultValue']}")
    if notes:
        text += f" ({'; '.join(notes)})"
    return [".TP", name(argument), escaped(text)]


def is_general(argument: Argument) -> bool:
    """Whether every command has it."""
    return any(each["name"] in ("help", "version") for each in argument.get("names", []))


def own(command: Command) -> list[Argument]:
    """The arguments of the command itself that help shows."""
    arguments: list[Argument] = command.get("arguments", [])
    return [each for each in arguments if each["shouldDisplay"] and not is_general(each)]


def path(command: Command) -> str:
    """The command with those that it stands below."""
    return " ".join([*command.get("superCommands", []), command["commandName"]])


def leaves(command: Command) -> list[Command]:
    """The commands that do something, in the order of the help."""
    below = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
    return [leaf for each in below for leaf in leaves(each)] if below else [command]


def synopsis(command: Command) -> list[str]:
    """How the command is called."""
    needed = [
        name(each) if not each["isOptional"] else f"[{name(each)}]"
        for each in own(command)
        if each["kind"] == "positional" or not each["isOptional"]
    ]
    return [".br", " ".join([f"\\fB{escaped(path(command))}\\fR", *needed, "[\\fIoptions\\fR]"])]


def page(root: Command, version: str) -> list[str]:
    """The manual page."""
    tool = root["commandName"]
    lines = [f'.TH {tool.upper()} 1 "" "{tool} {version}"', ".SH NAME"]
    lines.append(f"{tool} \\- {escaped(root['abstract'].rstrip('.'))}")
    lines.append(".SH SYNOPSIS")
    for command in leaves(root):
        lines += synopsis(command)
    description, _, rest = root["discussion"].partition("\n\n")
    lines += [".SH DESCRIPTION", *prose(description, ".SH"), ".SH COMMANDS"]
    for command in leaves(root):
        lines += [f".SS {escaped(path(command))}", escaped(command["abstract"])]
        if command.get("discussion"):
            lines += [".PP", *prose(command["discussion"], ".PP\n.B")]
        for argument in own(command):
            lines += entry(argument)
    lines.append(".SH GENERAL OPTIONS")
    for argument in filter(is_general, root["arguments"]):
        lines += entry(argument)
    return lines + prose(rest, ".SH")


def main() -> None:
    """Reads the definitions and writes the page."""
    print("\n".join(page(json.load(sys.stdin)["command"], sys.argv[1])))


if __name__ == "__main__":
    main()
