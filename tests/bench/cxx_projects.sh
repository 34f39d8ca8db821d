#!/bin/bash
# `check --statistics` over whole LibTorch projects, one after the other: how many loss functions there are and how many of
# them are fully tracked, the same for training steps, how many findings, and how many files could not be read. A project
# without losses is left out of the share. Python files are passed over.
#
#   tests/bench/cxx_projects.sh SHAPELINT LIMIT FOLDER...
#
# LIMIT: seconds for each project. With OUT=FOLDER the whole output of each run (`-v`) is kept there.
set -uo pipefail
shapelint="${1:?usage: tests/bench/cxx_projects.sh SHAPELINT LIMIT FOLDER...}"
limit="${2:?seconds for each}"
shift 2
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
out="${OUT:-$scratch}"
mkdir -p "$out"
printf '%7s %7s %7s %7s %8s %7s %7s  %s\n' losses fully steps fully findings failed seconds project
for folder in "$@"; do
  name="${folder%/}"
  name="${name##*/}"
  find "$folder" -regextype posix-extended -type f -regex '.*\.(cpp|cc|cxx|cu|h|hpp|hh|hxx|cuh)' | sort >"$scratch/files"
  [ -s "$scratch/files" ] || continue
  begin=$SECONDS
  timeout "$limit" "$shapelint" check -v --statistics --output-format json --exclude '*.py' "$folder" >"$out/$name.json" 2>"$out/$name.err"
  code=$?
  failed="$(grep -c '^error: ' "$out/$name.err")"
  python3 - "$out/$name.json" "$name" "$((SECONDS - begin))" "$code" "$failed" <<'P'
import json, sys
path, name, seconds, code, failed = sys.argv[1:]
try:
    s = json.load(open(path))
except ValueError:
    print(f"{'-':>7} {'-':>7} {'-':>7} {'-':>7} {'-':>8} {'-':>7} {seconds:>7}  {name}: exit code {code}")
    raise SystemExit
l = s["losses"]
t = l["training_steps"]
print(f"{l['found'] - t['found']:7} {l['fully_tracked'] - t['fully_tracked']:7} {t['found']:7} {t['fully_tracked']:7} {sum(r['count'] for r in s['rules']):8} "
      f"{failed:>7} {seconds:>7}  {name}", flush=True)
P
done | tee "$scratch/table"
awk '$1 ~ /^[0-9]+$/ { if ($1 > 0) projects++; if ($3 > 0) with_steps++; found += $1; fully += $2; steps += $3; steps_fully += $4 }
     END {
       if (found > 0) printf "%d losses in %d projects, %.1f %% fully tracked\n", found, projects, 100 * fully / found
       if (steps > 0) printf "%d training steps in %d projects, %.1f %% fully tracked\n", steps, with_steps, 100 * steps_fully / steps
     }' "$scratch/table"
