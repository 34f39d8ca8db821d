#!/bin/bash
# Configuration files as a project has them: the nearest counts, the command line counts more, and check, explain, eval
# and the language server agree.
set -uo pipefail
shapelint="${SHAPELINT:?}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
failures=0

fail() {
  printf 'FAILED: %s\n' "$1"
  failures=$((failures + 1))
}
# holds WHAT TEXT: in `output`
holds() { case "$output" in *"$2"*) ;; *) fail "$1: wanted '$2' in:"$'\n'"$output" ;; esac; }
lacks() { case "$output" in *"$2"*) fail "$1: did not want '$2' in:"$'\n'"$output" ;; esac; }
# run ARGUMENT...: in the project; sets `output` and `code`
run() {
  output="$(cd "$scratch/project" && "$shapelint" "$@" 2>&1)"
  code=$?
}

mkdir -p "$scratch/project/src/inner" "$scratch/project/generated" "$scratch/project/shapes"
cp docs/examples/landmark.py "$scratch/project/src/landmark.py"
cp docs/examples/landmark.py "$scratch/project/src/inner/landmark.py"
cp docs/examples/landmark.py "$scratch/project/generated/landmark.py"
cat >"$scratch/project/src/own.py" <<'PY'
import mylib
from mylib.losses import focal


def first(y_true, y_pred):
    return focal(y_true[:, 0], y_pred[:, 0]) + mylib.losses.plain(y_true, y_pred)
PY
cat >"$scratch/project/shapes/mylib.loss" <<'LOSS'
from shapelint import op


def focal(target, output):
    """The mean over the last axis: (B, N) and (B, N) to (B,)."""
    return op.mean(op.square(target - output), axis=-1)


def plain(target, output):
    """The same without a square: (B, N) and (B, N) to (B,)."""
    return op.mean(op.abs(target - output), axis=-1)
LOSS
cat >"$scratch/project/pyproject.toml" <<'TOML'
[project]
name = "project"
[tool.shapelint]
exclude = ["generated/"]
[tool.shapelint.shapes]
y_true = "B 7"
y_pred = "B 7"
[tool.shapelint.definitions]
"mylib.losses" = "shapes/mylib.loss"
TOML
# Without the rule of the cause, the one of the consequence speaks.
cat >"$scratch/project/src/inner/shapelint.toml" <<'TOML'
ignore = ["batch-collapse", "scalar-spread"]
TOML

run check --output-format concise .
holds "the finding, with configured shapes an error" "src/landmark.py:11:11: error[batch-collapse]"
lacks "an excluded folder" "generated/"
lacks "the nearer configuration" "inner/landmark.py"
[ "$code" = 1 ] || fail "exit code $code, wanted 1"
run check --output-format json src/landmark.py
holds "where the shapes come from" '"config"'
holds "the configured shape" '"B 7"'
run check --output-format concise --select batch-collapse src/inner/landmark.py
holds "the command line counts more" "[batch-collapse]"
run check --output-format concise --isolated .
holds "without any configuration" "generated/landmark.py:11:11: warning[batch-collapse]"
run check --output-format concise --config src/inner/shapelint.toml src/landmark.py
lacks "a configuration that was named" "batch-collapse"
run check --output-format concise --warn batch-collapse src/landmark.py
holds "a severity of the command line" "src/landmark.py:11:11: warning[batch-collapse]"

run explain src/landmark.py::landmark
holds "explain" "y_true  (B, 7)"
run explain src/landmark.py::landmark --shape y_true="B 9" --shape y_pred="B 9"
holds "explain with a shape of the command line" "y_true  (B, 9)"
run eval src/landmark.py::landmark
holds "eval" "batch"
[ "$code" = 0 ] || fail "eval: exit code $code"

run explain src/own.py::first
holds "a definition of the project" "mylib.losses.focal"
lacks "a module of the project's definitions" "neither part of the project"
holds "its finding" "[batch-collapse]"

# The language server: the same finding with the same severity (1 is an error).
message() { printf 'Content-Length: %d\r\n\r\n%s' "${#1}" "$1"; }
text="$(python3 -c 'import json,sys; print(json.dumps(open(sys.argv[1]).read()))' "$scratch/project/src/landmark.py" 2>/dev/null)"
if [ -n "$text" ]; then
  output="$({
    message '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
    message '{"jsonrpc":"2.0","method":"initialized","params":{}}'
    message "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":\"file://$scratch/project/src/landmark.py\",\"languageId\":\"python\",\"version\":1,\"text\":$text}}}"
    sleep 2
    message '{"jsonrpc":"2.0","id":2,"method":"shutdown"}'
    message '{"jsonrpc":"2.0","method":"exit"}'
  } | "$shapelint" lsp 2>&1)"
  holds "the language server's finding" '"code":"batch-collapse"'
  holds "the language server's severity" '"severity":1'
fi

# Mistakes are said once, with the place, and stop nothing else.
cat >"$scratch/project/src/inner/shapelint.toml" <<'TOML'
batch = "B"
ignroe = ["batch-collapse"]
TOML
run check --output-format concise .
holds "a mistake" "src/inner/shapelint.toml:2: unknown key 'ignroe'; did you mean 'ignore'?"
holds "the other files" "src/landmark.py:11:11: error[batch-collapse]"
[ "$code" = 2 ] || fail "exit code $code, wanted 2"
printf 'ignore = ["no-such-rule"]\n' >"$scratch/project/src/inner/shapelint.toml"
run explain src/inner/landmark.py::landmark
holds "an unknown rule" "src/inner/shapelint.toml: ignore: no rule is called 'no-such-rule'"
[ "$code" = 2 ] || fail "explain: exit code $code, wanted 2"
printf '[definitions]\nm = "missing.loss"\n' >"$scratch/project/src/inner/shapelint.toml"
run check src/inner/landmark.py
holds "a missing definition" "missing.loss: no such file"

[ "$failures" = 0 ] || exit 1
echo "ok"
