#!/usr/bin/env bash
# Kills training runs at random moments, resumes them, and compares what they leave with a run that nobody disturbed:
#     Scripts/kill-and-resume.sh PROGRAM [ROUNDS [TRAINING OPTIONS…]]
#
# PROGRAM is a built `lathe`. Without options, a small residual network learns the built-in digits. Compared byte for byte: model.safetensors, config.json, and
# training.jsonl and lathe.json without what a clock measured and, of the latter, the command. One more run is stopped with Ctrl-C. Exits with 1 on any
# difference; RANDOM_SEED repeats the moments.
set -euo pipefail

program=${1:?usage: Scripts/kill-and-resume.sh PROGRAM [ROUNDS [TRAINING OPTIONS…]]}
rounds=${2:-5}
shift $(($# < 2 ? $# : 2))
options=("$@")
if [[ ${#options[@]} == 0 ]]; then
    options=(--model resnet8 --task digits --steps 400 --batch 32 --eval-steps 40 --log-steps 1 --checkpoint-steps 7)
fi
RANDOM=${RANDOM_SEED:-$$}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

milliseconds() { local now=${EPOCHREALTIME/[.,]/}; echo $((now / 1000)); }

fail() { echo "FAILED: $*" >&2; exit 1; }

# The log without what a clock measured.
timeless() { sed -E 's/,"(seconds|examples_per_second)":[^,}]*//g' "$1/training.jsonl"; }

# The record without that and without the command, which resumed runs have otherwise.
record() { sed -E '/"command" : \[/,/\]/d; /"(seconds|date)" :/d' "$1/lathe.json"; }

compare() {
    local file
    for file in model.safetensors config.json; do
        cmp "$work/whole/$file" "$1/$file" || fail "$2: $file differs from that of the undisturbed run"
    done
    diff <(timeless "$work/whole") <(timeless "$1") >&2 || fail "$2: training.jsonl differs from that of the undisturbed run"
    diff <(record "$work/whole") <(record "$1") >&2 || fail "$2: lathe.json differs from that of the undisturbed run"
    [[ -z $(find "$1" -name '.lathe-*' -o -name 'checkpoint.safetensors') ]] || fail "$2: left behind: $(ls -A "$1")"
}

# Begins training into $1 in the background, with the options behind it; `pid` is the process then.
begin() {
    local out=$1
    shift
    "$program" train "${options[@]}" --out "$out" "$@" >"$work/output" 2>&1 &
    pid=$!
}

pause() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }

start=$(milliseconds)
begin "$work/whole"
wait "$pid" || { cat "$work/output" >&2; fail "the undisturbed run"; }
duration=$(($(milliseconds) - start))
echo "undisturbed: $duration ms"

for ((round = 1; round <= rounds; round++)); do
    out=$work/round-$round
    kills=0
    begin "$out"
    while true; do
        pause $((RANDOM % (duration * 2 / 3 + 20)))
        if kill -KILL "$pid" 2>/dev/null; then kills=$((kills + 1)); fi
        code=0
        { wait "$pid"; } 2>/dev/null || code=$?
        [[ $code == 0 ]] && break
        if [[ $code != 137 ]]; then
            # A process that was killed behind its last line is finished, and says so.
            grep -q 'finished already' "$work/output" && break
            cat "$work/output" >&2
            fail "round $round: exit code $code"
        fi
        # Beyond a few kills let it come to its end, or a slow machine never does.
        begin "$out" --resume
        if ((kills >= 12)); then
            code=0
            wait "$pid" || code=$?
            [[ $code == 0 ]] || grep -q 'finished already' "$work/output" || { cat "$work/output" >&2; fail "round $round: exit code $code"; }
            break
        fi
    done
    compare "$out" "round $round"
    echo "round $round: killed $kills times, same bytes"
done

# Ctrl-C. Bash lets background jobs ignore it unless it manages jobs.
out=$work/interrupted
set -m
begin "$out"
set +m
for ((tries = 0; tries < 200; tries++)); do
    [[ -e $out/training.jsonl ]] && break
    pause 10
done
kill -INT "$pid"
code=0
wait "$pid" || code=$?
[[ $code == 1 ]] || { cat "$work/output" >&2; fail "Ctrl-C: exit code $code, expected 1"; }
grep -q -- "lathe train --resume --out $out" "$work/output" || { cat "$work/output" >&2; fail "Ctrl-C: no word on how to go on"; }
stopped=$(grep -o 'Stopped after step [0-9]*' "$work/output")
"$program" train --resume --out "$out" >"$work/output" 2>&1 || { cat "$work/output" >&2; fail "Ctrl-C: the resumed run"; }
compare "$out" "Ctrl-C"
echo "Ctrl-C: $stopped, resumed to the same bytes"
