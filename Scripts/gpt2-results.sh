#!/usr/bin/env bash
# The figures of docs/language-models.md: a small GPT-2 trained on manual pages, quantised, and distilled into 10 of its 12 layers.
#
#   Scripts/gpt2-results.sh PROGRAM OUT [SEED ...]
#
# The text is the prose of /usr/share/man, sections 2 to 8: lines of 40 characters and more, each once; of every 25th page for measuring. The tokenizer needs
# `pip install tokenizers` (PYTHON names the interpreter). OUT gets a directory for each model and results.jsonl; what is there is not made again, a training
# run that was stopped goes on, and with PIECE=SECONDS one that takes longer is stopped to go on at the next call (exit code 75). Then come the tables.
set -euo pipefail

program=$1 out=$2
shift 2
[ $# -gt 0 ] || set -- 1 2 3
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../Examples
mkdir -p "$out/start"
results=$out/results.jsonl
touch "$results"

# The prose of roff on stdin; form feeds between pages stay.
prose() {
    LC_ALL=C sed -E -e '/^\f$/b' -e "/^[.']/d" \
        -e 's/\\f(\([A-Z]{2}|\[[A-Z]*\]|.)//g; s/\\\*\([A-Z]+"?//g; s/\\-/-/g; s/\\[&|^:c]//g; s/\\e/\\/g; s/\\\(aq/'"'"'/g; s/\\\(..//g; s/\\s-?[0-9]//g; s/ +/ /g'
}

if [ ! -e "$out/text.tokens" ]; then
    find /usr/share/man/man[2-8] -name '*.gz' -type f | LC_ALL=C sort | while read -r page; do
        printf '\f\n'
        gzip -dc "$page"
    done | prose | LC_ALL=C awk -v out="$out" '
        /^\f$/ { page++; next }
        length($0) < 40 || /[^ -~]/ || !/^[A-Za-z]/ || seen[$0]++ { next }
        { print > (out (page % 25 == 0 ? "/dev.txt" : "/text.txt")) }'
    "${PYTHON:-python3}" "$here/train-tokenizer.py" "$out/text.txt" 2048 "$out/start"
    cat >"$out/start/config.json" <<END
{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": 2048, "n_positions": 128, "n_embd": 128, "n_layer": 12, "n_head": 4,
 "embd_pdrop": 0, "resid_pdrop": 0, "attn_pdrop": 0, "bos_token_id": 0, "eos_token_id": 0}
END
    "$program" tokenize --model "$out/start" --data "$out/dev.txt" --out "$out/dev.tokens"
    "$program" tokenize --model "$out/start" --data "$out/text.txt" --out "$out/text.tokens"
fi
text=(--task lm --train "$out/text.tokens" --dev "$out/dev.tokens")
training=(--batch 16 --schedule cosine --precision bf16 --eval-steps 1000000)

# record NAME: measures $directory on the held-back text and adds a line.
record() {
    local perplexity
    perplexity=$("$program" eval --model "$directory" --task lm --data "$out/dev.tokens" --stride 64 --json | tail -n 1 |
        sed -E 's/.*"perplexity":([0-9.eE+-]+).*/\1/')
    printf '{"seed":%s,"name":"%s","perplexity":%s,"bytes":%s}\n' "$seed" "$1" "$perplexity" "$(wc -c <"$directory/model.safetensors")" | tee -a "$results"
}

# run NAME COMMAND...: makes the model NAME of this seed, unless it is there, and measures it.
run() {
    directory=$out/$1-$seed
    [ -e "$directory/done" ] && return
    "${@:2}" --out "$directory" --overwrite >"$out/$1-$seed.log" 2>&1
    record "$1"
    touch "$directory/done"
}

# train NAME ARGUMENTS...: the same for a training run, which may take several calls of this script.
train() {
    directory=$out/$1-$seed
    [ -e "$directory/done" ] && return
    local start=()
    [ -e "$directory/checkpoint.safetensors" ] && start=(--resume)
    local code=0
    timeout --signal=INT "${PIECE:-infinity}" "$program" train "${text[@]}" "${training[@]}" "${@:2}" --seed "$seed" --out "$directory" "${start[@]}" \
        >>"$out/$1-$seed.log" 2>&1 || code=$?
    if [ -e "$directory/checkpoint.safetensors" ]; then exit 75; fi
    [ "$code" = 0 ] || { tail -n 3 "$out/$1-$seed.log" >&2; exit "$code"; }
    record "$1"
    touch "$directory/done"
}

for seed in "$@"; do
    train teacher --model "$out/start/config.json" --epochs 3 --learning-rate 2e-3
    teacher=$out/teacher-$seed
    for bits in w8a8 w48a8; do
        config=$examples/gpt2-distilled/$bits.json
        run "$bits-fake" "$program" quantize --model "$teacher" --config "$config" --no-pack
        run "$bits" "$program" quantize --model "$teacher" --config "$config"
    done
    # The table of words in 8 bits too, which is the output layer's.
    for goal in int8 int4; do
        "$program" config init --goal "$goal" --model "$teacher" --out "$out/$goal-$seed.json" --overwrite >/dev/null
        scales=original
        [ "$goal" = int4 ] && scales=search
        run "starter-$goal" "$program" quantize --model "$teacher" --config "$out/$goal-$seed.json" --scales "$scales"
    done
    run w48a8-lkd "$program" quantize --model "$teacher" --config "$examples/gpt2-distilled/w48a8.json" --lkd --calibration "$out/text.tokens" \
        --lkd-inputs quantized --lkd-learning-rate 5e-5 --lkd-batch 16

    student=(--distill --teacher "$teacher" --student-layers 10 --steps 300 --learning-rate 1e-3)
    # Begun alike: with no share of the steps for the teacher, labels teach alone.
    train student-alone "${student[@]}" --kd-stop 0
    train student-staged "${student[@]}" --kd-stop 0.6
    train student "${student[@]}"
    run student-w8a8 "$program" quantize --model "$out/student-$seed" --config "$examples/gpt2-distilled/w8a8.json"
    run student-w8a8-trained "$program" compress "${text[@]}" --model "$out/student-$seed" --teacher "$teacher" --config "$examples/gpt2-distilled/w8a8.json" \
        --batch 16 --steps 100 --learning-rate 1e-4 --schedule cosine --precision bf16 --eval-steps 1000000 --seed "$seed"
done

# Rows of the tables: means over seeds, the change from the teacher, the spread.
awk -F'[:,"}]+' -v seeds=" $* " '
    index(seeds, " " $3 " ") == 0 { next }
    {
        value[$5, $3] = $7; seen[$3] = 1; size[$5] = $9
        if (!($5 in order)) { order[$5] = ++count; names[count] = $5 }
    }
    END {
        printf "| model | perplexity | beside the teacher | largest difference of seeds | bytes |\n| --- | --- | --- | --- | --- |\n"
        for (i = 1; i <= count; i++) {
            name = names[i]; sum = ratio = n = 0; low = 1e30; high = 0
            for (seed in seen) if ((name, seed) in value) {
                x = value[name, seed]; sum += x; ratio += x / value["teacher", seed]; n++
                if (x < low) low = x
                if (x > high) high = x
            }
            printf "| %s | %.3f | %+.2f%% | %.2f | %d |\n", name, sum / n, (ratio / n - 1) * 100, high - low, size[name]
        }
    }' "$results"
