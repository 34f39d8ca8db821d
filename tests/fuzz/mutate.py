#!/usr/bin/env python3
"""Deletes, doubles and swaps lines and tokens of real files and runs check, explain and eval on what comes out. Prints
every run that ends in anything but 0, 1 or 2, or takes too long, and keeps its input. Best with a sanitizer build.

    tests/fuzz/mutate.py build-asan/bin/shapelint SECONDS SEED OUTPUT_FOLDER FILE...
"""
import os
import random
import re
import subprocess
import sys
import time

# A sanitizer's report would else end the program with 1, as findings do.
REPORTS = {name: "exitcode=99" for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")}

TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


def mutated(text, other, rng):
    for _ in range(rng.randint(1, 6)):
        by_line = rng.random() < 0.4
        parts = text.splitlines(keepends=True) if by_line else TOKEN.findall(text)
        if len(parts) < 3:
            return text
        i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
        kind = rng.random()
        if kind < 0.3:
            del parts[i]
        elif kind < 0.5:
            parts.insert(j, parts[i])
        elif kind < 0.8:
            parts[i], parts[j] = parts[j], parts[i]
        elif by_line:
            parts.insert(i, rng.choice(other.splitlines(keepends=True) or ["\n"]))
        else:
            parts[i] = rng.choice(["0", "-1", "None", "[]", "()", "10**9", ":", "...", "y_true", "self", "(", ")", "*", "="])
        text = "".join(parts)
    return text


def main():
    executable, seconds, seed, folder = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    texts = [(path, open(path, encoding="utf-8").read()) for path in sys.argv[5:]]
    os.makedirs(folder, exist_ok=True)
    rng = random.Random(seed)
    end = time.time() + seconds
    runs = bad = 0
    while time.time() < end:
        path, text = rng.choice(texts)
        name = os.path.join(folder, f"mutant{runs}" + (".loss" if path.endswith(".loss") else ".py"))
        with open(name, "w", encoding="utf-8") as file:
            file.write(mutated(text, rng.choice(texts)[1], rng))
        functions = re.findall(r"^def (\w+)", open(name, encoding="utf-8").read(), re.M) or ["loss"]
        target = f"{name}::{rng.choice(functions)}"
        is_bad = False
        for command in (["check", name], ["explain", target], ["eval", target]):
            runs += 1
            try:
                done = subprocess.run([executable, *command], capture_output=True, timeout=60,
                                      env={**os.environ, **REPORTS})
                code, text_out = done.returncode, done.stderr.decode("utf-8", "replace")
            except subprocess.TimeoutExpired:
                code, text_out = "timeout", ""
            if code not in (0, 1, 2):
                is_bad = True
                bad += 1
                first = [line for line in text_out.splitlines() if "rror" in line][:1]
                print(f"{' '.join(command)}: {code} {first}", flush=True)
        if not is_bad:
            os.remove(name)
    print(f"{runs} runs, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
