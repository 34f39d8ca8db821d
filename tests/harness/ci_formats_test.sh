#!/bin/bash
# `check --output-format github` and `json-lines` from outside; SARIF has tests/conformance/sarif_test.sh.
set -uo pipefail
[ -x "${SHAPELINT:-}" ] || exit 77
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset GITHUB_WORKSPACE
failed=0
wrong() { echo "$1"; cat out.txt; failed=1; }

mkdir sub
cat >sub/bad.py <<'PY'
from keras.losses import binary_crossentropy, mean_squared_error


def landmark(y_true, y_pred):
    bce = binary_crossentropy(y_true[:, 0], y_pred[:, 0])
    return bce + mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
PY
# The same with stated shapes is an error, and comes first although its file comes later.
sed 's/y_true, y_pred):/y_true: Float["B 5"], y_pred: Float["B 5"]):/' sub/bad.py >sub/worse.loss

"$SHAPELINT" check sub missing.py --output-format github >out.txt 2>err.txt
[ $? = 2 ] || wrong "exit code"
[ "$(grep -c '^::' out.txt)" = 3 ] || wrong "not three commands"
[ "$(sed -n 's/^\(::[a-z]* title=[^,:]*\).*/\1/p' out.txt)" = "::error title=shapelint
::error title=shapelint%3A batch-collapse
::warning title=shapelint%3A batch-collapse" ] || wrong "kinds and order"
grep -q '^::error .*,file=sub/worse.loss,line=5,endLine=5,col=11,' out.txt || wrong "place"
grep -q '^Found 1 error, 1 warning' out.txt || wrong "summary"

# A step in a folder of the repository names files as the repository does.
(cd sub && GITHUB_WORKSPACE="$(cd .. && pwd -P)" "$SHAPELINT" check bad.py --output-format github -q) >out.txt
grep -q '^::warning .*,file=sub/bad.py,' out.txt || wrong "working directory"
[ "$(wc -l <out.txt)" = 1 ] || wrong "-q leaves the findings alone"

"$SHAPELINT" check sub --output-format json-lines >out.txt
[ $? = 1 ] || wrong "exit code"
[ "$(wc -l <out.txt)" = 2 ] && [ "$(grep -c '^{"rule": "batch-collapse", .*}$' out.txt)" = 2 ] || wrong "an object a line"
"$SHAPELINT" check sub/bad.py --select unused-suppression --output-format json-lines >out.txt
[ $? = 0 ] && [ ! -s out.txt ] || wrong "no findings, no lines"
"$SHAPELINT" check sub --output-format sarif --statistics >out.txt 2>&1
[ $? = 2 ] || wrong "statistics are no SARIF"
exit "$failed"
