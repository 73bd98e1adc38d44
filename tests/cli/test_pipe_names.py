"""Results and messages of what came through a pipe don't name a file that is gone."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from level_model import level_clip, level_recogniser
from malgwi.cli.main import main
from malgwi.recognition import align, recognise, transcribe


@pytest.mark.parametrize(
    "command", ["transcribe m.malgwi -", "align m.malgwi - --text ab", "inspect m.malgwi -"]
)
def test_stdin_is_called_stdin(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for module in (align, recognise, transcribe):
        monkeypatch.setattr(module, "open_recogniser", lambda model, **_: level_recogniser())
    clip = level_clip(Path("clip.wav"), "_ab_" + "_" * 90).read_bytes()

    def run(sound: bytes, *more: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(sound)))
        return main([*command.split(), *more]), *capsys.readouterr()

    shown = ["--json"] if command.startswith("inspect") else ["--format", "json"]
    status, out, err = run(clip[:-20_000], *shown)
    assert (status, json.loads(out)["file"]) == (0, "stdin")
    assert err.startswith("malgwi: warning: stdin: truncated after ")
    status, out, err = run(b"nothing", *shown)
    assert (status, out) == (2, "")
    assert err.startswith("malgwi: error: stdin: not readable as audio")
    assert "/malgwi-" not in err
    if command.startswith("transcribe"):
        assert f'MEDIA_URL="file://{tmp_path}/stdin"' in run(clip, "--format", "eaf")[1]
