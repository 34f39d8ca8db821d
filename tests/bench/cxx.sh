#!/bin/bash
# The C++ frontend on one LibTorch file, as ratios to `clang++-19 -fsyntax-only` on the same file: cold (no precompiled
# prefix), warm, clang-tidy with one check beside them, and peak memory. Usage: tests/bench/cxx.sh [FILE] [RUNS]
set -euo pipefail
cd "$(dirname "$0")/../.."
file="${1:-tests/fixtures/cxx/bugs_bad.cpp}"
runs="${2:-3}"
flags=(-x c++ -std=c++17 -isystem /usr/include/torch/csrc/api/include)
cxx=build/bin/shapelint-cxx
cache="$(mktemp -d)"
trap 'rm -rf "$cache"' EXIT

# median COMMAND...: seconds of user and system time, and the peak memory in MB.
median() {
  local i
  for ((i = 0; i < runs; ++i)); do /usr/bin/time -f '%U %S %M' -o "$cache/time" "$@" >/dev/null 2>&1 || true; cat "$cache/time" | tail -1; done |
    awk '{print $1 + $2, $3}' | sort -n | awk '{t[NR] = $1; m[NR] = $2} END {printf "%.3f %.0f\n", t[int((NR + 1) / 2)], m[int((NR + 1) / 2)] / 1024}'
}
show() { awk -v name="$1" -v base="$base" -v result="$2" 'BEGIN {split(result, r, " "); printf "%-34s %8.3f s  ratio %6.3f  %5d MB\n", name, r[1], r[1] / base, r[2]}'; }

result="$(median clang++-19 -fsyntax-only "${flags[@]}" "$file")"
base="${result% *}"
show "clang++-19 -fsyntax-only" "$result"
if command -v clang-tidy-19 >/dev/null; then
  show "clang-tidy-19, one check" "$(median clang-tidy-19 --checks='-*,bugprone-use-after-move' "$file" -- "${flags[@]}")"
fi
show "no shortcuts" "$(median "$cxx" --no-shortcuts "$file" -- "${flags[@]}")"
show "cold, no prefix is kept" "$(median "$cxx" "$file" -- "${flags[@]}")"
"$cxx" --cache-dir "$cache/prefix" "$file" -- "${flags[@]}" >/dev/null
show "with the cached prefix" "$(median "$cxx" --cache-dir "$cache/prefix" "$file" -- "${flags[@]}")"
