#!/bin/bash
# A cold `shapelint check` over whole repositories, beside `ruff check` on the same files and beside a program that only
# parses, with tree-sitter, the files that shapelint had to parse. Wall time and peak memory of interleaved runs, medians
# and ratios. docs/benchmarks.md has the numbers of one day.
#
#   tests/bench/repositories.sh BUILD_FOLDER RUNS FOLDER...
#
# `ruff` is taken from PATH or from $RUFF (PyPI: `pip install ruff`). It runs with its default rules and no cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build="${1:?usage: tests/bench/repositories.sh BUILD_FOLDER RUNS FOLDER...}"
runs="${2:?how many runs}"
shift 2
shapelint="$build/bin/shapelint"
case "$shapelint" in /*) ;; *) shapelint="$PWD/$shapelint" ;; esac
ruff="${RUFF:-ruff}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

runtime=("${SHAPELINT_DEPS_DIR:-.deps}"/tree-sitter-0*/vendor/tree-sitter/lib/include)
"${CXX:-g++}" -std=c++20 -O2 -static -isystem "${runtime[0]}" tests/bench/parse_only.cpp -pthread \
  "$(find "$build" -name libtree_sitter_python.a | head -1)" -o "$scratch/parse_only"

# Both yardsticks read Python alone: without its C++ frontend beside it, shapelint does so too.
cp "$shapelint" "$scratch/shapelint"
shapelint="$scratch/shapelint"

# What shapelint reads as losses: it says which files it passes over.
find "$@" -name '*.py' -type f -print0 | xargs -0 cat | wc -l | sed 's/^/lines of Python: /'
"$shapelint" check -v "$@" >/dev/null 2>"$scratch/said" || true
"$shapelint" check --statistics "$@" 2>/dev/null | sed -n '/^Losses:/,/not tracked/p' || true
# Of a notebook only the code would be parsed, and not its JSON.
grep '^note: .*: parsed$' "$scratch/said" | sed 's/^note: //; s/: parsed$//' | grep -v '\.ipynb$' >"$scratch/parsed"
echo "files parsed: $(wc -l <"$scratch/parsed")"

measure() {
  local name="$1"
  shift
  /usr/bin/time -f "$name %e %M" -o "$scratch/one" "$@" >/dev/null 2>&1 || true
  tail -1 "$scratch/one" >>"$scratch/times"
}
for ((i = 0; i < runs; ++i)); do
  measure shapelint "$shapelint" check -q --no-cache "$@"
  measure ruff "$ruff" check --quiet --no-cache --exit-zero "$@"
  measure parse "$scratch/parse_only" --list "$scratch/parsed"
done
median() { grep "^$1 " "$scratch/times" | cut -d' ' -f"$2" | sort -n | sed -n "$(((runs + 1) / 2))p"; }
for name in shapelint ruff parse; do
  printf '%-10s %8.2f s %8.0f MB\n' "$name" "$(median "$name" 2)" "$(($(median "$name" 3) / 1024))"
done
awk -v s="$(median shapelint 2)" -v r="$(median ruff 2)" -v p="$(median parse 2)" \
  'BEGIN { printf "shapelint takes %.2f of ruff and %.2f of the parse alone\n", s / r, s / p }'
