"""Rounds, from what is written to a bundle, by the routes that the page asks."""

import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from starlette.testclient import TestClient

from apks import small_app
from bundles import level_bundle
from level_model import level_samples
from malgwi.android.apk import BUNDLE, open_apk
from malgwi.bundle.golden import wav_bytes
from malgwi.decoding.search import Search
from malgwi.recognition.listen import recognise
from malgwi.recognition.recognise import Recogniser, open_recogniser, transcribe_file
from malgwi.speech.audio import Samples, to_16_bits
from malgwi.studio import round_api
from malgwi.studio.files import write_json
from malgwi.studio.guard import SANDBOX
from malgwi.studio.project import open_project
from malgwi.studio.server import application, project_routes
from projects import add_recording, new_project
from tiny import WORDS, tiny_checkpoint

CLIPS = 48


@dataclass
class Page:
    """What the page does."""

    client: TestClient
    project: Path

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> tuple[int, Any]:
        answer = self.client.post(path, json=body)
        return answer.status_code, answer.json()

    def job(self, **asked: object) -> dict[str, Any]:
        """Start a job and wait for its end."""
        status, answer = self.post("/api/jobs", asked)
        assert status == 200, answer
        path = f"/api/jobs/{answer['job']}"
        while self.get(path)["state"] == "running":
            time.sleep(0.05)
        found: dict[str, Any] = self.get(path)
        return found


