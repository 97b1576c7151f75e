#!/usr/bin/env bash
# The accuracies of docs/results.md: a teacher and what is made of it by the original's configs, three seeds each.
#
#   Scripts/results-on-reviews.sh PROGRAM MODEL REVIEWS OUT [SEED ...]
#
# MODEL is a directory with all-MiniLM-L6-v2, REVIEWS one with train.tsv and dev.tsv in SST-2's layout. OUT gets a directory for each model and
# results.jsonl, a line each: seed, name, accuracy, bytes. What is in OUT already is not made again. About 30 minutes a seed on two cores.
set -euo pipefail

program=$1 model=$2 reviews=$3 out=$4
shift 4
configs=$(cd "$(dirname "$0")/../Tests/LatheCompressionTests/Resources/configs" && pwd)
[ $# -gt 0 ] || set -- 1 2 3
mkdir -p "$out"
results=$out/results.jsonl
data=(--task sst2 --train "$reviews/train.tsv" --dev "$reviews/dev.tsv" --max-length 64)

# record NAME: measures $directory as `lathe eval` does and adds a line.
record() {
    local accuracy
    accuracy=$("$program" eval --model "$directory" --task sst2 --data "$reviews/dev.tsv" --max-length 64 --json | tail -n 1 |
        sed -E 's/.*"accuracy":([0-9.eE+-]+).*/\1/')
    printf '{"seed":%s,"name":"%s","accuracy":%s,"bytes":%s}\n' "$seed" "$1" "$accuracy" "$(stat -c %s "$directory/model.safetensors")" | tee -a "$results"
}

# run NAME COMMAND...: makes the model NAME of this seed, unless it is there, and measures it.
run() {
    directory=$out/$1-$seed
    [ -e "$directory/done" ] && return
    "${@:2}" --out "$directory" --overwrite >"$out/$1-$seed.log" 2>&1 || { cat "$out/$1-$seed.log" >&2; exit 1; }
    record "$1"
    touch "$directory/done"
}

distil() {
    local epochs=$1 config=$2
    "$program" compress --config "$configs/$config.json" --distill one_stage "${data[@]}" --epochs "$epochs" --seed "$seed" "${@:3}"
}

# What the commands do that a starting config names.
starter() { "$program" compress --config "$out/$1-$seed.json" --distill one_stage "${data[@]}" --epochs 3 --seed "$seed" --model "$teacher" "${@:2}"; }

for seed in "$@"; do
    # The model of the last epoch teaches, whichever epoch was best.
    run teacher "$program" train --model "$model" "${data[@]}" --eval-steps 660 --seed "$seed"
    teacher=$out/teacher-$seed
    for config in w8a8_ptq w4a8_ptq w48a8_ptq; do
        run "$config" "$program" quantize --model "$teacher" --config "$configs/$config.json"
    done
    lkd=("$program" quantize --model "$teacher" --config "$configs/w48a8_lkd.json" --lkd --calibration "$reviews/train.tsv" --task sst2
        --max-length 64 --lkd-steps 200 --seed "$seed")
    run w48a8_lkd "${lkd[@]}"
    run w48a8_lkd_quantized_inputs "${lkd[@]}" --lkd-inputs quantized --lkd-learning-rate 5e-5
    run w48a8_lkd_searched_scales "${lkd[@]}" --lkd-inputs quantized --lkd-learning-rate 5e-5 --scales search
    run w2a8_kd_1e-4 distil 3 w2a8_kd --model "$teacher" --floats float16 --learning-rate 1e-4
    run w2a8_kd distil 3 w2a8_kd --model "$teacher" --floats float16
    run w1a8_kd distil 3 w1a8_kd --model "$teacher" --floats float16
    run row_pruning_topk50_kd distil 2 row_pruning_topk50_kd --model "$teacher"
    run head_pruning_topk50_kd distil 2 head_pruning_topk50_kd --model "$teacher"
    run head_pruning_magnitude distil 2 head_pruning_topk50_kd --model "$teacher" --scores magnitude
    for goal in int8 int4 1bit half-size pruned; do
        "$program" config init --goal "$goal" --model "$teacher" --out "$out/$goal-$seed.json" --overwrite >/dev/null
    done
    run starter_int8 "$program" quantize --model "$teacher" --config "$out/int8-$seed.json"
    run starter_int4 "$program" quantize --model "$teacher" --config "$out/int4-$seed.json" --scales search
    run starter_1bit starter 1bit --floats float16
    run starter_half-size starter half-size
    run starter_pruned starter pruned
    run w8a8_qat "$program" compress --config "$configs/w8a8_qat.json" "${data[@]}" --model "$teacher" --epochs 1 --seed "$seed"
    run w8a8_qat_distilled distil 1 w8a8_qat --model "$teacher"
    run layer_reduction_3 distil 3 layer_reduction_3 --model "$teacher"
    run layer_reduction_3_w1a8_kd distil 3 layer_reduction_3_w1a8_kd --model "$out/layer_reduction_3-$seed" --teacher "$teacher" --floats float16
done
