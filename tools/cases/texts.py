"""Texts: what people write beside, between and instead of letters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cases.case import Case, Exactly, Topic
from cases.speech import corpus, prepared, refused
from malgwi.decoding.hotword_text import phrases_of_lines
from malgwi.errors import MalgwiError
from malgwi.lm.make import make_lm
from malgwi.speech.language import resolve
from malgwi.speech.notation import Notation, read
from malgwi.speech.text import Normalisation, normalise
from malgwi.text_file import TextFiles

_KOREAN = "안녕, 하세요"


def _spelt(text: str, rules: Normalisation = Normalisation()) -> Callable[[Path], str]:  # noqa: B008 - immutable
    """Return what normalising makes of a text."""
    return lambda _: normalise(text, rules)


def _read(text: str, notation: Notation = Notation()) -> Callable[[Path], str]:  # noqa: B008 - immutable
    """Return what reading the notation and normalising make of a text."""

    def measure(_: Path) -> str:
        reading = read(text, notation)
        return reading.set_aside or normalise(reading.text)

    return measure


def _each(*measures: Callable[[Path], str]) -> Callable[[Path], str]:
    return lambda folder: ", ".join(measure(folder) for measure in measures)


def _texts(folder: Path, text: str, codec: str, language: str | None = None) -> str:
    """Return what is said of the encoding of a table, and its first text."""
    source = corpus(folder / "corpus", [text] * 4)
    metadata = source / "metadata.csv"
    metadata.write_bytes(metadata.read_text(encoding="utf-8").encode(codec))
    try:
        result = prepared(source, language=language)
    except MalgwiError as error:
        named = next((name for name in ("not-utf8", "--language") if name in str(error)), "")
        return f"refused, names {named}"
    said = [note for note in result.report.notes if "read as" in note]
    letters = "".join(sorted(set(normalise(text)) - {" "}))
    vocab = (result.folder / "vocab.json").read_text(encoding="utf-8")
    right = all(letter in vocab for letter in letters)
    return f"{'its letters' if right else 'other letters'}; {said[0] if said else 'nothing said'}"


def _table_in(text: str, codec: str, language: str | None = None) -> Callable[[Path], str]:
    return lambda folder: _texts(folder, text, codec, language)


def _hotwords(folder: Path) -> str:
    file = folder / "hotwords.txt"
    file.write_bytes(f"{_KOREAN.replace(',', '')}\r\n".encode("utf-16"))
    return ", ".join(phrases_of_lines(TextFiles().read(file)))


def _lm(folder: Path) -> str:
    file = folder / "lines.txt"
    file.write_bytes("안녕 하세요\n".encode("cp949"))
    make_lm([file], folder / "lm.arpa", order=2)
    return "its words" if "안녕" in (folder / "lm.arpa").read_text("utf-8") else "other words"


def _languages(_: Path) -> str:
    return ", ".join(str(resolve(name)) for name in ("en_US", "eng", "English"))


def _finding(name: str, *texts: str, **options: Any) -> Callable[[Path], str]:
    """Return how many texts a finding of the report names."""

    def measure(folder: Path) -> str:
        found = prepared(corpus(folder / "corpus", texts), **options).report.finding(name)
        return f"{name} {found.count}" if found else f"no {name}"

    return measure


def _hint(folder: Path) -> str:
    try:
        result = prepared(
            corpus(folder / "corpus", ["ni3 hao3", "zai4 jian4", "hao3 ma", "hen3 hao3"])
        )
        said = " ".join(result.report.notes)
    except MalgwiError as error:
        said = str(error)
    return f"{'hints' if '--keep-digits' in said else 'nothing'} at --keep-digits"


def _other_rules(folder: Path) -> str:
    source = prepared(corpus(folder / "corpus", ["one two", "two", "one", "two one"])).folder
    text = (source / "dataset.json").read_text(encoding="utf-8")
    (source / "dataset.json").write_text(
        text.replace('"normalisation"', '"older"'), encoding="utf-8"
    )
    from malgwi.dataset.manifest import load_dataset

    return refused(lambda: load_dataset(source), "version 1", "prepare")


_TURKISH = Normalisation("tr")
_TAGGED = [
    "[laughter] oh that is good", "i think <noise> we should go", "(unintelligible) on the left",
    "he said {cough} nothing", "um [UNK] yes that one", "so *inhales* let us begin",
    "we were &=laughs going home", "okay [[overlap]] right", "(()) hello again",
    "right [pause] so", "xxx they did", "♪ music", "[silence]",
]  # fmt: skip
TOPIC = Topic(
    "Texts",
    "",
    [
        Case("a table in cp949", f"`{_KOREAN}`, no `--language`",
             "every row set aside as `not-utf8`; advice `iconv -f latin1` gave `¾È³ç`",
             _table_in(_KOREAN, "cp949"),
             Exactly("its letters; metadata.csv: read as cp949, since not UTF-8")),
        Case("hotwords in UTF-16, as Notepad writes it", "`안녕 하세요`",
             "refused as not UTF-8, with the same advice", _hotwords, Exactly("안녕 하세요")),
        Case("`malgwi lm` of a text in cp949", "`안녕 하세요`", "refused as not UTF-8", _lm,
             Exactly("its words")),
        Case("German in cp1252", "`Grüße`, `--language de`", "`not-utf8`",
             _table_in("Grüße", "cp1252", "de"),
             Exactly("its letters; metadata.csv: read as cp1252, since not UTF-8")),
        Case("the same without the language", "`Grüße`", "`not-utf8`",
             _table_in("Grüße", "cp1252"), Exactly("refused, names not-utf8")),
        Case("Korean in cp949 under `--language de`", f"`{_KOREAN}`", "`not-utf8`",
             _table_in(_KOREAN, "cp949", "de"),
             Exactly("its letters; metadata.csv: read as cp949, since not UTF-8")),
        Case("languages as people name them", "`en_US`, `eng`, `English`",
             "an app that asked for `en_US` was refused: no model of the language", _languages,
             Exactly("en-US, en, en")),
        Case("Turkish and Azeri", "`İstanbul'da`, `Işık yandı`, `IRMAK`, `--language tr`",
             "i̇stanbul'da, işık yandı, irmak",
             _each(*(_spelt(t, _TURKISH) for t in ("İstanbul'da", "Işık yandı", "IRMAK"))),
             Exactly("istanbul'da, ışık yandı, ırmak")),
        Case("İ in other languages", "`İyi`", "i̇yi, two characters for the i", _spelt("İyi"),
             Exactly("iyi")),
        Case("Ethiopic word space", "`ሰላም፡ለዓለም`", "ሰላምለዓለም", _spelt("ሰላም፡ለዓለም"),
             Exactly("ሰላም ለዓለም")),
        Case("Tibetan tsheg", "`བཀྲ་ཤིས་བདེ་ལེགས།`", "བཀྲཤིསབདེལེགས", _spelt("བཀྲ་ཤིས་བདེ་ལེགས།"),
             Exactly("བཀྲ ཤིས བདེ ལེགས")),
        Case("U+200B between Khmer words", "`ខ្ញុំ\u200bទៅ`", "ខ្ញុំទៅ", _spelt("ខ្ញុំ\u200bទៅ"),
             Exactly("ខ្ញុំ ទៅ")),
        Case("danda without a space", "`है।हाँ`", "हैहाँ", _spelt("है।हाँ"), Exactly("है हाँ")),
        Case("`.` `,` `/` between letters", "`and/or`, `U.S.A.`", "andor, usa",
             _each(_spelt("and/or"), _spelt("U.S.A.")), Exactly("and or, u s a")),
        Case("the same in Chinese", "`你好，世界`", "你好世界", _spelt("你好，世界"),
             Exactly("你好世界")),
        Case("another character between letters", "`snake_case`, `R&B`",
             "snakecase, rb, counted among the dropped",
             _finding("joined", "snake_case", "some R&B", "one", "two"), Exactly("joined 2")),
        Case("joiners that are spelling", "`می\u200cخواهم`, `ශ්\u200dරී`", "the joiners went",
             _each(_spelt("می\u200cخواهم"), _spelt("ශ්\u200dරී")),
             Exactly("می\u200cخواهم, ශ්\u200dරී")),
        Case("U+FE0F, U+3164, tatweel", "`❤\ufe0fa`, `가\u3164나`, `كتـــاب`",
             "all three were letters",
             _each(_spelt("❤\ufe0fa"), _spelt("가\u3164나"), _spelt("كتـــاب")),
             Exactly("a, 가 나, كتاب")),
        Case("letters that look like apostrophes", "`Oʻzbek`; with `--keep-letters ʻ`", "o'zbek",
             _each(_spelt("Oʻzbek"), _spelt("Oʻzbek", Normalisation("uz", "ʻ"))),
             Exactly("o'zbek, oʻzbek")),
        Case("quotation marks that aren't apostrophes", "`he said ‘come here’`, `'y'`",
             "he said 'come here', 'y'", _each(_spelt("he said ‘come here’"), _spelt("'y'")),
             Exactly("he said come here, y")),
        Case("Σ before `·`", "`ΑΣ·Β`, `ΟΔΟΣ`", "ασβ in Python, αςβ in Java",
             _each(_spelt("ΑΣ·Β"), _spelt("ΟΔΟΣ")), Exactly("ασβ, οδος")),
        Case("tags", "`[laughter] oh`, `so *inhales* let us`", "laughter oh, so inhales let us",
             _each(_read("[laughter] oh"), _read("so *inhales* let us")),
             Exactly("oh, so let us")),
        Case("nothing but tags", "`[silence]`, `&=laughs`", "silence, laughs",
             _each(_read("[silence]"), _read("&=laughs")), Exactly("tags-only, tags-only")),
        Case("tags of every kind", "twelve sentences with a tag each, one that is a tag",
             "learnt as words", _finding("tags", *_TAGGED), Exactly("tags 12")),
        Case("entities and markup", "`<i>very</i> R&amp;D`", "iveryi rampd",
             _read("<i>very</i> R&amp;D"), Exactly("very rd")),
        Case("double transcription", "`b/ 아 (CCTV)/(씨씨티비)에 n/`", "b 아 cctv씨씨티비에 n",
             _read("b/ 아 (CCTV)/(씨씨티비)에 n/"), Exactly("아 씨씨티비에")),
        Case("the same with `--written`", "`b/ 아 (CCTV)/(씨씨티비)에 n/`", "b 아 cctv씨씨티비에 n",
             _read("b/ 아 (CCTV)/(씨씨티비)에 n/", Notation(written=True)), Exactly("아 cctv에")),
        Case("marks of fillers and repetitions", "`o/ 나는 그+ 그거 못 봤어`, `* 아/ 그래서`",
             "o 나는 그 그거 못 봤어, 아 그래서",
             _each(_read("o/ 나는 그+ 그거 못 봤어"), _read("* 아/ 그래서")),
             Exactly("나는 그 그거 못 봤어, 아 그래서")),
        Case("digits that are tones", "`ni3 hao3` and the like", "set aside as `digits`", _hint,
             Exactly("hints at --keep-digits")),
        Case("a data set of other rules", "made before they had a version",
             "read as if it spelt alike", _other_rules,
             Exactly("refused, names version 1 and prepare")),
    ],
)  # fmt: skip
