#!/bin/bash
# SARIF of real runs, checked by sarif_check.py. The schema is not part of the project: $SARIF_SCHEMA names the official one
# (oasis-tcs/sarif-spec, sarif-2.1/schema/sarif-schema-2.1.0.json), or npm's @microsoft/jest-sarif is found in a
# node_modules of this folder or above; without either, or without Python's jsonschema, what the schema says is not checked.
set -uo pipefail
[ -x "${SHAPELINT:-}" ] || exit 77
command -v python3 >/dev/null || exit 77
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

schemas=()
for schema in "${SARIF_SCHEMA:-}" {.,..,../..}/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json; do
  [ -f "$schema" ] && schemas+=(--schema "$(realpath "$schema")")
done
if [ ${#schemas[@]} -gt 0 ] && ! python3 -c 'import jsonschema' 2>/dev/null; then schemas=(); fi
[ ${#schemas[@]} -gt 0 ] || echo "no schema (SARIF_SCHEMA) or no jsonschema: only what GitHub asks beyond it is checked"

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0

# expect STATUS RESULTS ARGUMENT...: the exit code, and how many results the log has; keeps the log.
count=0
expect() {
  local status="$1" results="$2" actual=0 log
  shift 2
  count=$((count + 1))
  log="log$count.sarif"
  "$SHAPELINT" check --output-format sarif "$@" >"$log" 2>err.txt </dev/null || actual=$?
  if [ "$actual" != "$status" ]; then echo "check $*: exit $actual, not $status"; cat err.txt; failed=1; fi
  actual="$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["runs"][0]["results"]))' "$log")"
  if [ "$actual" != "$results" ]; then echo "check $*: $actual results, not $results"; failed=1; fi
  python3 "$here/sarif_check.py" "$log" ${schemas[@]+"${schemas[@]}"} || failed=1
}

mkdir -p "src/a b"
cat >src/landmark.py <<'PY'
from keras import backend as K
from keras.losses import binary_crossentropy, mean_squared_error


def landmark(y_true, y_pred):
    bce = binary_crossentropy(y_true[:, 0], y_pred[:, 0])
    mse = K.sign(y_true[:, 0]) * mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
    return bce + mse
PY
sed '/bce =/s/\[:, 0\]/[:, :1]/g' src/landmark.py >src/good.py
# Tabs, characters outside the basic plane before the finding, CRLF, an odd name, an expression of several lines.
printf '\xef\xbb\xbffrom keras import ops\r\nfrom keras.losses import binary_crossentropy\r\n\r\ndef vae_loss(y_true, y_pred):\r\n\tπ = "😀é"; r = ops.mean(ops.square(y_true - y_pred)); s = "]("\r\n\treturn (r +\r\n\t\tops.sum(ops.square(y_pred), axis=-1))\r\n\r\ndef other_loss(y_true, y_pred):\r\n\té = "😀"; x = binary_crossentropy(y_true[:, 0],\r\n\t\ty_pred[:, 0])\r\n\treturn x + ops.mean(y_pred, axis=-1)\r\n' >'src/a b/ü#1%.py'
printf 'def f(:\n' >src/broken.loss
printf 'import keras\nx = "\xff"\n' >latin.py
printf 'import keras\ndef g(:\n  pass\n' >broken.py

expect 1 1 src/landmark.py
expect 1 2 'src/a b'
expect 0 0 src/good.py
expect 1 1 "$PWD/src/landmark.py"
expect 1 1 src/broken.loss
expect 2 1 latin.py src/landmark.py missing.py
expect 1 1 broken.py src/landmark.py
expect 1 4 src
cd src || exit 1
expect 1 1 ./../src/landmark.py
expect 1 1 "../src/a b/../landmark.py"
mkdir inner && cd inner && expect 1 1 ../landmark.py && cd .. || failed=1
cd .. || exit 1

# The check itself must be able to fail.
for edit in 's/"startColumn": [0-9]*/"startColumn": 400/' 's/"ruleIndex": 0/"ruleIndex": 1/' 's/"level": "error"/"level": "note"/' \
  's/primaryLocationLineHash/other/'; do
  sed "$edit" log8.sarif >spoiled.sarif
  python3 "$here/sarif_check.py" spoiled.sarif >/dev/null 2>&1 && { echo "accepted after $edit"; failed=1; }
done
if [ ${#schemas[@]} -gt 0 ]; then
  sed 's/"columnKind"/"columnKinds"/' log1.sarif >spoiled.sarif
  said="$(python3 "$here/sarif_check.py" spoiled.sarif "${schemas[@]}")"
  case "$said" in *"'columnKinds' was unexpected"*) ;; *) echo "the schema accepts columnKinds: $said"; failed=1 ;; esac
fi
exit "$failed"
