"""Recordings with files of annotations: each annotation of the chosen tiers is a row.

project = open_project(Path("corpus"), Conventions(tier=("type=utterance",)))
rows = list(project.rows())
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from malgwi.annotation.annotation import Annotated, Tier
from malgwi.annotation.formats import READERS, is_annotations, read_annotations
from malgwi.corpus.conventions import FILE, Conventions, read_conventions
from malgwi.corpus.folder import files_in
from malgwi.corpus.pairing import Length, Pair, Recordings, pair, unpaired
from malgwi.corpus.place import inside
from malgwi.corpus.row import PARTICIPANT, Row, broken, in_utf8, one_name
from malgwi.corpus.subtitle_languages import by_language
from malgwi.corpus.tier_channels import TierChannels
from malgwi.corpus.tiers import Summary, is_usable, speaker_of, summarise
from malgwi.corpus.times import place_in_ms
from malgwi.errors import MalgwiError
from malgwi.text_file import TextFiles


@dataclass(frozen=True)
class Project:
    """The annotations of a folder, each with its recording, and what is meant of them."""

    root: Path
    conventions: Conventions
    pairs: tuple[Pair, ...]
    unreadable: tuple[tuple[Path, str], ...]
    """Files that are no annotations although they are called so, and why."""
    silent: tuple[Path, ...]
    """Recordings of which no annotations tell."""

    @property
    def tiers(self) -> list[Tier]:
        """Return all tiers of all files."""
        return [tier for pair in self.pairs for tier in pair.annotated.tiers]

    def speakers(self) -> set[str]:
        """Return who speaks on any tier, be it taken or not."""
        by_tier = self.conventions.speaker_from == "tier"
        said = ((tier, one) for tier in self.tiers for one in tier.annotations)
        found = {one.speaker or tier.participant for tier, one in said}
        found |= {tier.name for tier in self.tiers if by_tier}
        return {one_name(who) for who in found if who}

    def summaries(self) -> list[Summary]:
        """Return what each kind of tier holds."""
        return summarise([pair.annotated for pair in self.pairs])

    def notes(self) -> list[str]:
        """Return what is odd in the files, and recordings that several of them are about."""
        found = [f"{self.name(p.annotated)}: {n}" for p in self.pairs for n in p.annotated.notes]
        about: dict[Path, list[str]] = {}
        for one in self.pairs:
            if one.recording:
                about.setdefault(one.recording, []).append(self.name(one.annotated))
        return found + [
            f"{path.name}: annotated in {' and '.join(dict.fromkeys(names))}"
            for path, names in about.items()
            if len(set(names)) > 1
        ]

    def name(self, annotated: Annotated) -> str:
        """Return a file's path within the corpus."""
        return (inside(annotated.path, self.root) or annotated.path).as_posix()

    def check_choice(self) -> None:
        """Refuse to guess where several tiers of a recording could be meant.

        Raises:
            MalgwiError: naming them, and how to say which.
        """
        choice = self.conventions.choice
        choice.check(self.tiers)
        if choice.take:
            return
        left = [Annotated(p.annotated.path, self._left(p.annotated)) for p in self.pairs]
        recordings: dict[Path, int] = {}
        for one, annotated in zip(self.pairs, left, strict=True):
            about = one.recording or annotated.path
            usable = sum(any(map(is_usable, tier.annotations)) for tier in annotated.tiers)
            recordings[about] = recordings.get(about, 0) + usable
        meant = [summary for summary in summarise(left) if summary.usable]
        if len(meant) > 1 and max(recordings.values()) > 1:
            names = ", ".join(f"{s.name!r} ({s.usable:,})" for s in meant[:12])
            more = f" and {len(meant) - 12:,} more" if len(meant) > 12 else ""
            kinds = {s.type for s in meant if s.type}
            example = f"type={meant[0].type}" if len(kinds) > 1 else meant[0].name
            raise MalgwiError(
                f"{self.root}: which tiers are to be learnt? There are {names}{more}. See them "
                f"with: malgwi tiers {self.root}; then choose, such as: --tier "
                f"{shlex.quote(example)}, or write tier = [{json.dumps(example)}] into "
                f"{self.root / FILE}"
            )

    def _left(self, annotated: Annotated) -> tuple[Tier, ...]:
        return tuple(t for t in annotated.tiers if self.conventions.choice.takes(t))

    def rows(self) -> Iterator[Row]:
        """Yield a row for each annotation that is meant, and for all that can't be used.

        Raises:
            MalgwiError: several tiers could be meant.
        """
        self.check_choice()
        for path, why in self.unreadable:
            name = (inside(path, self.root) or path).as_posix()
            yield in_utf8(broken(name, "damaged-annotation", why))
        for path in self.silent:
            name = (inside(path, self.root) or path).with_suffix("").as_posix()
            yield in_utf8(broken(name, "no-transcript", path.name))
        seen: dict[str, int] = {}
        first: dict[tuple[str, ...], str] = {}
        channels = TierChannels(self.pairs)
        for one in self.pairs:
            yield from map(in_utf8, self._rows(one, seen, first, channels))

    def _rows(
        self,
        one: Pair,
        seen: dict[str, int],
        first: dict[tuple[str, ...], str],
        channels: TierChannels,
    ) -> Iterator[Row]:
        """Yield the rows of a file; `first` tells in which file an annotation came first."""
        name = self.name(one.annotated)
        choice = self.conventions.choice
        chosen = {tier.name for tier in one.annotated.tiers if choice.takes(tier)}
        for problem in one.annotated.problems:
            if problem.tier is None or problem.tier in chosen:
                detail = problem.detail
                yield broken(f"{name}: {problem.where}", "damaged-annotation", detail)
        if one.recording is None:
            yield broken(name, "outside" if one.outside else "no-recording", one.how)
            return
        within = inside(one.recording, self.root)
        place = (within or Path(one.recording.name)).with_suffix("").as_posix()
        for tier in one.annotated.tiers:
            channel = channels.of(one, tier)
            of_channel = place if channel is None else f"{place}-{channel}"
            for said in tier.annotations:
                if not choice.takes(tier, said):
                    continue
                start, end = said.start + one.origin, said.end + one.origin
                row_id = f"{of_channel}-{place_in_ms(start, end)}"
                # The copy of an ELAN file has its tiers, too: each teaches once.
                other = first.setdefault((row_id, tier.name, said.text), name)
                if other != name:
                    detail = f"as in {other}"
                    yield broken(f"{name}: {row_id}", "duplicate-annotation", detail)
                    continue
                row_id = _new_id(row_id, tier.name, seen)
                who = said.speaker or tier.participant
                columns = {"tier": tier.name, PARTICIPANT: who, "language": tier.language}
                yield Row(
                    id=row_id,
                    audio=one.recording,
                    text=said.text,
                    speaker=speaker_of(tier, said, place, self.conventions.speaker_from),
                    columns={key: value for key, value in columns.items() if value},
                    channel=channel,
                    start=start,
                    end=end,
                    folders=within.parts[:-1] if within else (),
                )


