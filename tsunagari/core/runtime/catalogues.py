"""The message catalogues of ``locale/``, in pure Python: nobody needs GNU gettext to run or change it.

``collect`` finds every message in the code and the templates, ``update`` adds those missing to the .po
files, ``faults`` says what is missing or wrong, ``compile_catalogues`` makes the .mo files that Django reads.

The catalogue of やさしい日本語 (``ja_Easy``) has the messages that visitors read, not those of the desk.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("tsunagari",)
EASY = "ja_Easy"
# where the messages stand that visitors read, and where among them those of the desk do
FOR_VISITORS = (
    "tsunagari/consultation/forms/talk",
    "tsunagari/consultation/services/messages.py",
    "tsunagari/consultation/services/return_keys.py",
    "tsunagari/consultation/templates/consultation/talk/",
    "tsunagari/consultation/views/talk",
    "tsunagari/core/",
    "tsunagari/council/services/rounds/visitors.py",
    "tsunagari/council/templates/council/parts/",
    "tsunagari/council/templates/council/public/",
    "tsunagari/council/templates/council/rounds/",
    "tsunagari/council/views/public_",
    "tsunagari/plan/compliance.py",
    "tsunagari/plan/figure_cards.py",
    "tsunagari/plan/figure_showing.py",
    "tsunagari/plan/models/",
    "tsunagari/plan/review_showing.py",
    "tsunagari/plan/showing.py",
    "tsunagari/plan/templates/plan/figures/",
    "tsunagari/plan/templates/plan/partials/",
    "tsunagari/plan/templates/plan/public/",
    "tsunagari/plan/views/figures.py",
    "tsunagari/plan/views/measure_figures.py",
    "tsunagari/plan/views/public.py",
    "tsunagari/portal/",
    "tsunagari/directory/models/channels.py",
    "tsunagari/directory/models/services.py",
    "tsunagari/directory/schedules/",
    "tsunagari/directory/search/",
)
FOR_STAFF = ("tsunagari/core/templates/core/desk", "tsunagari/core/runtime/")
SIMPLE = {"_", "gettext", "gettext_lazy", "gettext_noop", "ugettext"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


@dataclass(slots=True)
class Message:
    """A message of the source: its text, plural and context, and where it stands."""

    text: str
    plural: str = ""
    context: str | None = None
    places: list[str] = field(default_factory=list)


Key = tuple[str | None, str]


def _texts(call: ast.Call) -> list[str] | None:
    """Return the leading string arguments of a call; None if the first is not a plain string."""
    texts = []
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            texts.append(argument.value)
        else:
            break
    return texts or None


def _in_python(source: str) -> Iterator[tuple[int, Message]]:
    """Find the messages of Python source, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = _texts(node)
        if not texts:
            continue
        if name in SIMPLE:
            yield node.lineno, Message(texts[0])
        elif name in PLURAL and len(texts) > 1:
            yield node.lineno, Message(texts[0], plural=texts[1])
        elif name in CONTEXT and len(texts) > 1:
            yield node.lineno, Message(texts[1], context=texts[0])
        elif name in CONTEXT_PLURAL and len(texts) > 2:
            yield node.lineno, Message(texts[1], plural=texts[2], context=texts[0])


STRING = r"u?(?P<{0}>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|'''.*?'''|\"\"\".*?\"\"\")"
TEMPLATE_CALL = re.compile(
    r"\b(?P<name>_|n?p?gettext)\(\s*" + STRING.format("a") + r"(?:\s*,\s*" + STRING.format("b") + r")?"
    r"(?:\s*,\s*" + STRING.format("c") + r")?",
    re.DOTALL,
)


def _in_template(source: str, name: str) -> Iterator[tuple[int, Message]]:
    """Find the messages of a Django template: ``templatize`` turns its tags into gettext calls."""
    code = templatize(source, origin=name)
    for match in TEMPLATE_CALL.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        texts = [ast.literal_eval(match[group]) for group in "abc" if match[group]]
        match match["name"]:
            case "_" | "gettext":
                yield line, Message(texts[0])
            case "ngettext":
                yield line, Message(texts[0], plural=texts[1])
            case "pgettext":
                yield line, Message(texts[1], context=texts[0])
            case "npgettext":
                yield line, Message(texts[1], plural=texts[2], context=texts[0])


