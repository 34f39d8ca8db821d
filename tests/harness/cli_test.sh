#!/bin/bash
# The command line from outside: exit codes, where messages go, targets, bad input. Runs $SHAPELINT in a scratch folder.
set -uo pipefail

[ -x "${SHAPELINT:-}" ] || exit 77
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$scratch" || exit 1
export NO_COLOR=1
failed=0

# expect STATUS WHERE TEXT ARGUMENT...: the exit code, and a text that must be on `out` or `err`, or `not-out`/`not-err`.
expect() {
  local status="$1" where="$2" text="$3" actual=0 file
  shift 3
  "$SHAPELINT" "$@" >out.txt 2>err.txt </dev/null || actual=$?
  file="${where#not-}.txt"
  if [ "$actual" != "$status" ]; then
    echo "shapelint $*: exit $actual, not $status"
    failed=1
  fi
  if grep -qF -- "$text" "$file"; then
    case "$where" in not-*) echo "shapelint $*: '$text' must not be in $file"; failed=1 ;; esac
  else
    case "$where" in not-*) ;; *) echo "shapelint $*: no '$text' in $file:"; cat out.txt err.txt; failed=1 ;; esac
  fi
}

cat >bad.py <<'PY'
from keras.losses import binary_crossentropy, mean_squared_error


def landmark(y_true, y_pred):
    bce = binary_crossentropy(y_true[:, 0], y_pred[:, 0])
    return bce + mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
PY
sed 's/\[:, 0\]/[:, :1]/g' bad.py >good.py
echo 'x = 1' >plain.py
mkdir -p empty project/.hidden project/venv project/__pycache__
cp bad.py project/.hidden/a.py
cp bad.py project/__pycache__/b.py
cp bad.py project/venv/c.py
touch project/venv/pyvenv.cfg
cp good.py project/good.py
ln -s .. project/loop
printf 'import keras\nx = "\xff"\n' >latin.py
printf 'def f(:\n' >broken.loss
cat >examples.loss <<'LOSS'
def f(x: Float["B"]):
    return x + 1

example("right", x=[1, 2], returns=[2, 3])
LOSS
sed 's/returns=\[2, 3\]/returns=[2, 4]/' examples.loss >wrong.loss

# Exit codes.
expect 1 out 'bad.py:5:11: error[batch-collapse]' check bad.py --shape y_true="B 5" --shape y_pred="B 5" --output-format concise
expect 1 out 'batch-collapse' check bad.py
expect 0 out 'All clean: 1 loss in 1 file.' check good.py
expect 0 out 'batch-collapse' check bad.py --exit-zero
expect 0 not-out 'batch-collapse' check bad.py --ignore batch-collapse,scalar-spread,double-reduction
expect 0 err "no .py, .pyi, .ipynb or .loss file in 'empty'" check empty
expect 0 err 'no loss function in plain.py' check plain.py
expect 0 out 'All clean: 1 loss' check project

# Targets.
printf '%s\n' 'import torch.nn as nn' '' 'class Base(nn.Module):' '    def objective(self, x):' '        return self.term(x).mean()' '' \
  'class Part(Base):' '    def term(self, x):' '        return x' '' 'class Fast(Base):' '    def __init__(self):' \
  '        self.forward = self.objective' >parts.py
expect 2 err "parts.py::Part has no forward, call or __call__; name a method: parts.py::Part.term, parts.py::Part.objective" \
  check parts.py::Part --shape x="B L"
expect 0 not-err 'has no forward' check parts.py::Fast
printf 'def focal(pred, target):\n    """pred: (batch_size, A), target: (batch_size, A)"""\n    return (pred - target) ** 2\n' >batch.py
expect 0 out 'per-sample' eval batch.py::focal --shape pred=N --shape target=N
expect 1 out 'batch-collapse' check bad.py::landmark
expect 1 out 'batch-collapse' check bad.py:5
expect 1 out 'batch-collapse' check bad.py:5:11
expect 2 err "did you mean 'landmark'" check bad.py::landmrk
expect 2 err "did you mean 'good.py'" check goood.py
expect 0 out 'binary_crossentropy' explain bad.py::landmark
expect 0 out '"expressions"' explain bad.py --output-format json
expect 0 out 'coupled' eval bad.py::landmark
expect 0 out 'passed' eval examples.loss::f
expect 1 out 'FAILED' eval wrong.loss::f

