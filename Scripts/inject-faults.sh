#!/usr/bin/env bash
# Disturbs tiny runs in every way that machines know, and checks that nothing is lost and nothing is left half-written:
#     Scripts/inject-faults.sh PROGRAM [FAULTS]
#
# PROGRAM is a built `lathe`; 500 faults unless told otherwise. A fault is one of: killed at a random moment, killed as a file is being written, killed at a
# certain system call or that call failing (where strace is there), stopped by Ctrl-C or another polite signal, a second run into the same place, a full disk, a
# directory that cannot be written or read, checkpoints with shards cut, swapped or missing, too little memory, files that may not grow, and a file system without locks. Disturbed are
# train, compress, quantize, quantize --overwrite, quantize --lkd, export, augment and search. After each: exit code 1 with one message, or the work is done; what
# is in the output directory opens; what goes on ends with the very bytes of an undisturbed run, and no file is left beside them.
#
# The first violation ends the script with exit code 1 and says how to repeat it: FAULT_SEED=7 FAULT_ONLY=123 Scripts/inject-faults.sh PROGRAM.
# Full disks and directories that refuse need mount and setpriv, that is root in a container of its own; without, those faults are left out, and counted so.
set -euo pipefail

program=$(realpath "${1:?usage: Scripts/inject-faults.sh PROGRAM [FAULTS]}")
faults=${2:-500}
root=$(cd "$(dirname "$0")/.." && pwd)
seed=${FAULT_SEED:-$((RANDOM % 10000))}
work=$(mktemp -d)
declare -A counts=()

release() {
    cd /
    if mountpoint -q "$work/disk" 2>/dev/null; then umount "$work/disk"; fi
    rm -rf "$work"
}
trap release EXIT

milliseconds() { local now=${EPOCHREALTIME/[.,]/}; echo $((now / 1000)); }

pause() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }

fail() {
    echo "FAILED: $kind, $job, fault $fault: $*" >&2
    if [[ -s $work/output ]]; then tail -5 "$work/output" >&2; fi
    echo "repeat it: FAULT_SEED=$seed FAULT_ONLY=$fault $0 $program $faults" >&2
    exit 1
}

# The arguments of a job that writes into the directory $2: a few steps on the built-in digits, or on a BERT of two layers.
arguments_of() {
    local digits=(--task digits --batch 8 --log-steps 1 --checkpoint-steps 2)
    case $1 in
        train) arguments=(train --model resnet8 "${digits[@]}" --steps 12 --eval-steps 6) ;;
        compress) arguments=(compress --model "$work/digits" --config "$root/Examples/cifar-channels/config.json" "${digits[@]}" --steps 8) ;;
        quantize) arguments=(quantize --model "$work/digits" --config "$w8a8") ;;
        replace) arguments=(quantize --model "$work/digits" --config "$w8a8" --overwrite) ;;
        lkd) arguments=(quantize --model "$work/bert" --config "$bert_w8a8" --lkd --calibration random --lkd-steps 3 --lkd-batch 4) ;;
        export) arguments=(export --model "$work/bert" --format onnx) ;;
        augment) arguments=(augment --model "$work/words" --task sst2 --data "$work/train.tsv" --copies 3) ;;
        search) arguments=(search --model "$work/digits" --task digits --size 0.2x --rounds 0 --bits 8,4 --samples 16) ;;
    esac
    arguments+=(--out "$2$(file_of "$1")")
}

jobs=(train compress quantize replace lkd export augment search)
w8a8=$root/Examples/cifar-channels/w8a8.json bert_w8a8=$root/Examples/bert-w8a8/config.json

# What a job writes in its output directory, behind a slash; nothing where it is the directory.
file_of() {
    case $1 in
        export) echo /model.onnx ;;
        augment) echo /more.tsv ;;
        search) echo /config.json ;;
    esac
}

# What a job finds in its output directory. A file that is replaced was another one. Fails where there is no room for it.
prepare() {
    rm -rf "$2"
    if [[ $1 == replace ]]; then cp -r "$work/old" "$2" || return; fi
    if [[ -n $(file_of "$1") ]]; then mkdir "$2" && echo old >"$2$(file_of "$1")"; fi
}

