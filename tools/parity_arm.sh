#!/bin/sh
# Usage: tools/parity_arm.sh [NAME.malgwi [FILE.wav ...]]      (make parity-arm)
#
# Does a bundle give its golden texts on other processors? int8 kernels differ by processor, and
# phones are ARM. Runs the bundle's golden clips
#   1. here, in Java;
#   2. on ARM: onnxruntime's aarch64 build in the Java core, under qemu-aarch64;
#   3. on an x86 processor without VNNI (Haswell), in Python, under qemu-x86_64;
# and prints for each whether every text is equal and the share of equal frame tokens. Golden clips
# are those that the model is surest of; for a fairer picture name other recordings, of which it
# compares the ARM text and tokens with those here. Exit status: 0 all golden texts equal, 1 one
# differs, 2 it couldn't be run. Needs a Debian host with x86-64; what it fetches lies in
# .cache/arm64 (360 MB), nothing is installed but qemu-user and a Java.
set -eu
cd "$(dirname "$0")/.."

BUNDLE=${1:-demo/demo.malgwi}
[ $# -eq 0 ] || shift
JAR=android/core/target/malgwi-core-cli.jar
PYTHON=${PYTHON:-.venv/bin/python}
SYSROOT=.cache/arm64/root
APT=.cache/arm64/apt
# `max` is no choice: qemu 7.2 computes wrong 8-bit products through its SME emulation.
ARM_CPU=cortex-a76
OLD_CPU=Haswell,-pcid,-x2apic,-tsc-deadline,-hle,-invpcid,-rtm  # less what qemu can't do and says

# As Malgwi does in Python: later versions of onnxruntime than ours would report to their maker.
export ORT_DISABLE_TELEMETRY=1 ORT_TELEMETRY_DISABLED=1

fail() { echo "malgwi: error: $*" >&2; exit 2; }

[ -f "$BUNDLE" ] || fail "$BUNDLE: no such bundle; make one (make demo) or name one"
[ -f "$JAR" ] || fail "$JAR: not built; type: make java-test"
[ "$(uname -m)" = x86_64 ] || fail "this host is $(uname -m); expected x86_64"
tools/require java:openjdk-17-jre-headless qemu-aarch64:qemu-user qemu-x86_64:qemu-user

# A Java for ARM, fetched and unpacked without touching the system's own packages.
sysroot() {
  command -v apt-get >/dev/null || fail "no apt-get: the ARM system comes from Debian's packages"
  mkdir -p "$APT/lists/partial" "$APT/archives/partial" "$SYSROOT"
  : > "$APT/status"
  arm_apt() {
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
      -o Dir::State="$PWD/$APT" -o Dir::State::lists="$PWD/$APT/lists" \
      -o Dir::State::status="$PWD/$APT/status" -o Dir::Cache="$PWD/$APT" \
      -o APT::Sandbox::User=root -o Debug::NoLocking=true "$@"
  }
  arm_apt update
  arm_apt install --download-only --no-install-recommends -y \
    openjdk-17-jre-headless libstdc++6 libgomp1
  for package in "$APT"/archives/*.deb; do dpkg-deb -x "$package" "$SYSROOT"; done
  touch "$SYSROOT/ready"
}
[ -f "$SYSROOT/ready" ] || { echo "fetching a Java for ARM …" >&2; sysroot; }
# onnxruntime reads /proc/cpuinfo and crashes on the host's: one that fits $ARM_CPU, with as many
# processors as the host lends.
mkdir -p "$SYSROOT/proc"
for processor in $(seq 0 $(($(nproc --all) - 1))); do
  printf '%s\n' \
    "processor	: $processor" \
    'BogoMIPS	: 100.00' \
    'Features	: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp' \
    'CPU implementer	: 0x41' \
    'CPU architecture: 8' \
    'CPU variant	: 0x3' \
    'CPU part	: 0xd0b' \
    'CPU revision	: 1' \
    ''
done > "$SYSROOT/proc/cpuinfo"
ARM_JAVA=$(echo "$SYSROOT"/usr/lib/jvm/java-17-openjdk-arm64/bin/java)
[ -x "$ARM_JAVA" ] || fail "$ARM_JAVA is missing; remove .cache/arm64 and run this again"

status=0
report() {
  title=$1
  shift
  echo "$title:"
  started=$(date +%s)
  code=0
  "$@" || code=$?
  echo "  $(($(date +%s) - started)) s, exit $code"
  [ "$code" -lt 2 ] || fail "$title: the run itself failed"
  [ "$code" -eq 0 ] || status=1
}

# The first compiler is enough, and spares qemu the second one's work.
java_on_arm() {
  qemu-aarch64 -cpu "$ARM_CPU" -L "$SYSROOT" "$ARM_JAVA" \
    -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$JAR" "$@"
}

# Both files hold one JSON line a recording, in the same order.
compare() {
  "$PYTHON" - "$@" <<'EOF'
import json, sys
from pathlib import Path
here, arm = ([json.loads(l) for l in Path(p).read_text().splitlines()] for p in sys.argv[1:])
texts = sum(a["text"] == b["text"] for a, b in zip(here, arm, strict=True))
frames = [s == t for a, b in zip(here, arm) for s, t in zip(a["tokens"], b["tokens"], strict=True)]
print(f"{len(here)} recordings: {texts} texts equal, {sum(frames) / len(frames):.2%} of tokens")
EOF
}

report "Java here ($(uname -m))" java -jar "$JAR" "$BUNDLE" --check --threads 1
report "Java on ARM (qemu-aarch64 -cpu $ARM_CPU)" java_on_arm "$BUNDLE" --check --threads 1
if [ $# -gt 0 ]; then
  java -jar "$JAR" "$BUNDLE" "$@" --json --tokens --threads 1 > .cache/arm64/here.jsonl
  java_on_arm "$BUNDLE" "$@" --json --tokens --threads 1 > .cache/arm64/arm.jsonl
  report "ARM against here" compare .cache/arm64/here.jsonl .cache/arm64/arm.jsonl
fi
report "Python without VNNI (qemu-x86_64 -cpu Haswell)" \
  qemu-x86_64 -cpu "$OLD_CPU" "$PYTHON" -m malgwi check "$BUNDLE"
exit $status