# A name that a statement at top level binds to a callable, and expressions of the module as arguments.
cat >bound.py <<'PY'
from functools import partial

import torch.nn.functional as F
from torch import nn

criterion = nn.MSELoss(reduction="none")
smooth = partial(F.smooth_l1_loss, reduction="none", beta=0.5)
squared = lambda a, b: (a - b) ** 2


def weighted(pred, target, fn):
    return fn(pred, target)
PY
expect 0 out 'returns (B, C) float32: per-sample' explain bound.py::criterion --shape input="B C" --shape target="B C"
expect 0 out 'returns (B,) float32: per-sample' explain bound.py::smooth --shape input="B" --shape target="B"
expect 0 out 'outer-broadcast' explain bound.py::criterion --shape input="B 1" --shape target="B"
expect 0 out 'returns (B, B)' explain bound.py::squared --shape a="B 1" --shape b="B"
expect 0 out 'returns (B, 2)' explain bound.py::weighted --shape pred="B 2" --arg target='torch.ones(B, 2)' \
  --arg fn='nn.L1Loss(reduction="none")'
expect 2 err 'no function or class' explain bound.py::missing

# Wrong usage.
expect 2 err 'Usage:'
expect 0 out 'Usage:' --help
expect 0 out 'shapelint ' --version
expect 2 err "did you mean 'check'" chekc
expect 2 err 'shapelint check bad.py' bad.py
expect 2 err "did you mean '--output-format'" check --outputformat json
expect 2 err "did you mean 'batch-collapse'" check --select batch-colapse
expect 2 err '--shape takes' check bad.py --shape y_true
expect 2 err '--size' check bad.py --size B=none
expect 2 err '--framework' check bad.py --framework nothing=2
expect 2 err '--data missing.json' check bad.py --data missing.json

# Bad input never hides findings elsewhere.
expect 2 err 'latin.py:2:6: invalid UTF-8' check latin.py bad.py
expect 2 out 'batch-collapse' check latin.py bad.py
expect 1 out 'broken.loss:1:' check broken.loss
echo 'import torch' >broken.ipynb
expect 2 err 'broken.ipynb:1:1: no notebook, since it is no JSON' check broken.ipynb
expect 2 err 'is a folder' explain project
head -c 20100000 /dev/zero | tr '\0' '#' >large.py
expect 2 err 'larger than 4 MB' check large.py

# In a folder, what can hold no loss need not be a text.
mkdir -p encodings
printf 'import numpy\nname = "caf\351"\n' >encodings/latin.py
expect 0 not-err 'invalid UTF-8' check encodings