# Begins the job in the background, behind the command in the arguments from the fourth on; `pid` is the process.
begin() {
    local job=$1 out=$2 resume=$3
    shift 3
    arguments_of "$job" "$out"
    if [[ -n $resume ]]; then arguments+=("$resume"); fi
    "$@" "$program" "${arguments[@]}" >"$work/output" 2>&1 &
    pid=$!
}

# The exit code of what runs.
ended() {
    code=0
    { wait "$pid"; } 2>/dev/null || code=$?
}

# One message, and no crash: exit code 1, and the last line begins as errors do.
check_message() {
    [[ $code == 1 ]] || fail "exit code $code, expected 1"
    [[ $(grep -c '^Error: ' "$work/output") == 1 ]] || fail "not one message"
}

# What opens now is whole: a model that was there, the new one, or the best so far of a run that goes on.
check_opens() {
    local out=$1 name
    name=$(file_of "$job")
    if [[ -n $name ]]; then
        cmp -s "$out$name" <(echo old) || cmp -s "$out$name" "$work/whole-$job$name" || fail "$name is neither the old one nor the new one"
        return
    fi
    [[ -e $out/model.safetensors ]] || return 0
    [[ -e $out/config.json ]] || fail "a model without config.json"
    if [[ $job == train ]]; then
        "$program" inspect "$out" >"$work/output" 2>&1 || fail "what is left does not open"
        return
    fi
    local file state=""
    for file in model.safetensors config.json; do
        if cmp -s "$out/$file" "$work/whole-$job/$file"; then state+=n
        elif [[ $job == replace ]] && cmp -s "$out/$file" "$work/old/$file"; then state+=o
        else fail "$file is neither the old one nor the new one"; fi
    done
    # Between two renames a new config.json stands beside the old weights: that must be refused, not misread.
    if [[ $state == on || $state == no ]]; then
        code=0
        "$program" eval --model "$out" --task digits >"$work/output" 2>&1 || code=$?
        check_message
    fi
}

# The log without what a clock measured.
timeless() { sed -E 's/,"(seconds|examples_per_second)":[^,}]*//g' "$1"; }

check_done() {
    local out=$1 file left
    local names=(/model.safetensors /config.json)
    if [[ -n $(file_of "$job") ]]; then names=("$(file_of "$job")"); fi
    for file in "${names[@]}"; do cmp -s "$work/whole-$job$file" "$out$file" || fail "$file differs from that of the undisturbed run"; done
    if [[ $job == train ]]; then diff <(timeless "$work/whole-train/training.jsonl") <(timeless "$out/training.jsonl") >&2 || fail "training.jsonl differs"; fi
    left=$(diff <(cd "$work/whole-$job" && find . | sort) <(cd "$out" && find . | sort) || true)
    [[ -z $left ]] || fail "other files than those of the undisturbed run: $left"
}

# Lets the job come to its end in $1, and compares.
finish() {
    local out=$1 resume=""
    if [[ $job == train || $job == compress || $job == lkd ]]; then resume=--resume; fi
    begin "$job" "$out" "$resume"
    ended
    if [[ $code != 0 ]]; then
        # A job that was done, all but telling so.
        grep -qE 'finished already|holds a model' "$work/output" || fail "it does not go on: exit code $code"
        check_message
    fi
    check_done "$out"
}

# MARK: Faults

# Kills the job, looks at what is left, and lets it go on.
kill_and_finish() {
    kill -KILL "$pid" 2>/dev/null || true
    ended
    [[ $code == 137 || $code == 0 ]] || fail "exit code $code"
    check_opens "$1"
    finish "$1"
}

killed_at_random() {
    local out=$work/out
    prepare "$job" "$out"
    begin "$job" "$out" ""
    pause $((RANDOM % (${durations[$job]} + 10)))
    kill_and_finish "$out"
}

# Waits until a file with a temporary name appears, the first one or a later one.
killed_while_writing() {
    local out=$work/out skipped=$((RANDOM % 3))
    prepare "$job" "$out"
    begin "$job" "$out" ""
    while kill -0 "$pid" 2>/dev/null; do
        if compgen -G "$out/.lathe-*.tmp" >/dev/null || compgen -G "$out/*/.lathe-*.tmp" >/dev/null; then
            if ((skipped == 0)); then break; fi
            skipped=$((skipped - 1))
        fi
    done
    kill_and_finish "$out"
}

