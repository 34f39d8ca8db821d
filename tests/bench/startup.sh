#!/bin/bash
# Process start to result for one small file: `shapelint check`, beside `python3 -S -c pass` and a program that only
# parses the file with tree-sitter; and tree-sitter's parse of a larger set of Python files beside whole runs of `check` over the same files.
# Runs are interleaved, medians are printed as ratios. docs/benchmarks.md has the numbers of one day.
#
#   tests/bench/startup.sh BUILD_FOLDER [RUNS]
#
# Exits 1 when a run of `check` has a shared LLVM library mapped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build="${1:?usage: tests/bench/startup.sh BUILD_FOLDER [RUNS]}"
runs="${2:-100}"
shapelint="$build/bin/shapelint"
example=docs/examples/landmark.py
# The interpreter itself: a version manager's wrapper would flatter us.
python="$(python3 -S -c 'import sys; print(sys.executable)')"
parse_only="$(mktemp)"
trap 'rm -f "$parse_only"' EXIT

runtime=("${SHAPELINT_DEPS_DIR:-.deps}"/tree-sitter-0*/vendor/tree-sitter/lib/include)
"${CXX:-g++}" -std=c++20 -O2 -static -isystem "${runtime[0]}" tests/bench/parse_only.cpp \
  "$(find "$build" -name libtree_sitter_python.a | head -1)" -o "$parse_only"

# LLVM is only for C++ sources. `ldd` says what is linked; the loader's own log says what a run loads.
if { ldd "$shapelint" 2>/dev/null || true; } | grep -i 'llvm\|clang'; then
  echo "shapelint is linked with LLVM"
  exit 1
fi
if LD_DEBUG=libs "$shapelint" check "$example" --exit-zero 2>&1 | grep -i 'find library=.*\(llvm\|clang\)'; then
  echo "a run of check loads LLVM"
  exit 1
fi
echo "no LLVM library is linked or loaded"

microseconds() {
  local start="${EPOCHREALTIME/[.,]/}"
  "$@" >/dev/null 2>&1 || true
  echo $((${EPOCHREALTIME/[.,]/} - start))
}
median() { sort -n | sed -n "$((($1 + 1) / 2))p"; }

times="$(for ((i = 0; i < runs; ++i)); do
  echo "check $(microseconds "$shapelint" check "$example")"
  echo "python $(microseconds "$python" -S -c pass)"
  echo "parse $(microseconds "$parse_only" "$example")"
  echo "nothing $(microseconds "$shapelint" --version)"
done)"
of() { grep "^$1 " <<<"$times" | cut -d' ' -f2 | median "$runs"; }
check="$(of check)" bare="$(of python)" parse="$(of parse)" nothing="$(of nothing)"
awk -v c="$check" -v py="$bare" -v p="$parse" -v n="$nothing" -v runs="$runs" 'BEGIN {
  printf "medians of %d interleaved runs, process start to end:\n", runs
  printf "  check landmark.py      %6.2f ms\n  shapelint --version    %6.2f ms\n", c / 1000, n / 1000
  printf "  python3 -S -c pass     %6.2f ms   check takes %.2f of it\n", py / 1000, c / py
  printf "  tree-sitter alone      %6.2f ms   check takes %.2f times as long\n", p / 1000, c / p
}'

library="$("$python" -S -c 'import sys; print(sys.prefix + "/lib/python%d.%d" % sys.version_info[:2])' 2>/dev/null || true)"
mapfile -t files < <(find "$library" -maxdepth 1 -name '*.py' -size -200k 2>/dev/null | sort | head -60)
[ "${#files[@]}" -gt 0 ] || exit 0
alone="$("$parse_only" --times 5 "${files[@]}")"
whole="$(for ((i = 0; i < 3; ++i)); do microseconds "$shapelint" check -q --exit-zero "${files[@]}"; done | sort -n | head -1)"
awk -v a="$alone" -v w="$whole" -v n="${#files[@]}" 'BEGIN {
  printf "%d files of Python'"'"'s library: tree-sitter alone %.1f ms, check (read, parse, find losses) %.1f ms: %.2f times\n", n, a, w / 1000, w / 1000 / a
}'
