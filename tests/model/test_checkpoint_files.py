"""What the hub lacks is told from what it doesn't give: either way there is no file."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from malgwi.errors import MalgwiError
from malgwi.model.checkpoint_files import find, read_json

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OFFLINE = "huggingface_hub.constants.HF_HUB_OFFLINE"
URLS = "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE"
PATH = "{repo_id}/resolve/{revision}/{filename}"
CONFIG = b'{"model_type": "wavlm"}'


class _Hub(BaseHTTPRequestHandler):
    """Has a config.json, gives no preprocessor_config.json though it may, and lacks all else."""

    def do_HEAD(self) -> None:
        file = self.path.rpartition("/")[2]
        self.send_response({"config.json": 200, "preprocessor_config.json": 403}.get(file, 404))
        self.send_header("X-Repo-Commit", COMMIT)
        if file == "config.json":
            self.send_header("ETag", '"1"')
        elif file != "preprocessor_config.json":
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("Content-Length", str(len(CONFIG) if file == "config.json" else 0))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(CONFIG)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", place)
        monkeypatch.setattr(URLS, f"{place}/{PATH}")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setattr(OFFLINE, False)
        yield server
        server.shutdown()


@pytest.mark.usefixtures("hub")
def test_a_file_that_the_hub_lacks_is_none() -> None:
    assert read_json("some/body", "config.json", "some/body") == {"model_type": "wavlm"}
    assert find("some/body", "vocab.json", "some/body") is None


@pytest.mark.usefixtures("hub")
def test_a_file_that_the_hub_does_not_give_is_named() -> None:
    # Taken for one that isn't there, a checkpoint would hear clips of another scale.
    with pytest.raises(MalgwiError, match=r"doesn't give its preprocessor_config\.json.*network"):
        find("some/body", "preprocessor_config.json", "some/body")


@pytest.mark.usefixtures("hub")
def test_what_is_known_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    find("some/body", "config.json", "some/body")
    find("some/body", "vocab.json", "some/body")
    monkeypatch.setattr(URLS, f"http://127.0.0.1:9/{PATH}")
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert read_json("some/body", "config.json", "some/body") == {"model_type": "wavlm"}
    assert find("some/body", "vocab.json", "some/body") is None
    with pytest.raises(MalgwiError, match="HF_HUB_OFFLINE=1"):
        find("some/body", "added_tokens.json", "some/body")
    monkeypatch.setattr(OFFLINE, True)
    assert find("some/body", "added_tokens.json", "some/body") is None