# Ctrl-C and its like at a random moment. Training says how to continue; what is shorter just ends.
interrupted() {
    local out=$work/out signals=(INT TERM HUP) signal
    signal=${signals[$((RANDOM % 3))]}
    prepare "$job" "$out"
    # Bash lets background jobs ignore Ctrl-C unless it manages jobs.
    set -m
    begin "$job" "$out" ""
    set +m
    pause $((RANDOM % (${durations[$job]} + 10)))
    kill "-$signal" "$pid" 2>/dev/null || true
    ended
    if [[ $code == 1 ]]; then
        if grep -q '^Error: ' "$work/output"; then fail "a stop that was asked for is no error"; fi
        grep -qE '^  lathe (train|compress) --resume --out |^Stopped before the first step' "$work/output" || fail "no word on how to continue"
    else
        [[ $code == 0 || $code == $((128 + $(kill -l "$signal"))) ]] || fail "$signal: exit code $code"
    fi
    check_opens "$out"
    finish "$out"
}

# Whether a run holds the lock there: a file that is empty still is one that nobody has locked yet.
is_locked() {
    local file
    for file in "$1"/.lathe-*lock; do [[ -s $file ]] && return; done
    return 1
}

# Another run into the same place is told so, and the first never notices.
second_run() {
    local out=$work/out first options=("") code
    case $job in
        train | compress) options+=(--resume --overwrite) ;;
        quantize) options+=(--overwrite) ;;
        lkd) options+=(--resume --overwrite) ;;
    esac
    prepare "$job" "$out"
    begin "$job" "$out" ""
    first=$pid
    while kill -0 "$first" 2>/dev/null && ! is_locked "$out"; do :; done
    kill -STOP "$first" 2>/dev/null || true
    # It stops a moment later.
    while [[ $(ps -o state= -p "$first" 2>/dev/null || true) == [RSD]* ]]; do :; done
    # One that had come to its end before is no second run.
    if is_locked "$out"; then
        begin "$job" "$out" "${options[$((RANDOM % ${#options[@]}))]}"
        ended
        check_message
        grep -qE 'another run is writing .*wait for it' "$work/output" || fail "the message does not tell of the other run"
    fi
    kill -CONT "$first" 2>/dev/null || true
    pid=$first
    ended
    [[ $code == 0 ]] || fail "the first run: exit code $code"
    check_done "$out"
}

# A file system that refuses locks is no reason to stop.
without_locks() {
    local out=$work/out
    prepare "$job" "$out"
    begin "$job" "$out" "" strace -f -qq -o "$work/trace" -e trace=flock -e inject=flock:error=ENOLCK
    ended
    [[ $code == 0 ]] || fail "exit code $code"
    check_done "$out"
}