def collect(root: Path = ROOT) -> dict[Key, Message]:
    """Return every message of the Python code and the templates below ``root``, by context and text."""
    messages: dict[Key, Message] = {}
    for source in SOURCES:
        for path in sorted((root / source).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                found = _in_python(path.read_text(encoding="utf-8"))
            elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
                found = _in_template(path.read_text(encoding="utf-8"), str(path))
            else:
                continue
            place = path.relative_to(root).as_posix()
            for _line, message in found:
                if not message.text:
                    continue
                known = messages.setdefault((message.context, message.text), message)
                known.plural = known.plural or message.plural
                # without line numbers: a catalogue must not change with every edit of the code
                if place not in known.places:
                    known.places.append(place)
    return messages


def for_visitors(message: Message) -> bool:
    """Whether a visitor may read it on a page."""
    return any(place.startswith(FOR_VISITORS) and not place.startswith(FOR_STAFF) for place in message.places)


def _wanted(path: Path, messages: dict[Key, Message]) -> dict[Key, Message]:
    """The messages that belong into a catalogue."""
    if path.parts[-3] != EASY:
        return messages
    return {key: message for key, message in messages.items() if for_visitors(message)}


def catalogue_files(root: Path = ROOT) -> list[Path]:
    """Return the .po files below ``locale/``."""
    return sorted((root / "locale").glob("*/LC_MESSAGES/*.po"))


def _entries(catalogue: polib.POFile) -> dict[Key, polib.POEntry]:
    return {(entry.msgctxt or None, entry.msgid): entry for entry in catalogue if not entry.obsolete}


def _placeholders(text: str) -> set[str]:
    """Return the placeholders of a message; a doubled percent sign is none."""
    return set(PLACEHOLDER.findall(text.replace("%%", "")))


def _wrong_placeholders(entry: polib.POEntry) -> bool:
    """Return whether a translation lacks, or invents, a placeholder of its source (a plural may)."""
    wanted = _placeholders(entry.msgid) | _placeholders(entry.msgid_plural or "")
    if any(not _placeholders(text) <= wanted for text in entry.msgstr_plural.values()):
        return True
    return bool(entry.msgstr) and _placeholders(entry.msgstr) != wanted


def _cannot_be_filled(entry: polib.POEntry) -> bool:
    """Return whether filling in its placeholders breaks a translation ("95% interval": ``%%`` is meant)."""
    for text in (entry.msgstr, *entry.msgstr_plural.values()):
        if names := _placeholders(text):
            try:
                text % {name.removeprefix("%(")[:-2]: 0 for name in names}
            except (TypeError, ValueError, KeyError):
                return True
    return False


def faults(root: Path = ROOT) -> list[str]:
    """Return what is wrong with the catalogues, a line each; empty when complete and current."""
    found: list[str] = []
    messages = collect(root)
    for path in catalogue_files(root):
        name = path.relative_to(root).as_posix()
        counted: dict[str, list[str]] = defaultdict(list)
        entries = _entries(polib.pofile(str(path)))
        wanted = _wanted(path, messages)
        for key, message in wanted.items():
            if key not in entries:
                counted["missing"].append(f"{message.text!r} ({', '.join(message.places)})")
        for key, entry in entries.items():
            if key not in wanted:
                counted["not in the source any more"].append(repr(entry.msgid))
            elif entry.fuzzy:
                counted["fuzzy"].append(repr(entry.msgid))
            elif not entry.translated():
                counted["not translated"].append(repr(entry.msgid))
            elif _wrong_placeholders(entry):
                counted["placeholders differ"].append(repr(entry.msgid))
            elif _cannot_be_filled(entry):
                counted["a single % (write %%)"].append(repr(entry.msgid))
        found += [f"{name}: {what}: {text}" for what, texts in counted.items() for text in texts]
    return found


def update(root: Path = ROOT) -> int:
    """Add missing messages, untranslated, drop those without a source; return the changes."""
    changes = 0
    messages = collect(root)
    for path in catalogue_files(root):
        catalogue = polib.pofile(str(path), wrapwidth=110)
        entries = _entries(catalogue)
        wanted = _wanted(path, messages)
        # Japanese has no plural
        forms: dict[int, str] = {0: ""} if path.parts[-3] == EASY else {0: "", 1: ""}
        for key, message in wanted.items():
            if key in entries:
                entries[key].occurrences = [(place, "") for place in message.places]
                continue
            plural: dict[str, Any] = (
                {"msgid_plural": message.plural, "msgstr_plural": dict(forms)} if message.plural else {}
            )
            catalogue.append(
                polib.POEntry(
                    msgid=message.text,
                    msgctxt=message.context,
                    occurrences=[(place, "") for place in message.places],
                    **plural,
                )
            )
            changes += 1
        for key, entry in entries.items():
            if key not in wanted:
                catalogue.remove(entry)
                changes += 1
        catalogue.sort(key=lambda entry: (entry.occurrences[:1], entry.msgid))
        catalogue.save(str(path))
    return changes


def compile_catalogues(root: Path = ROOT) -> int:
    """Make the .mo file of each .po file that is newer than it; return how many were made."""
    made = 0
    for path in catalogue_files(root):
        compiled = path.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        beside = compiled.with_suffix(".mo.new")
        polib.pofile(str(path)).save_as_mofile(str(beside))
        beside.replace(compiled)
        made += 1
    return made


def main(arguments: list[str]) -> int:
    """Run ``check | update | compile``; 1 when the check finds faults."""
    match arguments:
        case ["check"]:
            found = faults()
            print("\n".join(found) if found else "catalogues: complete")
            return 1 if found else 0
        case ["update"]:
            print(f"catalogues: {update()} changes")
        case ["compile"]:
            compile_catalogues()
        case _:
            print("usage: catalogues check | update | compile", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
