"""Write the table by which Python and Java resolve the name of a language to its BCP 47 tag.

    python tools/language_table.py

Needs langcodes 3.5.1 and language_data 1.4.0. Python and Java read the one file.
A line is a name in lower case, a tab, and a subtag of a language: its codes of three letters and
withdrawn ones (ISO 639, aliases of CLDR), its English names and its own name.
"""

import re
from importlib import resources
from pathlib import Path

import langcodes
from langcodes.data_dicts import (
    LANGUAGE_ALPHA3,
    LANGUAGE_ALPHA3_BIBLIOGRAPHIC,
    LANGUAGE_REPLACEMENTS,
    LIKELY_SUBTAGS,
    NORMALIZED_MACROLANGUAGES,
)

TOP = Path(__file__).resolve().parent.parent
TABLE = TOP / "src/malgwi/data/tables/languages.tsv"
_RECORD = re.compile(r"Type: language\nSubtag: ([a-z]{2,3})\n(.*)", re.DOTALL)


def main() -> None:
    """Write the table."""
    text = "".join(f"{name}\t{tag}\n" for name, tag in sorted(names().items()))
    TABLE.write_text(text, encoding="utf-8", newline="\n")


def names() -> dict[str, str]:
    """Return the subtag for each name; a code is never taken for a name of another language."""
    codes: dict[str, str] = {}
    for alias, tag in (LANGUAGE_REPLACEMENTS | NORMALIZED_MACROLANGUAGES).items():
        if re.fullmatch("[a-z]{2,3}", alias) and re.fullmatch("[a-z]{2,3}", tag):
            codes[alias] = NORMALIZED_MACROLANGUAGES.get(tag, tag)
    for table in (LANGUAGE_ALPHA3, LANGUAGE_ALPHA3_BIBLIOGRAPHIC):
        codes |= {code: tag for tag, code in table.items()}
    said: dict[str, str] = {}
    known = [tag for tag in LIKELY_SUBTAGS if re.fullmatch("[a-z]{2,3}", tag) and tag != "und"]
    registry = _registry()
    for tag in sorted(known, key=lambda tag: (len(tag), tag)):
        language = langcodes.get(tag)
        for name in (language.display_name("en"), language.autonym(), *registry.get(tag, ())):
            said.setdefault(name.lower(), codes.get(tag, tag))
    return {name: tag for name, tag in said.items() if len(name) > 3 or not name.isascii()} | codes


def _registry() -> dict[str, list[str]]:
    data = resources.files("language_data") / "data" / "language-subtag-registry.txt"
    records = data.read_text(encoding="utf-8").split("%%\n")
    found = (match for record in records if (match := _RECORD.match(record)))
    return {m[1]: re.findall(r"^Description: (.*)$", m[2], re.MULTILINE) for m in found}


if __name__ == "__main__":
    main()
