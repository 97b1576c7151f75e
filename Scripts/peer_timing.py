"""What the scripts that time Lathe compared with other tools share."""
import json, statistics, subprocess, time


def milliseconds(run, repeats):
    """The times of `repeats` calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def run_lathe(*command):
    """The JSON object that a command prints."""
    command = [*map(str, command), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def lathe(program, *arguments):
    """The median that `lathe bench` measures, in milliseconds."""
    return run_lathe(program, "bench", *arguments)["median_ms"]


def compare(title, peers, ours, base, rounds, repeats):
    """Times `peers` (name -> callable) and `ours` (name -> arguments of bench, with the program) in turn, and prints a table."""
    times = {name: [] for name in [*peers, *ours]}
    for run in peers.values():
        run()
    for _ in range(rounds):
        for name, run in peers.items():
            times[name] += milliseconds(run, repeats)
        for name, arguments in ours.items():
            times[name].append(lathe(*arguments, "--repeat", repeats))
    print(f"\n{title}")
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, ms in sorted(medians.items(), key=lambda item: item[1]):
        spread = f"{min(times[name]):.1f} to {max(times[name]):.1f}"
        print(f"  {name:30s} {ms:9.1f} ms  ({spread:>18s})  {ms / medians[base]:6.2f} of {base}")
