#!/bin/bash
# `check` over a project: the same output on any number of threads, .gitignore and --exclude, the project's root as default,
# one bad file beside good ones, and how far the losses were tracked.
set -uo pipefail
: "${SHAPELINT:?}"
case "$SHAPELINT" in /*) ;; *) SHAPELINT="$PWD/$SHAPELINT" ;; esac
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0
wrong() {
  echo "FAILED: $1"
  failed=1
}

mkdir -p project/pkg project/ignored project/left/out
cd project || exit 1
git init -q . 2>/dev/null || mkdir .git
bad='from keras import backend as K
from keras.losses import binary_crossentropy


def loss(y_true, y_pred):
    return binary_crossentropy(y_true[:, 0], y_pred[:, 0]) + K.sum(y_pred, axis=-1)
'
for i in $(seq 10 40); do echo "$bad" >"pkg/m$i.py"; done
touch pkg/__init__.py
printf 'from keras.losses import mean_squared_error\nfrom pkg.m10 import loss as inner\n\n\ndef outer_loss(y_true, y_pred):\n    return inner(y_true, y_pred)\n' >pkg/outer.py
echo "$bad" >ignored/a.py
echo "$bad" >left/out/a.py
echo '/ignored/' >.gitignore
printf 'from keras import losses\ndef broken(:\n' >broken.py
printf 'from keras import losses\nx = "\xff"\n' >latin.py

for format in full concise json json-lines github sarif; do
  "$SHAPELINT" check --jobs 1 --output-format "$format" . >../one.txt 2>../one.err
  "$SHAPELINT" check --jobs 5 --output-format "$format" . >../many.txt 2>../many.err
  cmp -s ../one.txt ../many.txt || wrong "$format: another output on five threads"
  cmp -s ../one.err ../many.err || wrong "$format: other messages on five threads"
done
"$SHAPELINT" check --output-format concise . >../out.txt 2>../err.txt
[ $? = 2 ] || wrong "a file that is not UTF-8 gives exit code 2"
grep -q '^latin.py:2:6: invalid UTF-8' <(sed 's/^error: //' ../err.txt) || wrong "the bad file is named"
grep -q 'broken.py:2:' ../err.txt || wrong "what does not parse is said"
[ "$(grep -c 'error\[\|warning\[' ../out.txt)" -ge 31 ] || wrong "a bad file hides findings of others"
grep -q '^ignored/' ../out.txt && wrong ".gitignore is not respected"
grep -q '^left/out/a.py' ../out.txt || wrong "left/out is checked when nothing excludes it"
"$SHAPELINT" check --output-format concise --exclude 'left,m1*.py' . >../out.txt 2>/dev/null
# m10 has a helper of outer.py, where its finding is found.
grep -q '^left/\|/m1[1-9]' ../out.txt && wrong "--exclude is not respected"
grep -q '/m20' ../out.txt || wrong "--exclude leaves out too much"
# A pattern that is tied to no folder holds outside of the working folder as well.
here="$PWD"
(cd left && "$SHAPELINT" check --output-format concise --exclude 'm1*.py' "$here" >"$here/../out.txt" 2>/dev/null) || true
grep -q '/m1[1-9]' ../out.txt && wrong "--exclude does not reach outside of the working folder"
grep -q '/m20' ../out.txt || wrong "--exclude reaches too far"
"$SHAPELINT" check --output-format concise ignored/a.py >../out.txt 2>/dev/null
grep -q '^ignored/a.py' ../out.txt || wrong "a file that is named is checked"
"$SHAPELINT" check --output-format concise pkg >../out.txt 2>/dev/null
[ "$(grep -c '^pkg/m10.py:6:.*batch-collapse' ../out.txt)" = 1 ] || wrong "a helper's finding is shown once"

(cd pkg && "$SHAPELINT" check --output-format concise >../../out.txt 2>/dev/null)
grep -q '/left/out/a.py' ../out.txt || wrong "the default is the project's root"

"$SHAPELINT" check pkg --statistics --output-format json >../stats.json 2>/dev/null
python3 - <<'P' || wrong "statistics as JSON"
import json
s = json.load(open("../stats.json"))
l = s["losses"]
assert l["found"] == 32 and l["fully_tracked"] == 32 and l["partly_tracked"] == l["not_tracked"] == 0, l
assert {r["rule"] for r in s["rules"]} >= {"batch-collapse"}, s
P
printf 'import torch\n\n\ndef my_loss(pred, target):\n    return torch.no_such_function(pred - target).mean()\n' >part.py
"$SHAPELINT" check part.py --statistics --output-format json >../stats.json 2>/dev/null
python3 - <<'P' || wrong "reasons as JSON"
import json
s = json.load(open("../stats.json"))
assert s["losses"]["found"] == 1 and s["losses"]["fully_tracked"] == 0, s
assert any("no_such_function" in r["reason"] and r["losses"] == 1 for r in s["not_understood"]), s
P
# What a constructor leaves unknown counts when the loss comes across it.
cat >part.py <<'PY'
import torch
import somewhere


class FitLoss(torch.nn.Module):
    def __init__(self):
        self.logger = somewhere.Logger()
        self.scale = somewhere.scale()

    def forward(self, pred, target):
        return (pred - target).abs().mean()


class ScaledLoss(FitLoss):
    def forward(self, pred, target):
        return (self.scale * (pred - target)).abs().mean()
PY
"$SHAPELINT" check part.py --statistics --output-format json >../stats.json 2>/dev/null
python3 - <<'P' || wrong "what the loss does not use is not counted"
import json
s = json.load(open("../stats.json"))
assert s["losses"]["found"] == 2 and s["losses"]["fully_tracked"] == 1, s
P
exit "$failed"
