#!/bin/sh
# Usage: tools/starter/run.sh WORK MINUTES [SPEECH]
# Synthesises, trains and measures: WORK/held has heard synthetic voices only, WORK/shipped has gone
# on with the train part of SPEECH/kathleen-en too. What is there is kept: after a kill the same
# command goes on. CLIPS=0.1 makes a tenth of the clips, WORKERS and BATCH_SECONDS suit a GPU.
set -eu
work=$1 minutes=$2 speech=${3:-}
here=$(dirname "$0")
top=$here/../..
export PYTHONPATH="$top/src"
voices="$work/engines/bin/python $here/synthesise.py"
malgwi=$top/.venv/bin/python
styles=$work/package/voices
commands=$top/src/malgwi/data/commands

never=$commands/metadata.csv
[ -z "$speech" ] || never="$never $speech/kathleen-en/metadata.csv $speech/real-samples/metadata.csv"
# shellcheck disable=SC2086
$malgwi "$here/sentences.py" "$work/texts" --never $never

clips() { awk "BEGIN {print int($1 * ${CLIPS:-1})}"; }
train=$work/texts/train.txt test=$work/texts/test.txt
$voices kokoro "$test" "$work/test/kokoro" --clips "$(clips 120)" --held-out --styles "$styles"
$voices piper "$test" "$work/test/joe" --clips "$(clips 60)" --held-out
for share in hibari:2500 pico:1600 flite:1000 espeak:420 festival:360; do
  $voices "${share%:*}" "$train" "$work/data/${share%:*}" --clips "$(clips "${share#*:}")"
done
$voices kokoro "$train" "$work/data/kokoro" --clips "$(clips 4000)" --styles "$styles"

data=$work/data
set -- "$data/kokoro=3" "$data/hibari=2" "$data/pico=1.5" "$data/flite=0.7" "$data/espeak=0.3" "$data/festival=0.4"
options="--workers ${WORKERS:-1} --batch-seconds ${BATCH_SECONDS:-24}"
# shellcheck disable=SC2086
$malgwi "$here/train.py" "$@" --minutes "$minutes" --work "$work/held-state" --output "$work/held" $options
made=$work/held
sets="kokoro-held=$work/test/kokoro joe=$work/test/joe commands-test=$commands:test"
if [ -n "$speech" ]; then
  # shellcheck disable=SC2086
  $malgwi "$here/train.py" "$@" "$speech/kathleen-en:train=3" --start "$work/held" --rate 1e-4 \
    --minutes "$(awk "BEGIN {print $minutes / 4}")" --work "$work/shipped-state" --output "$work/shipped" $options
  made="$made $work/shipped"
  sets="$sets librivox=$speech/real-samples@librivox cards=$speech/real-samples@cards kathleen-valid=$speech/kathleen-en:valid"
fi
# shellcheck disable=SC2086
$malgwi "$here/measure.py" starter $made --sets $sets