def _beeps(text: str, rng: np.random.Generator) -> Samples:
    time_s = np.arange(1920) / 16_000
    sounds = {" ": np.zeros(1920)}
    for number, letter in enumerate("abcd"):
        sounds[letter] = 0.3 * np.sin(2 * np.pi * 300 * (1 + number) * time_s)
    clean = np.concatenate([sounds[letter] for letter in text])
    return (clean + 0.001 * rng.standard_normal(len(clean))).astype(np.float32)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A project with two voices that are written down, and two models that were made before."""
    folder = new_project(tmp_path_factory.mktemp("studio") / "project")
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, size=2)) for _ in range(CLIPS)]
    for number, person in ((1, "A01"), (2, "A02")):
        spoken = [(_beeps(text, rng), text) for text in texts[number - 1 :: 2]]
        add_recording(folder, number, spoken, person)
    for made in ("0001", "0002"):
        (folder / "rounds" / made).mkdir()
        write_json(folder / "rounds" / made / "round.json", {"number": int(made), "job": "0000"})
    tiny_checkpoint(folder / "rounds" / "0001" / "run")
    level_bundle(folder / "rounds" / "0002" / "levels.malgwi")
    with open_project(folder) as project:
        yield Page(TestClient(application(project_routes(project))), folder)


@pytest.fixture(scope="module")
def trained(page: Page) -> dict[str, Any]:
    """A round whose texts are checked, stopped while it trains, made of what it had learnt."""
    asked = {"kind": "round", "minutes": 1, "start": 1, "check": 2}
    status, answer = page.post("/api/jobs", asked)
    assert status == 200, answer
    run = page.project / "rounds" / "0003" / "run"
    while not (run / "train.json").exists():
        state = page.get("/api/rounds")[-1]["state"] if run.parent.exists() else "training"
        assert state == "training", page.get("/api/jobs/0001")["log"]
        time.sleep(0.05)
    assert page.post("/api/jobs/0001/stop", {}) == (200, {})
    while page.get("/api/jobs/0001")["state"] == "running":
        time.sleep(0.05)
    assert page.get("/api/jobs/0001")["state"] == "stopped"
    assert page.get("/api/rounds")[-1]["state"] == "stopped"
    return page.job(kind="round", resume=3, minutes=0)


def test_a_round_goes_from_what_is_written_to_a_bundle(page: Page, trained: dict[str, Any]) -> None:
    assert (trained["state"], trained["error"]) == ("done", None), trained["log"]
    assert trained["result"] == {"round": 3}
    assert trained["step"] == "export"
    assert "evaluating" in trained["stages"]
    first, second, made = page.get("/api/rounds")
    assert (first["number"], first["state"], second["state"]) == (1, "stopped", "done")
    assert (made["number"], made["state"], made["job"]) == (3, "done", trained["id"])
    assert (made["start"], made["minutes"], made["split"]) == (1, 1.0, "test")
    folder = page.project / "rounds" / "0003"
    rows = [json.loads(line) for line in _lines(folder / "dataset" / "manifest.jsonl")]
    results = json.loads((folder / "evaluation" / "results.json").read_text())
    assert made["clips"] == len(rows) == CLIPS
    assert made["seconds"] == pytest.approx(sum(row["duration"] for row in rows), abs=0.01)
    assert (made["wer"], made["cer"]) == (results["wer"], results["cer"])
    assert (made["bundle"], made["bytes"]) == ("tiny.malgwi", len(_bundle(page)))
    assert not (folder / "run" / "state").exists()
    checked = json.loads((folder / "dataset" / "suspects.json").read_text())
    assert checked["model"].endswith("rounds/0002/levels.malgwi")
    assert len(checked["clips"] + checked["unchecked"]) == CLIPS


def test_the_numbers_of_a_round_are_those_that_the_commands_wrote(
    page: Page, trained: dict[str, Any]
) -> None:
    folder = page.project / "rounds" / "0003"
    rows = page.get("/api/rounds/3/metrics")
    assert [row["step"] for row in rows if "loss" in row] == list(range(1, 1 + rows[-1]["step"]))
    scored = json.loads((folder / "evaluation" / "utterances.json").read_text())
    wrong = {row["id"]: row for row in scored if row["hypothesis"] != row["reference"]}
    found = page.get("/api/rounds/3/mistakes")
    assert {f"{one['recording']}/{one['segment']}" for one in found} == set(wrong)
    worst = found[0]
    row = wrong[f"{worst['recording']}/{worst['segment']}"]
    assert row["cer"] == max(one["cer"] for one in wrong.values())
    assert (worst["reference"], worst["hypothesis"]) == (row["reference"], row["hypothesis"])
    segments = page.get(f"/api/recordings/{worst['recording']}/segments")["segments"]
    assert worst["start"] == {s["id"]: s["start"] for s in segments}[worst["segment"]]


def test_the_evaluation_page_is_shut_in(page: Page, trained: dict[str, Any]) -> None:
    answer = page.client.get("/api/rounds/3/evaluation")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == SANDBOX
    assert answer.content == (page.project / "rounds" / "0003" / "evaluation.html").read_bytes()


def test_the_bundle_is_a_download(page: Page, trained: dict[str, Any]) -> None:
    answer = page.client.get("/api/rounds/3/bundle")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''tiny.malgwi"
    assert answer.content == _bundle(page)


def test_no_voice_of_people_who_werent_asked_travels(page: Page, trained: dict[str, Any]) -> None:
    with zipfile.ZipFile(page.project / "rounds" / "0003" / "tiny.malgwi") as bundle:
        names = bundle.namelist()
    assert "model.onnx" in names
    assert [name for name in names if name.endswith(".wav")] == []


def test_what_a_model_hears_in_files(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a talk.wav").write_bytes(wav_bytes(level_samples("_a_b_|_b_")))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ab").touch()  # a file of the name of a hotword
    talk = str(tmp_path / "a talk.wav")
    found = page.job(kind="transcribe", round=2, paths=[talk], hotwords=["ab", "-b"])
    assert found["state"] == "done", found["log"]
    (told,) = found["texts"]
    assert told["text"] == "ab b"
    assert [word["text"] for word in told["words"]] == ["ab", "b"]
    endings = ["TextGrid", "ctm", "eaf", "json", "labels.txt", "srt", "stm", "txt", "vtt"]
    assert told["files"] == [f"a talk.{ending}" for ending in endings]
    path = f"/api/jobs/{found['id']}/texts"
    assert page.client.get(f"{path}/a talk.txt").text == "ab b\n"
    for name in ("other.txt", "..%2Fjob.json", "%2E%2E"):
        assert page.client.get(f"{path}/{name}").status_code == 404


def test_a_draft_is_what_a_model_hears_in_a_recording(page: Page) -> None:
    levels = [(level_samples(said)[:-80], "") for said in ("_a_b_|_b_", "_b_")]
    add_recording(page.project, 3, levels, "A01")
    assert page.get("/api/recordings/0003/draft") == {"model": None, "words": []}
    found = page.job(kind="draft", round=2, recordings=["0003"])
    assert found["state"] == "done", found["log"]
    draft = page.get("/api/recordings/0003/draft")
    assert draft["model"] == 2
    assert [word["text"] for word in draft["words"]] == ["ab", "b", "b"]
    _, second = page.get("/api/recordings/0003/segments")["segments"]
    query = "from={start}&to={end}"
    within = page.get(f"/api/recordings/0003/draft?{query.format(**second)}")["words"]
    assert [word["text"] for word in within] == ["b"]
    assert second["start"] <= within[0]["start"] < within[0]["end"] <= second["end"]


def test_without_the_prebuilt_app_it_is_said_why_and_one_may_be_chosen(
    page: Page, built_app: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("malgwi.android.android.BUILT_APP", Path("absent.apk"))
    monkeypatch.setattr("malgwi.android.android.APP_PACKAGE", "malgwi_absent")
    monkeypatch.setenv("HOME", str(tmp_path))
    found = page.get("/api/rounds/2/app")
    assert "the prebuilt app isn't here" in found["reason"]
    assert found["key_is_new"]
    assert (found["file"], found["bytes"]) == (None, None)
    status, answer = page.post("/api/rounds/2/app", {"name": "Ear", "password": "123456"})
    assert (status, answer["error"]) == (400, found["reason"])
    assert page.client.get("/api/rounds/2/app/file").status_code == 404
    assert page.post("/api/share", {"round": 2, "app": True})[0] == 404
    asked = {"name": "Ear", "password": "123456"}
    for wrong in ("app.apk", "/etc/hosts", str(page.project / "none.apk")):
        assert page.post("/api/rounds/2/app", {**asked, "app": wrong})[0] == 400
    chosen = str(small_app(tmp_path / "chosen.apk", built_app))
    status, made = page.post("/api/rounds/2/app", {**asked, "app": chosen})
    assert (status, made["bytes"]) == (200, Path(made["file"]).stat().st_size)
    Path(made["file"]).unlink()


def test_an_app_is_made_of_a_round_and_may_be_shared(
    page: Page, built_app: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = small_app(tmp_path / "app.apk", built_app)
    monkeypatch.setattr("malgwi.android.android.BUILT_APP", small)  # an absolute path
    monkeypatch.setattr(round_api, "address_for_phones", lambda: "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert page.post("/api/rounds/2/app", {"name": "", "password": "123456"})[0] == 400
    assert page.post("/api/rounds/2/app", {"name": "Ear", "password": "123"})[0] == 400
    status, made = page.post("/api/rounds/2/app", {"name": "Ear", "password": "123456"})
    assert (status, made["reason"], made["key_is_new"]) == (200, None, False)
    apk = page.project / "rounds" / "0002" / "levels.apk"
    assert (made["file"], made["bytes"]) == (str(apk), apk.stat().st_size)
    assert page.client.get("/api/rounds/2/app/file").content == apk.read_bytes()
    with open_apk(apk) as entries, entries[BUNDLE]() as inside:
        assert inside.read() == apk.with_suffix(".malgwi").read_bytes()
    status, told = page.post("/api/share", {"round": 2, "app": True})
    assert (status, told["file"]) == (200, str(apk))
    page.client.delete("/api/share")


def test_a_bundle_is_shared_and_no_longer(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_api, "address_for_phones", lambda: "127.0.0.1")
    bundle = page.project / "rounds" / "0002" / "levels.malgwi"
    assert page.get("/api/share") is None
    status, told = page.post("/api/share", {"round": 2})
    assert (status, told["file"]) == (200, str(bundle))
    assert told["qr"].startswith("<svg ")
    with urlopen(told["url"]) as answer:  # noqa: S310 - of this machine
        assert answer.read() == bundle.read_bytes()
    assert page.get("/api/share")["downloads"] == told["downloads"] - 1
    assert page.client.delete("/api/share").json() is None
    assert page.get("/api/share") is None
    with pytest.raises(URLError):
        urlopen(told["url"])  # noqa: S310
    assert page.post("/api/share", {"round": 1})[0] == 404
    assert page.post("/api/share", {"round": "../2"})[0] == 400


def test_a_round_of_too_little_says_so_and_leaves_no_round(tmp_path: Path) -> None:
    folder = new_project(tmp_path / "project")
    add_recording(folder, 1, [(_beeps("da", np.random.default_rng(0)), "da")], "A01")
    with open_project(folder) as project:
        page = Page(TestClient(application(project_routes(project))), folder)
        found = page.job(kind="round", minutes=1, start="starter")
        assert found["state"] == "failed"
        assert "too few for train, valid and test" in found["error"]
        assert page.get("/api/rounds") == []


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ({}, 400, "kind: None"),
        ({"kind": "add", "paths": ["/etc"]}, 400, "kind: 'add'"),
        ({"kind": ["round"]}, 400, "kind"),
        ({"kind": "round"}, 400, "minutes: None"),
        ({"kind": "round", "minutes": 0}, 400, "minutes: 0"),
        ({"kind": "round", "minutes": "5"}, 400, "minutes: '5'"),
        ({"kind": "round", "minutes": 1e9}, 400, "minutes"),
        ({"kind": "round", "minutes": 1, "start": 9}, 404, "round 9: there is none"),
        ({"kind": "round", "minutes": 1, "start": "../0001"}, 400, "start"),
        ({"kind": "round", "minutes": 1, "start": "/etc"}, 400, "start"),
        ({"kind": "round", "minutes": 1, "start": "facebook/wav2vec2-base"}, 400, "start"),
        ({"kind": "round", "minutes": 1, "start": 2}, 409, "round 2: has learnt nothing"),
        ({"kind": "round", "minutes": 1, "resume": 2}, 409, "round 2: is done"),
        ({"kind": "round", "minutes": 0, "resume": 9}, 404, "round 9: there is none"),
        ({"kind": "round", "minutes": 1, "check": 9}, 404, "round 9: there is none"),
        ({"kind": "round", "minutes": 1, "check": "../2"}, 400, "check"),
        ({"kind": "draft", "round": 2, "recordings": []}, 400, "recordings"),
        ({"kind": "draft", "round": 2, "recordings": ["0009"]}, 404, "0009"),
        ({"kind": "draft", "round": 2, "recordings": ["../../etc"]}, 404, "etc"),
        ({"kind": "draft", "round": 9, "recordings": ["0001"]}, 404, "round 9"),
        ({"kind": "transcribe", "round": 2, "paths": []}, 400, "paths"),
        ({"kind": "transcribe", "round": 2, "paths": ["talk.wav"]}, 400, "talk.wav"),
        ({"kind": "transcribe", "round": True, "paths": ["/etc/hosts"]}, 400, "round: True"),
    ],
)  # fmt: skip
def test_what_cant_be_started_is_said(
    page: Page, asked: dict[str, object], status: int, says: str
) -> None:
    before = page.get("/api/jobs")
    got, answer = page.post("/api/jobs", asked)
    assert (got, says in answer["error"]) == (status, True), answer
    assert page.get("/api/jobs") == before


def _heard(page: Page, samples: npt.NDArray[np.int16], rate: int) -> list[dict[str, Any]]:
    """Return all that the live recogniser said."""
    told: list[dict[str, Any]] = []
    with page.client.websocket_connect(f"/api/live?round=2&rate={rate}") as socket:
        assert socket.receive_json() == {"ready": True}
        for at in range(0, len(samples), 2_000):
            socket.send_bytes(samples[at : at + 2_000].tobytes())
        socket.send_text("end")
        while not told or "ended" not in told[-1]:
            told.append(socket.receive_json())
            assert "error" not in told[-1], told
    return told


def test_live_text_takes_hotwords(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def noted(model: str, search: Search) -> Recogniser:
        asked.append(search.hotwords)
        return open_recogniser(model, search=search)

    monkeypatch.setattr("malgwi.studio.live.open_recogniser", noted)
    path = "/api/live?round=2&rate=16000&hotwords=ab,%20b%20a"
    with page.client.websocket_connect(path) as socket:
        assert socket.receive_json() == {"ready": True}
        socket.send_text("end")
        assert socket.receive_json()["ended"]
    assert asked == [("ab", "b a")]


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_live_text_ends_as_the_file_is_transcribed(page: Page, tmp_path: Path, rate: int) -> None:
    samples = to_16_bits(level_samples("_a_b_|_b_"))
    soundfile.write(tmp_path / "talk.wav", samples, rate, subtype="PCM_16")
    bundle = page.project / "rounds" / "0002" / "levels.malgwi"
    expected = transcribe_file(open_recogniser(bundle), tmp_path / "talk.wav").to_json("-")
    ended = _heard(page, samples, rate)[-1]
    assert (ended["text"], ended["words"]) == (expected["text"], expected["words"])
    assert ended["text"] == "ab b" or rate != 16_000
    assert ended["words"]


def test_a_page_that_leaves_while_it_listens_ends_the_listening(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    def noted(*given: Any, **more: Any) -> Any:
        ended.append(recognise(*given, **more))
        return ended[-1]

    monkeypatch.setattr("malgwi.studio.live.recognise", noted)
    with page.client.websocket_connect("/api/live?round=2&rate=16000") as socket:
        assert socket.receive_json() == {"ready": True}
        socket.send_bytes(to_16_bits(level_samples("_a_b_|_b_")).tobytes())
        assert socket.receive_json()["moving"]  # it listens
    while not ended:
        time.sleep(0.02)
    assert _heard(page, to_16_bits(level_samples("_b_")), 16_000)[-1]["text"] == "b"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("round=2&rate=7", "rate='7'"),
        ("round=2&rate=48000.5", "rate='48000.5'"),
        ("round=9&rate=48000", "round 9: there is none"),
        ("round=-1&rate=48000", "round='-1'"),
        ("round=2&rate=48000&hotwords=,", "no word in it"),
    ],
)  # fmt: skip
def test_live_text_says_what_is_wrong(page: Page, query: str, says: str) -> None:
    with page.client.websocket_connect(f"/api/live?{query}") as socket:
        assert says in socket.receive_json()["error"]


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def _bundle(page: Page) -> bytes:
    return (page.project / "rounds" / "0003" / "tiny.malgwi").read_bytes()
