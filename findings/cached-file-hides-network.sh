#!/bin/sh
# Believed: transformers' `cached_file` raises for a hub that can't be reached unless it is told not to
#   (`_raise_exceptions_for_connection_errors`), whatever it is told about files that a repository doesn't have
#   (`_raise_exceptions_for_missing_entries`); so None means that there is no such file.
# True: with the second of them off the first counts for nothing: None comes for a file that isn't there and for a
#   network that isn't, alike. huggingface_hub tells the two apart: LocalEntryNotFoundError for the network,
#   RemoteEntryNotFoundError for the file.
# Versions: transformers 5.24.0, huggingface_hub 2.4.0.
# Matters here: optional files of a checkpoint decide what a model hears. When the hub failed for
#   preprocessor_config.json alone, `do_normalize: false` in it was unknown, and the model was given normalised sound
#   without a word. Now every file is asked for by `hf_hub_download`.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet transformers==5.24.0 huggingface_hub==2.4.0
cd "$tmp"
# Port 9 of this machine, where nothing listens, stands for a network that is down.
HF_HOME="$tmp" HF_ENDPOINT=http://127.0.0.1:9 "$tmp/venv/bin/python" - <<'END'
import sys

from huggingface_hub import hf_hub_download
from transformers.utils import cached_file


def outcome(ask):
    try:
        return ask()
    except Exception as error:
        return type(error).__name__


def cached(missing):
    return lambda: cached_file(
        "someone/a-model",
        "preprocessor_config.json",
        _raise_exceptions_for_missing_entries=missing,
        _raise_exceptions_for_connection_errors=True,
    )


found = {
    "cached_file, missing entries raise": outcome(cached(True)),
    "cached_file, missing entries don't": outcome(cached(False)),
    "hf_hub_download": outcome(lambda: hf_hub_download("someone/a-model", "preprocessor_config.json")),
}
for way, what in found.items():
    print(f"{way}: {what}")
sys.exit(list(found.values()) != ["OSError", None, "LocalEntryNotFoundError"])
END