def _new_id(row_id: str, tier: str, seen: dict[str, int]) -> str:
    """Return an id that no annotation has yet: with the tier, then a number, where it is taken.

    `seen` has all ids, each with the number that was given behind it last.
    """
    base = row_id = f"{row_id}-{tier}" if row_id in seen else row_id
    while row_id in seen:
        seen[base] += 1
        row_id = f"{base}-{seen[base]}"
    seen[row_id] = 1
    return row_id


def is_annotated(source: Path) -> bool:
    """Say whether a folder has files of annotations, or a file is one."""
    if source.is_dir():
        return any(map(is_annotations, files_in(source)))
    return is_annotations(source)


def open_project(
    source: Path,
    conventions: Conventions = Conventions(),  # noqa: B008 - immutable
    files: TextFiles | None = None,
    *,
    allow_outside: bool = False,
    length: Length = lambda _: None,
) -> Project:
    """Read all annotations of a folder, or of one file, and pair them with recordings.

    Args:
        source: a folder, or a file whose recording lies in its folder.
        conventions: what is said on the command line; the rest comes from malgwi.toml.
        files: how text files are read, where not as UTF-8.
        allow_outside: take recordings that lie outside, where links lead.
        length: how long a recording is, asked where neither link nor name tells which is meant.

    Raises:
        MalgwiError: there is no such place, nothing to read there, or malgwi.toml is damaged.
    """
    if not source.exists():
        raise MalgwiError(f"{source}: no such file or folder. Check the path")
    root = source if source.is_dir() else source.parent
    stored = read_conventions(root)
    asked = conventions.media or stored.media
    # What a file beside the data says isn't what the user says.
    if asked and asked is not conventions.media and not allow_outside and not inside(asked, root):
        raise MalgwiError(
            f"{root / FILE}: media {asked} leads out of {root}; allow it with --allow-outside"
        )
    conventions = conventions.over(stored)
    if conventions.media is not None and not conventions.media.is_dir():
        raise MalgwiError(f"--media {conventions.media}: no such folder")
    paths = [source] if source.is_file() else [p for p in files_in(root) if is_annotations(p)]
    if not paths or not all(path.suffix.lower() in READERS for path in paths):
        raise MalgwiError(f"{source}: no annotations; expected files such as {' '.join(READERS)}")
    found: list[Annotated] = []
    unreadable: list[tuple[Path, str]] = []
    files = files or TextFiles()
    for path in paths:
        try:
            if not allow_outside and inside(path, root) is None:
                unreadable.append((path, "a link that leads out of the corpus"))
            else:
                found += read_annotations(path, files)
        except MalgwiError as error:
            unreadable.append((path, str(error).removeprefix(f"{path}: ")))
        except OSError as error:
            unreadable.append((path, f"not readable ({error.strerror})"))
    if not found:
        path, why = unreadable[0]
        raise MalgwiError(f"{path}: {why}")
    roots = [root, conventions.media] if conventions.media else [root]
    recordings = Recordings(roots, allow_outside=allow_outside)
    pairs = pair(found, recordings, length)
    silent = [] if source.is_file() else unpaired(pairs, recordings)
    # An archive beside the corpus may have any others.
    silent = [path for path in silent if path.is_relative_to(root)]
    named = by_language(pairs, conventions.choice)
    return Project(root, conventions, named, tuple(unreadable), tuple(silent))
