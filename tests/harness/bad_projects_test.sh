#!/bin/bash
# PyTorch projects in a bad state: modules that import each other or do not parse, endless functions and class
# hierarchies, files that change while they are read, links in circles, folders that may not be read. Runs $SHAPELINT in a
# scratch folder.
set -uo pipefail

[ -x "${SHAPELINT:-}" ] || exit 77
scratch="$(mktemp -d)"
trap 'kill "${writer:-}" 2>/dev/null; chmod -R u+rwx "$scratch"; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export NO_COLOR=1
failed=0
seconds="${BAD_INPUT_SECONDS:-20}"

# expect STATUS TEXT ARGUMENT...: the exit code (several: `0|1`), and a text on either stream.
expect() {
  local status="$1" text="$2" actual=0
  shift 2
  timeout -k 1 "$seconds" "$SHAPELINT" "$@" >out.txt 2>&1 </dev/null || actual=$?
  case "|$status|" in
    *"|$actual|"*) ;;
    *) echo "shapelint $*: exit $actual, not $status:"; head -c 800 out.txt; failed=1 ;;
  esac
  grep -qF -- "$text" out.txt || { echo "shapelint $*: no '$text' in:"; head -c 800 out.txt; failed=1; }
}

# Each of two modules needs the other: what they define is there for both.
mkdir -p circle
cat >circle/__init__.py <<'PY'
from .values import value_loss
PY
cat >circle/values.py <<'PY'
import torch

from . import helpers


def difference(pred, target):
    return pred - target


def value_loss(pred, target):
    """pred: (B, 1), target: (B,)"""
    return helpers.squared(pred, target).mean()
PY
cat >circle/helpers.py <<'PY'
import circle
from circle.values import difference


def squared(pred, target):
    return difference(pred, target) ** 2
PY
expect 1 'circle/values.py:7:12: error[outer-broadcast]' check circle --output-format concise

# What does not parse is unknown, and nothing else is.
mkdir -p broken
cat >broken/helpers.py <<'PY'
import torch


def fine(x):
    return x.sum(dim=1, keepdim=True)


def torn(x:
    return x.sum(dim=1


def fine_too(x):
    return x.squeeze(1)
PY
cat >broken/losses.py <<'PY'
import torch

from helpers import fine, fine_too, torn


def first_loss(pred, target):
    """pred: (B, 1), target: (B,)"""
    return (fine_too(pred) - target) ** 2


def second_loss(pred, target):
    """pred: (B, 1), target: (B,)"""
    return (torn(pred) - target) ** 2


def third_loss(pred, target):
    """pred: (B, N), target: (B,)"""
    return (fine(pred) - target) ** 2
PY
expect 1 'broken/losses.py:18:13: error[outer-broadcast]' check broken/losses.py --output-format concise
grep -q 'losses.py:8\|losses.py:13' out.txt && { echo "findings where there are none:"; cat out.txt; failed=1; }
expect 0 'returns (B,)' explain broken/losses.py::first_loss
expect 0 'torn' explain broken/losses.py::second_loss
expect 0 'not understood' explain broken/losses.py::second_loss
printf 'import torch\n\n\nclass Loss(torch.nn.Module:\n    def forward(self, pred, target)\n        return (((\n' >broken/whole.py
expect 0 '`(` is never closed' check broken/whole.py

# A function of 10,000 lines, and a class behind 400 others in 40 files.
{ echo 'import torch'; echo; echo; echo 'def long_loss(pred, target):'; echo '    """pred: (B, C), target: (B, C)"""'
  seq 10000 | awk '{ printf "    pred = pred * 0.5 + target.abs()\n" }'; echo '    return (pred - target).pow(2).mean()'; } >long.py
expect 0 'All clean: 1 loss in 1 file' check long.py
mkdir -p deep
printf 'import torch\n\n\nclass Loss0(torch.nn.Module):\n    def forward(self, pred, target):\n        """pred: (B, 1), target: (B,)"""\n        return self.compute_loss(pred, target)\n\n    def compute_loss(self, pred, target):\n        return pred.squeeze(1) - target\n' >deep/file0.py
for i in $(seq 40); do
  { printf 'from file%d import Loss%d\n' $((i - 1)) $((10 * (i - 1))); seq $((10 * i - 9)) $((10 * i)) | awk '{ printf "\n\nclass Loss%d(Loss%d):\n    def extra%d(self):\n        return super().extra%d()\n", $1, $1 - 1, $1, $1 - 1 }'; } >deep/file$i.py
done
for i in 4 40; do
  printf 'from file%d import Loss%d0\n\n\nclass Last(Loss%d0):\n    def compute_loss(self, pred, target):\n        return (pred - target) ** 2\n' "$i" "$i" "$i" >"deep/last$i.py"
done
expect 1 'deep/last4.py:6:17: error[outer-broadcast]' check deep/last4.py --output-format concise
expect '0|1' '' check deep/last40.py

# Links in circles: each file once, and an import through them ends.
mkdir -p links/package
cp circle/values.py links/values.py
ln -s . links/self
ln -s ../package links/package/again
ln -s two links/one
ln -s one links/two
ln -s missing.py links/dangling.py
sed -i 's/^from . import helpers/from package.again.again import helpers/' links/values.py
cp circle/helpers.py links/package/helpers.py
expect 1 'values.py:7:12: error[outer-broadcast]' check links --output-format concise
[ "$(grep -c 'outer-broadcast' out.txt)" = 1 ] || { echo 'one finding several times:'; cat out.txt; failed=1; }

# A file that somebody writes while it is read: a whole version, a torn one or none, and never a crash.
cp circle/values.py changing.py
( while :; do
    cat circle/values.py >changing.py
    printf 'import torch\ndef value_loss(pred, target):\n    return ((pred -' >changing.py
    : >changing.py
    rm -f changing.py
    cat circle/values.py circle/values.py >changing.py
  done ) 2>/dev/null &
writer=$!
for _ in $(seq 25); do expect '0|1|2' '' check changing.py; done
kill "$writer"; wait "$writer" 2>/dev/null

# Folders and files that may not be read. Root may read everything, so somebody else asks.
mkdir -p closed/inner open
cp circle/values.py closed/inner/values.py
cp deep/file0.py open/fine.py
cp deep/file0.py open/shut.py
printf 'import torch\nfrom closed.inner.values import difference\n\n\ndef far_loss(pred, target):\n    """pred: (B, 1), target: (B,)"""\n    return difference(pred, target).mean()\n' >open/far.py
chmod 755 "$scratch" open
chmod 000 closed open/shut.py
run=()
[ "$(id -u)" != 0 ] || { command -v setpriv >/dev/null && run=(setpriv --reuid=65534 --regid=65534 --clear-groups); }
if [ "$(id -u)" != 0 ] || [ ${#run[@]} -gt 0 ]; then
  ask() {
    local status="$1" text="$2" actual=0
    shift 2
    (cd "$scratch" && timeout -k 1 "$seconds" "${run[@]}" "$SHAPELINT" "$@") >out.txt 2>&1 </dev/null || actual=$?
    [ "$actual" = "$status" ] || { echo "shapelint $* (not root): exit $actual, not $status:"; cat out.txt; failed=1; }
    grep -qF -- "$text" out.txt || { echo "shapelint $* (not root): no '$text' in:"; cat out.txt; failed=1; }
  }
  ask 2 'closed' check closed
  ask 2 'shut.py' check open
  ask 2 '2 losses in 2 files' check open
  ask 0 'is not in the project' explain open/far.py::far_loss
fi

exit "$failed"