# Notebooks: cells and their lines, as ruff counts them.
cat >loss.ipynb <<'JSON'
{"cells": [
  {"cell_type": "markdown", "metadata": {}, "source": ["# Landmarks"]},
  {"cell_type": "code", "metadata": {}, "outputs": [], "source": [
    "%matplotlib inline\n", "from keras.losses import binary_crossentropy, mean_squared_error"]},
  {"cell_type": "code", "metadata": {}, "outputs": [], "source": [
    "!pip install keras\n", "def landmark(y_true, y_pred):\n",
    "    return binary_crossentropy(y_true[:, 0], y_pred[:, 0]) + mean_squared_error(y_true[:, 1:], y_pred[:, 1:])"]}
 ], "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4, "nbformat_minor": 5}
JSON
expect 1 out 'loss.ipynb:cell 3:3:12: warning[batch-collapse]' check loss.ipynb
expect 1 out '3 |     return binary_crossentropy(y_true[:, 0]' check loss.ipynb
expect 1 out '"range": {"start": {"line": 3, "column": 12}, "end": {"line": 3, "column": 59}, "cell": 3}' \
  check loss.ipynb --output-format json
expect 1 out 'file=loss.ipynb,line=1,endLine=1::loss.ipynb:cell 3:3:12: warning[batch-collapse]' check loss.ipynb --output-format github
expect 1 out '"text": "In cell 3, line 3: ' check loss.ipynb --output-format sarif
expect 1 not-out '"fixes"' check loss.ipynb --output-format sarif
expect 0 out '2 | def landmark(y_true, y_pred):' explain loss.ipynb::landmark
expect 0 out '2 | def landmark(y_true, y_pred):' explain 'loss.ipynb:cell 3:3:12'
cat >script.py <<'PY'
import torch

x, y = torch.randn(16, 8), torch.randn(16)
model = torch.nn.Linear(8, 1)
loss = ((model(x) - y) ** 2).mean()
loss.backward()
PY
expect 0 out '(B, B)' explain script.py:5
expect 2 err 'there is no function around plain.py:1' explain plain.py:1
expect 2 err 'loss.ipynb has no line 4 of code in cell 3' explain 'loss.ipynb:cell 3:4'
expect 2 err 'a place in a notebook is `loss.ipynb:cell NUMBER:LINE`' explain loss.ipynb:3
expect 2 err 'bad.py is no notebook and has no cells' explain 'bad.py:cell 3:4'
mkdir -p notebooks
cp loss.ipynb notebooks
expect 1 out 'notebooks/loss.ipynb:cell 3:3:12' check notebooks

# Output.
expect 1 out '"rule": "batch-collapse"' check bad.py --output-format json
expect 0 out '[]' check good.py --output-format json
expect 1 not-out 'Found' check bad.py -q
expect 1 out 'batch-collapse' check bad.py --statistics
expect 0 out '## Bad' rule batch-collapse
expect 0 out 'batch-collapse' rule
expect 0 out '"doc"' rule --all --output-format json
expect 0 out 'binary_crossentropy' frameworks tf.keras.losses
expect 2 err 'nothing is known' frameworks nothing.here
"$SHAPELINT" frameworks >all.txt
for package in optax torch.nn torch.Tensor keras keras.ops tensorflow; do
  grep -qx "$package" all.txt || { echo "shapelint frameworks: no $package"; failed=1; }
done
# By the name that users write, and by the place of definition; packages without the modules that only serve others.
expect 0 out 'ctc  keras 3' frameworks keras.losses.ctc
expect 0 out '  ctc ' frameworks keras.label_losses
expect 0 not-out 'label_losses' frameworks keras
expect 0 out 'where' frameworks keras.ops.where
expect 0 out '  cross_entropy' frameworks torch.nn.functional
expect 2 err "did you mean 'keras.losses.ctc'" frameworks keras.losses.ctcc
expect 0 out '"steps"' dump --stage trace bad.py::landmark
expect 0 out '"functions"' dump --stage program bad.py
expect 1 not-out 'batch-collapse' check bad.py -o result.txt
grep -q batch-collapse result.txt || { echo "--output-file has no finding"; failed=1; }
# `check` exits 1 here, so what it wrote is looked at on its own.
escape=$'\x1b['
case "$(NO_COLOR= FORCE_COLOR=1 "$SHAPELINT" check bad.py)" in *"$escape"*) ;; *) echo "FORCE_COLOR gives no colour"; failed=1 ;; esac
case "$("$SHAPELINT" check bad.py --color always)" in *"$escape"*) ;; *) echo "--color always gives no colour"; failed=1 ;; esac
case "$("$SHAPELINT" check bad.py)" in *"$escape"*) echo "colours without a terminal"; failed=1 ;; esac
case "$("$SHAPELINT" check - --stdin-filename there.py <bad.py)" in there.py:5:11*) ;; *) echo "standard input is not read"; failed=1 ;; esac
"$SHAPELINT" check bad.py >/dev/full 2>err.txt
[ $? = 2 ] || { echo "a full disk is not seen"; failed=1; }
# Every value that comes back has its shape, in its place; what is not known among them too.
cat >several.py <<'END'
import torch
from helpers import accuracy


class Margin:
    def __init__(self, **options):
        self.reduction = options["reduction"]

    def __call__(self, pred, target):
        per = (pred - target).pow(2).mean(dim=1)
        loss = per if self.reduction == "none" else per.mean()
        return loss, [per, 1.0], accuracy(pred, target), None


def regularize(*embeddings):
    return sum(e.norm() for e in embeddings)
END
# Of a dataclass --init states the fields, and a name that no constructor has is a slip.
cat >fields.py <<'PY'
from dataclasses import dataclass
import torch


