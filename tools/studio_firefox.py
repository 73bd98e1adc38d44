"""Go the main way through Studio's page in Firefox: a project of the shipped speech, its server.

Usage: PYTHONPATH=tests:tools python tools/studio_firefox.py demo build/firefox
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from malgwi.corpus.edits import CHECKED
from malgwi.corpus.studio import SAMPLE_RATE
from malgwi.studio.project import Project
from places import TOP
from studio_browser import served
from studio_folder import make, put_round, recording

FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")
MAIN_WAY = TOP / "tools" / "studio" / "firefox" / "main_way.js"


@contextmanager
def silent_output(place: Path) -> Iterator[dict[str, str]]:
    """Give an environment whose sound nobody hears; without an output Firefox runs none."""
    socket = place / "sound"
    loads = (f"module-native-protocol-unix socket={socket} auth-anonymous=1", "module-null-sink")
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    command += [f"--load={one}" for one in loads]
    environment = os.environ | {"HOME": str(place), "XDG_RUNTIME_DIR": str(place)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            while not socket.exists():
                if server.poll() is not None:
                    sys.exit(f"pulseaudio ended with status {server.returncode}")
                time.sleep(0.05)
            yield environment | {"PULSE_SERVER": f"unix:{socket}"}
        finally:
            server.terminate()


def main() -> None:
    """Run it, then see that what was accepted and read is on the disk."""
    demo, pictures = map(Path, sys.argv[1:])
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        project = Path(place) / "project"
        make(project, Path(place) / "recordings", Path(place))
        put_round(project, demo)
        with served(project, Path(place)) as link, silent_output(Path(place)) as environment:
            command = ["node", MAIN_WAY, FIREFOX, link, pictures]
            subprocess.run(command, check=True, env=environment)  # noqa: S603
        opened = Project(project)
        written = opened.recording(recording(project, "errands")).journal.segments()[1]
        accepted = [one.state for one in written if "mended" in one.text]
        read = [one.source.samples for one in opened.recordings() if one.source.prompt]
        if accepted != [CHECKED] or len(read) != 1 or read[0] < SAMPLE_RATE:
            sys.exit(f"on the disk: accepted {accepted}, samples that were read {read}")


if __name__ == "__main__":
    main()