# The n-th call that changes the file system is the last one of the process, or fails.
at_a_call() {
    local out=$work/out calls=(renameat fsync mkdir unlinkat write pwrite64 ftruncate) errors=(ENOSPC EIO EDQUOT) call when what
    call=${calls[$((RANDOM % ${#calls[@]}))]} when=$((1 + RANDOM % 12))
    what=$([[ $1 == kill ]] && echo signal=KILL || echo "error=${errors[$((RANDOM % 3))]}")
    prepare "$job" "$out"
    fault_text="$call $when $what"
    begin "$job" "$out" "" strace -f -qq -o "$work/trace" -e trace="$call" -e inject="$call:$what:when=$when"
    ended
    if [[ $1 == kill ]]; then
        [[ $code == 137 || $code == 0 ]] || fail "$fault_text: exit code $code"
    elif [[ $code != 0 ]]; then
        # What cannot be written to a terminal cannot be told either.
        [[ $code == 1 ]] || fail "$fault_text: exit code $code, expected 1"
    fi
    check_opens "$out"
    finish "$out"
}

mounted() { mountpoint -q "$work/disk"; }

full_disk() {
    local disk=$work/disk need=${sizes[$job]} out=$work/disk/out
    mkdir -p "$disk"
    if mounted; then umount "$disk"; fi
    mount -t tmpfs -o "size=$((4096 + RANDOM * (need / 32768 + 1) % (need + 65536)))" none "$disk"
    prepare "$job" "$out" 2>/dev/null || return 0
    begin "$job" "$out" ""
    ended
    if [[ $code != 0 ]]; then
        check_message
        grep -qiE 'no space|full' "$work/output" || fail "the message does not tell that the disk is full"
    fi
    [[ -z $(find "$disk" -name '.lathe-*') ]] || fail "temporary files are left"
    check_opens "$out"
    mount -o "remount,size=$((need * 4 + 1048576))" "$disk"
    finish "$out"
    umount "$disk"
}

refused() {
    local out=$work/disk/out before
    mkdir -p "$work/disk"
    if mounted; then umount "$work/disk"; fi
    mount -t tmpfs -o size=64m none "$work/disk"
    case $((RANDOM % 3)) in
        0) # Nothing can be written.
            prepare "$job" "$out"
            mount -o remount,ro "$work/disk"
            begin "$job" "$out" ""
            ended
            check_message
            mount -o remount,rw "$work/disk"
            ;;
        1) # Another's directory.
            mkdir "$work/disk/own"
            out=$work/disk/own/out
            prepare "$job" "$out"
            chmod 755 "$work"
            begin "$job" "$out" "" setpriv --reuid=65534 --regid=65534 --clear-groups
            ended
            check_message
            ;;
        2) # A model that cannot be read.
            cp -r "$work/digits" "$work/disk/digits"
            chmod 000 "$work/disk/digits/model.safetensors"
            chmod 777 "$work/disk"
            chmod 755 "$work"
            setpriv --reuid=65534 --regid=65534 --clear-groups "$program" quantize --model "$work/disk/digits" --config "$w8a8" --out "$out" \
                >"$work/output" 2>&1 &
            pid=$!
            ended
            check_message
            [[ ! -e $out ]] || fail "an output directory for a model that cannot be read"
            prepare "$job" "$out"
            ;;
    esac
    check_opens "$out"
    finish "$out"
    umount "$work/disk"
}

damaged_shards() {
    local model=$work/shards out=$work/out shards size place
    job=lkd
    rm -rf "$model" "$out"
    cp -r "$root/Tests/LatheModelsTests/Resources/pretrained/bert-classifier-sharded" "$model"
    shards=("$model"/model-*.safetensors)
    place=${shards[$((RANDOM % ${#shards[@]}))]}
    size=$(stat -c %s "$place")
    case $((RANDOM % 4)) in
        0) truncate -s $((RANDOM % size)) "$place" ;;
        1) mv "${shards[0]}" "$model/x" && mv "${shards[1]}" "${shards[0]}" && mv "$model/x" "${shards[1]}" ;;
        2) rm "$place" ;;
        3) head -c $((1 + RANDOM % 4096)) /dev/urandom >>"$place" ;;
    esac
    "$program" quantize --model "$model" --config "$bert_w8a8" --out "$out" >"$work/output" 2>&1 &
    pid=$!
    ended
    check_message
    grep -q "$model" "$work/output" || fail "the message does not name the file"
    [[ ! -e $out ]] || fail "an output directory for a damaged model"
}

little_memory() {
    local out=$work/out
    prepare "$job" "$out"
    begin "$job" "$out" "" bash -c "ulimit -v $((floor + RANDOM % (ceiling - floor))); exec \"\$@\"" limited
    ended
    if [[ $code != 0 ]]; then
        check_message
        grep -qiE 'memory|threads' "$work/output" || fail "the message does not tell that memory is short"
    fi
    check_opens "$out"
    finish "$out"
}

# A limit of the size of files: the write that goes beyond it fails.
small_files() {
    local out=$work/out
    prepare "$job" "$out"
    begin "$job" "$out" "" bash -c "ulimit -f $((1 + RANDOM % (${sizes[$job]} / 1024))); exec \"\$@\"" limited
    ended
    if [[ $code != 0 ]]; then
        check_message
        grep -qi 'too large' "$work/output" || fail "the message does not tell that a file is too large"
    fi
    check_opens "$out"
    finish "$out"
}

# MARK: The undisturbed runs

kind=setup job=none fault=0
"$program" train --model resnet8 --task digits --steps 4 --batch 8 --out "$work/digits" >"$work/output" 2>&1 || fail "the model to begin with"
rm -f "$work/digits/training.jsonl"
mkdir "$work/bert"
cp "$root"/Tests/LatheModelsTests/Resources/pretrained/bert-classifier/{config.json,model.safetensors} "$work/bert"
sed 's/"start_bits": 8, "target_bits": 8/"start_bits": 4, "target_bits": 4/' "$w8a8" >"$work/w4a8.json"
mkdir "$work/words"
cp "$root"/Tests/LatheModelsTests/Resources/pretrained/bert-masked-lm/{config.json,model.safetensors} "$work/words"
vocabulary=('[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' film movie story actor scene music plot good bad great awful slow fast long short dull the is {a..z})
printf '%s\n' "${vocabulary[@]}" >"$work/words/vocab.txt"
printf 'sentence\tlabel\n' >"$work/train.tsv"
for ((row = 0; row < 8; row++)); do printf 'the film is good great slow music story\t1\nthe movie is bad dull scene plot actor\t0\n'; done >>"$work/train.tsv"
"$program" quantize --model "$work/digits" --config "$work/w4a8.json" --out "$work/old" >"$work/output" 2>&1 || fail "the model to replace"
declare -A durations=() sizes=()
for job in "${jobs[@]}"; do
    prepare "$job" "$work/whole-$job"
    start=$(milliseconds)
    begin "$job" "$work/whole-$job" ""
    ended
    [[ $code == 0 ]] || fail "the undisturbed run"
    durations[$job]=$(($(milliseconds) - start))
    # Rounded: records and logs tell times, and differ by bytes from run to run.
    sizes[$job]=$(($(du -sb "$work/whole-$job" | cut -f1) / 16384 * 16384 + 16384))
done
echo "undisturbed: $(for job in "${jobs[@]}"; do printf '%s %d ms, ' "$job" "${durations[$job]}"; done)seed $seed"

# Limits of address space, in KiB: from where the program starts at all to where a job runs.
floor=0 ceiling=0
job=train
for ((limit = 32768; limit <= 8388608; limit += limit / 16)); do
    if ((floor == 0)) && (ulimit -v "$limit" && exec "$program" info) >/dev/null 2>&1; then floor=$limit; fi
    if ((floor > 0)); then
        prepare "$job" "$work/out"
        arguments_of "$job" "$work/out"
        if (ulimit -v "$limit" && exec "$program" "${arguments[@]}") >/dev/null 2>&1; then ceiling=$limit; break; fi
    fi
done
((ceiling > floor)) || fail "no limit of memory lets the program run"

kinds=(killed_at_random killed_while_writing interrupted second_run full_disk refused damaged_shards little_memory small_files)
if command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null; then
    kinds+=("at_a_call kill" "at_a_call error" "at_a_call kill" "at_a_call error" without_locks)
fi
mkdir -p "$work/disk"
if mount -t tmpfs -o size=64k none "$work/disk" 2>/dev/null; then umount "$work/disk"; canMount=1; else canMount=0; fi

# MARK: The disturbed ones

for ((fault = 1; fault <= faults; fault++)); do
    if [[ -n ${FAULT_ONLY:-} && $fault != "$FAULT_ONLY" ]]; then continue; fi
    RANDOM=$(((seed * 7919 + fault * 31) % 32768))
    kind=${kinds[$((RANDOM % ${#kinds[@]}))]}
    job=${jobs[$((RANDOM % ${#jobs[@]}))]}
    if [[ $canMount == 0 && ($kind == full_disk || $kind == refused) ]]; then
        counts["$kind, left out"]=$((${counts["$kind, left out"]:-0} + 1))
        continue
    fi
    $kind
    counts[$kind]=$((${counts[$kind]:-0} + 1))
    if ((fault % 50 == 0)); then echo "$fault faults"; fi
done
for kind in "${!counts[@]}"; do echo "${kind//_/ }: ${counts[$kind]}"; done | sort
echo "$faults faults, nothing lost"
