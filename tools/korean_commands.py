"""Make the Korean speech of `malgwi demo --language ko`: spoken home and phone commands.

    python tools/korean_commands.py src/malgwi/data/commands-ko

Sentences come from a small grammar, each once; espeak-ng (GPL-3.0 as a program, which says nothing
about the sound that it makes) speaks them in variants of its one Korean voice, two of which only
the test part has. Levels and speed vary, and a little noise is mixed in. Everything is drawn from
one seed, so that the same espeak-ng makes the same samples.
"""

import argparse
import csv
import io
import random
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

SEED = 20_261_129
RATE = 16_000
HEARD, HELD_OUT = ("f2", "m3"), ("f4", "m7")
"""Variants: of train and dev, of test."""
CLIPS = {"train": 320, "dev": 60, "test": 40}

ROOMS = ("거실", "안방", "부엌", "서재", "현관", "베란다", "욕실", "아이 방")
HOURS = ("한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두")
MINUTES = ("오", "십", "십오", "이십", "삼십", "사십", "오십")
DEGREES = ("십팔", "십구", "이십", "이십일", "이십이", "이십삼", "이십사", "이십오", "이십육")
PEOPLE = ("엄마", "아빠", "할머니", "할아버지", "동생", "언니", "선생님", "삼촌", "이모")
DAYS = ("오늘", "내일", "모레", "이번 주말", "월요일", "화요일", "수요일", "목요일", "금요일")
CITIES = ("서울", "부산", "대구", "광주", "제주도", "강릉", "전주")
MUSIC = ("조용한 음악", "신나는 노래", "옛날 노래", "피아노 음악", "자장가", "재즈", "라디오")
GOODS = ("우유", "달걀", "두부", "사과", "양파", "휴지", "고구마", "딸기", "김치", "치약", "물")
PLACES = ("회사", "학교", "병원", "시장", "공항", "도서관", "은행", "우체국")
EVENTS = ("회의", "병원 예약", "저녁 약속", "수영 수업", "이사", "생일 잔치")


HOW = ("조금", "많이", "더")
PATTERNS: tuple[tuple[Any, ...], ...] = (
    ("{} {} {} 줘", ROOMS, ("불", "에어컨", "선풍기", "가습기", "보일러"), ("켜", "꺼")),
    ("{} {} {} 줘", ROOMS, ("창문", "커튼"), ("열어", "닫아")),
    ("{} 온도를 {} 도로 맞춰 줘", ROOMS, DEGREES),
    ("{} {} 시에 깨워 줘", ("아침", "저녁", "내일 아침"), HOURS),
    ("{} 시 {} 분에 알람 맞춰 줘", HOURS, MINUTES),
    ("타이머 {} 분 맞춰 줘", MINUTES),
    ("{} 분 뒤에 알려 줘", MINUTES),
    ("{}한테 전화해 줘", PEOPLE),
    ("{}한테 늦는다고 문자 보내 줘", PEOPLE),
    ("{}에서 {} 틀어 줘", ROOMS, MUSIC),
    ("소리를 {} {} 줘", HOW, ("키워", "줄여")),
    ("불을 {} 밝게 해 줘", HOW),
    ("{} {} 날씨 어때", DAYS, CITIES),
    ("장바구니에 {} 넣어 줘", GOODS),
    ("살 것에 {} 적어 줘", GOODS),
    ("{}까지 {} 얼마나 걸려", PLACES, ("버스로", "걸어서", "차로")),
    ("{} 일정에 {} 넣어 줘", DAYS, EVENTS),
    ("{} 시 {} 지워 줘", HOURS, EVENTS),
)


def sentences() -> set[str]:
    """Return every sentence of the grammar."""
    return {pattern.format(*words) for pattern, *fields in PATTERNS for words in product(*fields)}


def main() -> None:
    """Write the clips and their table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("output", type=Path)
    output: Path = parser.parse_args().output
    rng = random.Random(SEED)  # noqa: S311 - nothing is kept secret by it
    noise = np.random.default_rng(SEED)
    chosen = iter(rng.sample(sorted(sentences()), sum(CLIPS.values())))
    rows = []
    for split, clips in CLIPS.items():
        (output / split).mkdir(parents=True)
        for number in range(clips):
            voice = (HELD_OUT if split == "test" else HEARD)[number % 2]
            text = next(chosen)
            name = f"{split}/{voice}_{number:03}.ogg"
            samples = _spoken(text, voice, rng)
            _write(output / name, _recorded(samples, rng, noise))
            rows.append((name, text, voice, split))
    with (output / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("file_name", "transcription", "speaker", "split"))
        table.writerows(rows)


def _spoken(text: str, voice: str, rng: random.Random) -> NDArray[np.float32]:
    """Return what espeak-ng says, at 16 kHz."""
    words = ["espeak-ng", "-v", f"ko+{voice}", "-s", str(rng.randint(125, 165))]
    words += ["-p", str(rng.randint(40, 60)), "--stdout", text]
    sound = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603 - ours
    # The sizes in its header are those of a stream.
    samples, rate = soundfile.read(io.BytesIO(sound), dtype="float32")
    resampled: NDArray[np.float32] = soxr.resample(samples, rate, RATE)
    return resampled


def _recorded(
    samples: NDArray[np.float32], rng: random.Random, noise: np.random.Generator
) -> NDArray[np.float32]:
    """Vary the level by 12 dB and mix in noise of 28 to 45 dB below the speech."""
    loudness = float(np.sqrt(np.mean(np.square(samples))))
    level = 10 ** (rng.uniform(-32, -20) / 20)
    quieter = 10 ** (-rng.uniform(28, 45) / 20)
    pause = np.zeros(int(RATE * rng.uniform(0.05, 0.2)), np.float32)
    speech = np.concatenate([pause, samples / loudness, pause])
    hiss = noise.standard_normal(len(speech)).astype(np.float32) * quieter
    return np.clip((speech + hiss) * level, -1, 1).astype(np.float32)


def _write(path: Path, samples: NDArray[np.float32]) -> None:
    with soundfile.SoundFile(
        path, "w", RATE, 1, format="OGG", subtype="OPUS", compression_level=0.95
    ) as file:
        file.write(samples)


if __name__ == "__main__":
    main()
