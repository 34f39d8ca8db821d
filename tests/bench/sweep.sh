#!/bin/bash
# `check --statistics` over whole repositories, one after the other: time, peak memory, how many losses there are and how
# many of them are fully tracked, and how many findings that count. A crash or a run beyond LIMIT seconds is said.
#
#   tests/bench/sweep.sh SHAPELINT LIMIT FOLDER...
#
# Exits 1 when a run crashed or hung.
set -uo pipefail
shapelint="${1:?usage: tests/bench/sweep.sh SHAPELINT LIMIT FOLDER...}"
limit="${2:?seconds for each}"
shift 2
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
bad=0
printf '%8s %7s %8s %7s %7s %7s %8s  %s\n' lines seconds 'peak MB' losses fully partly findings repository
for folder in "$@"; do
  lines="$(find "$folder" -name '*.py' -type f -print0 | xargs -0 cat 2>/dev/null | wc -l)"
  [ "$lines" -gt 0 ] || continue
  /usr/bin/time -f '%e %M' -o "$scratch/time" timeout "$limit" "$shapelint" check --statistics --output-format json \
    --no-cache "$folder" >"$scratch/out.json" 2>"$scratch/err.txt"
  code=$?
  read -r seconds kilobytes < <(tail -1 "$scratch/time")
  counts="$(python3 - "$scratch/out.json" <<'P' 2>/dev/null || echo '- - - -'
import json, sys
s = json.load(open(sys.argv[1]))
l = s["losses"]
print(l["found"], l["fully_tracked"], l["partly_tracked"], sum(r["count"] for r in s["rules"]))
P
)"
  # shellcheck disable=SC2086
  printf '%8d %7.2f %8d %7s %7s %7s %8s  %s\n' "$lines" "$seconds" "$((kilobytes / 1024))" $counts "${folder##*/}"
  if [ "$code" -gt 2 ]; then
    echo "    ended with code $code: $(grep -m1 'internal error' "$scratch/err.txt" || echo "no answer in $limit s")"
    bad=1
  fi
done
exit "$bad"
