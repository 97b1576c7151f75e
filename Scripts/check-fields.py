#!/usr/bin/env python3
"""Changes the fields of tiny models' files one at a time, and compares what Lathe makes of each with transformers and sentence-transformers.

    python3 -m venv VENV && VENV/bin/pip install torch transformers==5.24.0 sentence-transformers==6.2.0
    VENV/bin/python Scripts/check-fields.py --lathe .build/release/lathe

Every field that the configuration classes have, and every field of the files, gets several values of the right and of the wrong kind. For each value one
of these has to hold:

    same         the result is Python's, and the field is still there in a model that `lathe quantize` saves
    kept         Python refuses the value, Lathe has no use for the field, and the field is still there
    lenient      Python refuses the value for its type, and Lathe reads it as the number that it is, or null as an absent field
    named        Lathe refuses the model with a message that names the field
    noted        Python refuses it, and Lathe says in a note what it makes of the field
    cut          Python fails on a text that is longer than the model's positions, and Lathe cuts it
    refused      Lathe and Python both refuse the model

Anything else is WRONG: it is printed, and the exit code is 1. Needs no network; about ten minutes on one core.
"""
import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="critical", OMP_NUM_THREADS="1", LATHE_THREADS="1")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import field_models as models
import field_values as values

ABSENT = values.ABSENT


notes = []


def lathe(program, *arguments):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    notes[:] = [line for line in result.stderr.splitlines() if line.startswith("note:")]
    if result.returncode != 0:
        raise models.Refusal(result.stderr.strip() or result.stdout.strip() or f"exit code {result.returncode}")
    return result.stdout


def attempt(function, *arguments):
    """The result of a call, or the Refusal that says why there is none."""
    try:
        return function(*arguments)
    except Exception as error:  # Python's libraries refuse files with exceptions of any kind.
        return error if isinstance(error, models.Refusal) else models.Refusal(f"{type(error).__name__}: {error}")


def edited(directory, file, key, value):
    """Changes a field of a JSON file of the model; `key` is a list of keys and indices."""
    path = directory / file
    root = json.loads(path.read_text()) if path.exists() else {}
    place = root
    for step in key[:-1]:
        place = place[step]
    if value is ABSENT:
        if isinstance(place, dict):
            place.pop(key[-1], None)
    else:
        place[key[-1]] = value
    path.write_text(json.dumps(root))


def survives(saved, file, key, value, aliases):
    """Whether the field of a saved model means what it did."""
    if value is ABSENT or value is None:
        return True
    path = saved / file
    if not path.exists():
        return False
    place = json.loads(path.read_text())
    try:
        for step in key[:-1]:
            place = place[step]
        last = key[-1]
        if isinstance(place, dict) and last not in place:
            last = aliases.get(last, last)
        found = place[last]
    except (KeyError, IndexError, TypeError):
        return False
    if isinstance(value, float) and isinstance(found, (int, float)):
        return abs(found - value) <= 1e-6 * max(abs(value), 1e-30)
    return found == value


class Check:
    """One family's model with one way of running it."""

    def __init__(self, program, probe, place):
        self.program, self.probe, self.place = program, probe, place
        self.base = place / "base"
        self.base.mkdir(parents=True)
        probe.make(self.base)
        self.python, self.lathe = probe.python(self.base, {}), probe.lathe(lambda *a: lathe(program, *a), self.base, {})
        if not models.equal(self.python, self.lathe):
            sys.exit(f"{probe.name}: the model as it is differs already\npython: {self.python}\nlathe:  {self.lathe}")

    def outcome(self, file, key, value):
        """The kind of outcome of a change, and what to print about it."""
        directory = self.place / "changed"
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(self.base, directory)
        edited(directory, file, key, value)
        change = {key[0]: value} if file == "generation_config.json" else {}
        python = attempt(self.probe.python, directory, change)
        ours = attempt(self.probe.lathe, lambda *a: lathe(self.program, *a), directory, change)
        told = list(notes)
        name = next(step for step in reversed(key) if isinstance(step, str))
        if isinstance(ours, models.Refusal):
            if name in str(ours):
                return "named", ours
            if isinstance(python, models.Refusal):
                return "refused", f"{ours}\n         python: {python}"
            return "WRONG", f"refused without the field's name: {ours}"
        saved = self.place / "saved"
        shutil.rmtree(saved, ignore_errors=True)
        kept = attempt(lathe, self.program, "quantize", "--model", directory, "--out", saved)
        if isinstance(kept, models.Refusal) and name in str(kept):
            return "named", kept
        keeps = not isinstance(kept, models.Refusal) and (key[-1] in values.REWRITTEN or survives(saved, file, key, value, self.probe.aliases))
        if isinstance(python, models.Refusal):
            if any(name in note for note in told):
                return "noted", told
            if keeps and any(text in str(python) for text in ("out of bounds", "out of range", "size of tensor")):
                return "cut", python
            if models.equal(ours, self.lathe):
                return ("kept", python) if keeps else ("WRONG", f"Python refuses it ({python}), and it is lost in saving: {kept}")
            return self.lenient(file, key, value, ours, python)
        is_narrow = value in ("float16", "bfloat16")
        if not models.equal(python, ours, is_narrow):
            return "WRONG", models.difference(python, ours, is_narrow)
        if not keeps:
            return "WRONG", f"lost in saving: {kept}"
        return ("same", "changed" if not models.equal(python, self.python) else "")

    def lenient(self, file, key, value, ours, python):
        """Whether a value that Python refuses for its type is read as the same number of the right type, or null as nothing."""
        for other in ([ABSENT] if value is None else []) + ([float(value)] if isinstance(value, int) else []) + ([int(value)] if isinstance(value, float) and value == int(value) else []):
            directory = self.place / "coerced"
            shutil.rmtree(directory, ignore_errors=True)
            shutil.copytree(self.base, directory)
            edited(directory, file, key, other)
            if models.equal(attempt(self.probe.python, directory, {}), ours):
                return "lenient", python
        return "WRONG", f"Python refuses it, and Lathe does not: {python}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lathe", required=True, help="the program")
    parser.add_argument("--probe", action="append", help="only these ways of running a model")
    parser.add_argument("--file", help="only this file")
    parser.add_argument("--field", action="append", help="only these fields")
    parser.add_argument("--verbose", action="store_true", help="print every value and its outcome")
    options = parser.parse_args()
    program = os.path.abspath(options.lathe)
    counts, wrong, fields = collections.Counter(), 0, set()
    with tempfile.TemporaryDirectory() as place:
        for probe in models.PROBES:
            if options.probe and probe.name not in options.probe:
                continue
            check = Check(program, probe, Path(place) / probe.name)
            for file, key, value in values.changes(probe, check.base):
                if (options.file and file != options.file) or (options.field and str(key[-1]) not in options.field):
                    continue
                kind, detail = check.outcome(file, key, value)
                fields.add((probe.name, file, tuple(key)))
                counts[kind] += 1
                if kind == "WRONG" or options.verbose:
                    path = ".".join(map(str, key))
                    print(f"{kind:8} {probe.name} {file}: {path} = {'(absent)' if value is ABSENT else json.dumps(value)}")
                    if detail:
                        print(f"         {str(detail)[:400]}", flush=True)
    print(f"{len(fields)} fields, {sum(counts.values())} values: " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    sys.exit(1 if counts["WRONG"] else 0)


if __name__ == "__main__":
    main()
