"""Small files of annotations, written as their programs do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

ROOT = '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT FORMAT="3.0" VERSION="3.0">'
TYPES = {
    "utterance": "",
    "association": "Symbolic_Association",
    "subdivision": "Symbolic_Subdivision",
    "time": "Time_Subdivision",
    "included": "Included_In",
}


def aligned(name: str, first: str, last: str, text: str, **more: str) -> str:
    return _annotation(
        "ALIGNABLE_ANNOTATION",
        {"ANNOTATION_ID": name, "TIME_SLOT_REF1": first, "TIME_SLOT_REF2": last, **more},
        text,
    )


def referring(name: str, parent: str, text: str, previous: str = "", **more: str) -> str:
    before = {"PREVIOUS_ANNOTATION": previous} if previous else {}
    return _annotation(
        "REF_ANNOTATION",
        {"ANNOTATION_ID": name, "ANNOTATION_REF": parent, **before, **more},
        text,
    )


def _annotation(tag: str, attributes: Mapping[str, str], text: str) -> str:
    value = f"<ANNOTATION_VALUE>{escape(text)}</ANNOTATION_VALUE>"
    return f"<ANNOTATION><{tag} {_attributes(attributes)}>{value}</{tag}></ANNOTATION>"


def _attributes(attributes: Mapping[str, str]) -> str:
    return " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items())


def tier(name: str, kind: str, *annotations: str, **more: str) -> str:
    head = {"TIER_ID": name, "LINGUISTIC_TYPE_REF": kind, **more}
    return f"<TIER {_attributes(head)}>{''.join(annotations)}</TIER>"


def media(url: str, relative: str = "", origin: int | None = None) -> str:
    attributes = {"MEDIA_URL": url, "MIME_TYPE": "audio/x-wav"}
    if relative:
        attributes["RELATIVE_MEDIA_URL"] = relative
    if origin is not None:
        attributes["TIME_ORIGIN"] = str(origin)
    return f"<MEDIA_DESCRIPTOR {_attributes(attributes)}/>"


def write_eaf(
    path: Path,
    tiers: Sequence[str],
    slots: Mapping[str, int | None],
    links: Sequence[str] = (),
    more: str = "",
) -> Path:
    """Write an .eaf; `more` stands at its end, as vocabularies do."""
    order = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="{slot}"' + ("/>" if ms is None else f' TIME_VALUE="{ms}"/>')
        for slot, ms in slots.items()
    )
    types = "".join(
        f'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="{kind}" TIME_ALIGNABLE="true"'
        + (f' CONSTRAINTS="{constraint}"/>' if constraint else "/>")
        for kind, constraint in TYPES.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'{ROOT}<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">{"".join(links)}</HEADER>'
        f"<TIME_ORDER>{order}</TIME_ORDER>{''.join(tiers)}{types}{more}</ANNOTATION_DOCUMENT>\n",
        encoding="utf-8",
    )
    return path


def simple_eaf(
    path: Path,
    tiers: Mapping[str, Sequence[tuple[int, int, str]]],
    links: Sequence[str] = (),
    **more: str,
) -> Path:
    """Write an .eaf of aligned tiers, each annotation as begin, end (ms) and text."""
    slots: dict[str, int | None] = {}
    written = []
    for name, said in tiers.items():
        annotations = []
        for number, (start, end, text) in enumerate(said):
            first, last = f"{name}-{number}-1", f"{name}-{number}-2"
            slots |= {first: start, last: end}
            annotations.append(aligned(f"{name}-{number}", first, last, text))
        written.append(tier(name, "utterance", *annotations, **more))
    return write_eaf(path, written, slots, links)


STM = """;; CATEGORY "0" "" ""
AlGore_2009 1 AlGore_2009 17.82 28.81 <o,f0,male> we 've read(2) { uh / um / @ } it 's
AlGore_2009 1 inter_segment_gap 28.81 29.0 <o,f0,> ignore_time_segment_in_scoring
call A ana 0 1.5 hello
call B ben 1 2 <O> hi there
bad line
call B ben 3 x <O> hm
call A ana 5 6
"""
TRS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE Trans SYSTEM "trans-14.dtd">
<Trans scribe="me" audio_filename="talk" version="1" xml:lang="fr">
<Speakers><Speaker id="spk1" name="Zo\xe9"/><Speaker id="spk2" name=""/></Speakers>
<Episode>
<Section type="report" startTime="0" endTime="12.5">
<Turn startTime="0" endTime="4" speaker="spk1">
<Sync time="0"/>

<Sync time="1.5"/>
bonjour <Event desc="rire" type="noise" extent="instantaneous"/>
\xe0 tous
<Sync time="3"/>
<Comment desc="hm"/>oui
</Turn>
<Turn speaker="spk1 spk2" startTime="4" endTime="6">
<Sync time="4"/>
<Who nb="1"/>
un
<Who nb="2"/>
deux
</Turn>
<Turn startTime="6" endTime="x"><Sync time="6"/>fin</Turn>
</Section>
</Episode>
</Trans>
"""
CHA = """@UTF8
@Begin
@Languages:\teng, spa
@Participants:\tCHI Ana Target_Child, MOT Mother
@Media:\ttape1, audio
*CHI:\t<I want> [/] I want (be)cause go(ing) &-um &+fr cookie@c [: biscuit] (.) baa:na
\tNew_York black+board +/. \x15100_2500\x15
%mor:\tpro|I v|want
*MOT:\twww &=laughs 0is that [= the thing] ? \x152500_3000\x15 yes . \x153100_4000\x15
*CHI:\tno time .
*CHI:\t+< xxx ‹hey› . \x15%snd:"other"_4000_5000\x15
@End
"""
FLEX = """<?xml version="1.0" encoding="utf-8"?>
<document version="2"><interlinear-text guid="t">
<item type="title" lang="en">Fish</item>
<paragraphs><paragraph><phrases>
<phrase begin-time-offset="0" end-time-offset="1500" speaker="Ana" media-file="m1">
<item type="txt" lang="seh">mbali ya</item><item type="segnum" lang="en">1</item>
<words><word><item type="txt" lang="seh">mbali</item><morphemes><morph>
<item type="txt" lang="seh">m-</item></morph></morphemes></word></words>
<item type="gls" lang="en">The fish</item></phrase>
<phrase begin-time-offset="1500" end-time-offset="2000" media-file="m2"><words>
<word><item type="txt" lang="seh">ba</item><item type="gls" lang="en">x</item></word>
<word><item type="punct" lang="seh">,</item></word>
<word><item type="txt" lang="seh">ku</item></word></words></phrase>
<phrase><item type="txt" lang="seh">never</item></phrase>
</phrases></paragraph></paragraphs>
<media-files offset-type="milliseconds"><media guid="m1" location="file:///C:/a.wav"/>
<media guid="m2" location="b.wav"/></media-files>
</interlinear-text></document>
"""
LONG_TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "wörds "
        xmin = 0
        xmax = 2.3
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.7
            text = ""
        intervals [2]:
            xmin = 0.7
            xmax = 1.25
            text = "say ""a""
and 7 ! <b>"
        intervals [3]:
            xmin = 1.25
            xmax = 2.3
            text = "안녕"
    item [2]:
        class = "TextTier"
        name = "points"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 1.5e-1
            mark = "here"
"""
SHORT_TEXTGRID = """File type = "ooTextFile"
"TextGrid"

0 ! begins
2.3
<exists>
2
"IntervalTier"
"wörds "
0
2.3
3
0
0.7
""
0.7
1.25
"say ""a""
and 7 ! <b>"
1.25
2.3
"안녕"
"TextTier"
"points"
0
2.3
1
0.15
"here"
"""
SRT = "1\n00:00:01,000 --> 00:00:02,500\n<i>One</i> {\\an8}two\n\n"
VTT = "WEBVTT\n\nNOTE x\n\n00:01.500 --> 00:02.000\n<v.loud Ana>Hi <c>you</c>\n"
LABELS = "0.5\t1.25\tone\n\\\t100\t2000\n2\t2\tpoint\n"