@dataclass
class Huber:
    delta: float = 1.0
    reduction: str = "mean"

    def __call__(self, pred, target):
        """pred, target: (B, D)"""
        loss = (pred - target).abs().clamp(max=self.delta)
        return loss.mean() if self.reduction == "mean" else loss.sum(1)


class Relative:
    def __init__(self, size_average=True, reduction=True):
        self.size_average, self.reduction = size_average, reduction

    def __call__(self, x, y):
        """x, y: (B, D)"""
        norms = torch.norm(x - y, dim=1) / torch.norm(y, dim=1)
        if self.reduction:
            return norms.mean() if self.size_average else norms.sum()
        return norms
PY
expect 0 out 'returns () float32' explain fields.py::Huber
expect 0 out 'returns (B,) float32' explain fields.py::Huber --init reduction="'none'"
expect 2 err '--init redction: `Huber.__call__` has no parameter of that name (there are: delta, reduction)' \
  explain fields.py::Huber.__call__ --init redction="'none'"
expect 0 out 'All clean' check fields.py::Relative --init reduction=False

several() { "$SHAPELINT" explain several.py::Margin --shape pred="B N" --shape target="B N" --init reduction="'$1'" --output-format json; }
case "$(several none)" in *'"shape": ["B", ["B", ""], "?", null]'*) ;; *) echo "explain does not list what comes back"; failed=1 ;; esac
case "$(several mean)" in *'"shape": ["", ["B", ""], "?", null]'*) ;; *) echo "--init does not reach **options"; failed=1 ;; esac
expect 0 out 'returns ()' explain several.py::regularize --shape embeddings="[B D, B E]"
case "$("$SHAPELINT" eval several.py::Margin --shape pred="B 2" --shape target="B 2" --size B=2 --init reduction="'none'" --output-format json)" in
*'], 1.0], null, null]'*) ;; *) echo "eval does not give every value"; failed=1 ;; esac
# Labels are whole numbers by their name, and give way to what the data holds; a dtype that was said does not.
printf 'import torch\ndef soft_ce(log_probs, soft_labels):\n    return -(soft_labels * log_probs).sum(1).mean()\n' >soft.py
echo '{"log_probs": [[-0.2, -1.8], [-1, -0.5]], "soft_labels": [[0.7, 0.3], [0, 1]]}' >soft.json
expect 0 out 'as written         0.59' eval soft.py::soft_ce --data soft.json --shape log_probs="B C" --shape soft_labels="B C"
expect 2 err 'holds values that int64 cannot' eval soft.py::soft_ce --data soft.json --dtype soft_labels=int64
# Data for no parameter, or of another size, is no data.
echo '{"log_probs": [[-1, -2]], "zzz": [[0.5, 0.5]]}' >no_such.json
echo '{"log_probs": [[-1, -2]], "soft_labels": [[1, 2, 3]]}' >wider.json
expect 2 err 'no parameter of that name' eval soft.py::soft_ce --data no_such.json
expect 2 err 'has size 3 where' eval soft.py::soft_ce --data wider.json --shape log_probs="B C" --shape soft_labels="B C"
# A list of tensors is a list in the data.
printf 'import torch\ndef triplet(parts):\n    return (parts[0] - parts[1] + 2 * parts[2]).sum()\n' >parts.py
echo '{"parts": [[[1, 2]], [[0, 1]], [[3, 4]]]}' >parts.json
expect 0 out 'as written         16' eval parts.py::triplet --shape parts="[B D, B D, B D]" --data parts.json
expect 2 err 'not a list of 2 tensors' eval parts.py::triplet --shape parts="[B D, B D]" --data parts.json
cat >no_batch.py <<'PY'
import numpy as np


def unit():
    return np.mean(np.ones((3, 4)))
PY
expect 0 not-out 'B=3' eval no_batch.py::unit
expect 0 out 'returns () independent' eval no_batch.py::unit
# What the README shows is what one sees.
(cd "$root/docs/examples" && "$SHAPELINT" check landmark.py --data landmark.json) >out.txt
sed -n '/^\$ shapelint check landmark.py/,/^```$/p' "$root/README.md" | sed '1d;$d' | diff - out.txt || { echo "the README shows something else"; failed=1; }
exit "$failed"
