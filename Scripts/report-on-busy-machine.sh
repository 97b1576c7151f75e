#!/usr/bin/env bash
# Shows that a report's speed-ups do not depend on how busy the machine was during the runs: Scripts/report-on-busy-machine.sh PROGRAM [DIRECTORY]
#
# PROGRAM is a built `lathe`. Makes six runs on a small text classifier (train, quantize and compress) in DIRECTORY, a new temporary one unless named; while
# every second run goes on, other processes keep all processors busy. Then `lathe report --measure --json` times the models, and `lathe bench forward` times
# each in turn with the one that it came of. Exits with 1 if a speed-up of the report is not within 5% of the benchmark's.
#
# Takes less than a minute on two cores. Nothing else should run during the last part, in which times are taken. Needs python3 for the data and the comparison.
set -euo pipefail

program=$(realpath "${1:?usage: Scripts/report-on-busy-machine.sh PROGRAM [DIRECTORY]}")
work=${2:-}
if [[ -z $work ]]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
cd "$work"
processors=$(getconf _NPROCESSORS_ONLN)

# A BERT of four layers with random weights, its vocabulary, and sentences that are positive or negative.
mkdir -p start
python3 - <<'PYTHON'
import json, random

good, bad = "good great fun nice fine lovely".split(), "bad awful boring dull poor dreadful".split()
rest = "the a this that film story was is really very so quite and it plot cast".split()
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
with open("start/vocab.txt", "w") as file:
    file.write("\n".join(special + rest + good + bad) + "\n")
with open("start/config.json", "w") as file:
    json.dump({
        "architectures": ["BertForSequenceClassification"], "model_type": "bert", "vocab_size": len(special + rest + good + bad), "hidden_size": 256,
        "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 1024, "max_position_embeddings": 128, "type_vocab_size": 2,
        "hidden_act": "gelu", "layer_norm_eps": 1e-12,
    }, file)
for name, count, seed in [("train.tsv", 600, 1), ("dev.tsv", 300, 2)]:
    source = random.Random(seed)
    with open(name, "w") as file:
        file.write("sentence\tlabel\n")
        for _ in range(count):
            label = source.randrange(2)
            words = source.choices(rest, k=8) + source.choices(good if label else bad, k=1) + source.choices(good if not label else bad, k=source.randrange(2))
            source.shuffle(words)
            file.write(" ".join(words) + f"\t{label}\n")
PYTHON

hogs=()
hog() { for ((i = 0; i < processors; i++)); do (while :; do :; done) & hogs+=($!); done; }
rest() {
    for pid in "${hogs[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${hogs[@]}"; do wait "$pid" 2>/dev/null || true; done
    hogs=()
}
number=0
run() {
    number=$((number + 1))
    local state=idle
    if ((number % 2 == 0)); then
        state=busy
        hog
    fi
    "$program" "$@" >"$number.out" 2>&1 || { rest; cat "$number.out" >&2; exit 1; }
    rest
    echo "run $number ($state): lathe $1 to ${*: -1}"
}

task=(--task sst2 --dev dev.tsv)
learning=("${task[@]}" --train train.tsv --epochs 1 --batch 32)
for goal in int8 int4 1bit half-size pruned; do "$program" config init --goal $goal --model start --plain --out $goal.json >/dev/null 2>&1; done
run train --model start/config.json "${learning[@]}" --learning-rate 5e-4 --overwrite --out runs/teacher
run quantize --model runs/teacher --config int8.json "${task[@]}" --overwrite --out runs/int8
run quantize --model runs/teacher --config int4.json "${task[@]}" --overwrite --out runs/int4
run compress --model runs/teacher --config 1bit.json --distill one_stage "${learning[@]}" --overwrite --out runs/1bit
run compress --model runs/teacher --config half-size.json --distill one_stage "${learning[@]}" --overwrite --out runs/half
run compress --model runs/teacher --config pruned.json --distill one_stage "${learning[@]}" --overwrite --out runs/pruned

"$program" report runs --out page.html --overwrite --json | tail -n 1 >runs.json
"$program" report runs --measure --out page.html --overwrite --json | tail -n 1 >report.json
for name in int8 int4 1bit half pruned; do
    "$program" bench forward --model runs/teacher --model runs/$name --batch 8 --seq 128 --repeat 41 --json | tail -n 1 >"bench-$name.json"
done

python3 - <<'PYTHON'
import json, sys

def models(path):
    return {model["name"]: model for model in json.load(open(path))["models"]}

runs, measured, failed = models("runs.json"), models("report.json"), False
print(f"{'model':8} {'bench':>7} {'report --measure':>17} {'off':>6}   {'in its run':>10}   of times of two runs")
for name in ["int8", "int4", "1bit", "half", "pruned"]:
    bench = json.load(open(f"bench-{name}.json"))["models"][1]["speed_up"]
    report, own = measured[name]["speed_up"], runs[name].get("speed_up")
    assert report["than"] == "teacher", report
    difference = report["ratio"] / bench - 1
    failed |= abs(difference) > 0.05
    crossed = runs["teacher"]["milliseconds"] / runs[name]["milliseconds"]
    print(f"{name:8} {bench:7.2f} {report['ratio']:17.2f} {difference:6.1%}   {own['ratio'] if own else float('nan'):10.2f}   {crossed:.2f}")
print("FAILED: a speed-up is more than 5% off" if failed else "all speed-ups are within 5%")
sys.exit(failed)
PYTHON
