"""What a process sends and writes: run in a network namespace of its own, where all roads end.

`python silence.py COMMAND...` is called by `observe` inside the namespace: it leads every address
to the namespace's own loopback, listens there, runs the command and prints what was sent.
"""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NAMESPACE = ("unshare", "--map-root-user", "--net")
ROADS = (
    "ip link set lo up",
    "ip route add local 0.0.0.0/0 dev lo",
    "ip -6 route add local ::/0 dev lo",
)
EVERYTHING = 3
"""ETH_P_ALL of Linux."""


@dataclass(frozen=True)
class Observed:
    """What a process did beside its work."""

    said: str
    packets: int
    hosts: frozenset[str]
    """Whose addresses were looked up."""
    files: frozenset[str]
    """Left in its home, which was empty."""


def no_namespace() -> str | None:
    """Return why no network namespace can be made here; None where it can."""
    try:
        command = [*NAMESPACE, "ip", "link"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return done.stderr.strip() if done.returncode else None


def observe(command: Sequence[str], home: Path, environment: Mapping[str, str]) -> Observed:
    """Run a command that may send whatever it likes, with an empty home and environment."""
    home.mkdir()
    paths = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home.parent)}
    done = subprocess.run(
        [*NAMESPACE, sys.executable, __file__, *command],
        env={**environment, **paths},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said, _, sent = done.stdout.rstrip().rpartition("\n")
    facts = json.loads(sent)
    left = frozenset(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
    return Observed(said, facts["packets"], frozenset(facts["hosts"]), left)


def hosts(packet: bytes) -> list[str]:
    """Return the host names in a DNS query: labels with their lengths, ended by a zero."""
    names = re.findall(rb"(?:[\x01-\x2c][a-z0-9-]+){2,}\x00", packet)
    return [re.sub(rb"[\x01-\x2c]", b".", name)[1:-1].decode() for name in names]


def _watch(command: Sequence[str]) -> int:
    for road in ROADS:
        subprocess.run(road.split(), check=True)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERYTHING)) as ear:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        ear.setblocking(False)
        packets = []
        while True:
            try:
                packets.append(ear.recv(65_536))
            except BlockingIOError:
                break
    looked_up = sorted({host for packet in packets for host in hosts(packet)})
    sent = json.dumps({"packets": len(packets), "hosts": looked_up})
    sys.stdout.write(f"{done.stdout}{sent}\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(_watch(sys.argv[1:]))
