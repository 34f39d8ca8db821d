#!/bin/bash
# Where imports are found on disk: packages, `src` layouts, namespace packages, scripts beside their helpers, monorepos,
# links. Each loss imports a helper that keeps one column, so that the helper was found shows in the shape: (B, 1).
set -uo pipefail

[ -x "${SHAPELINT:-}" ] || exit 77
scratch="$(mktemp -d)"
trap 'chmod -R u+rwx "$scratch"; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export NO_COLOR=1
failed=0

# helper FILE [NAME]: a module with the helper. loss FILE IMPORT CALL: a loss that calls it.
helper() { mkdir -p "$(dirname "$1")"; printf 'def %s(t):\n    return t[:, :1]\n' "${2:-first}" >"$1"; }
loss() { mkdir -p "$(dirname "$1")"; printf 'import keras\n%s\n\n\ndef loss(y_true, y_pred):\n    return %s\n' "$2" "$3" >"$1"; }
# finds FILE: `loss` in it gives (B, 1), whatever folder the program runs in.
finds() {
  local from
  for from in "$scratch" / "$(dirname "$scratch/$1")"; do
    (cd "$from" && timeout 20 "$SHAPELINT" explain "$scratch/$1::loss" --shape 'y_true=B N' --shape 'y_pred=B N' \
      --output-format json) >out.json 2>err.txt
    grep -q '"shape": *"B 1"' <(tr -d '\n' <out.json | grep -o '"returns": *{[^}]*}') ||
      { echo "$1 (from $from): the helper was not found:"; head -c 400 err.txt; tr -d '\n' <out.json | grep -o '"unknown".*' | head -c 400; failed=1; }
  done
}

# A package in a repository, absolutely and relatively, deep in it.
mkdir -p repo/.git && : >repo/setup.py
for part in pkg pkg/utils pkg/losses pkg/losses/deep; do mkdir -p "repo/$part" && : >"repo/$part/__init__.py"; done
helper repo/pkg/utils/ops.py
loss repo/pkg/losses/deep/absolute.py 'from pkg.utils.ops import first' 'first(y_true)'
loss repo/pkg/losses/deep/relative.py 'from ...utils.ops import first' 'first(y_true)'
loss repo/pkg/losses/deep/dotted.py 'import pkg.utils.ops' 'pkg.utils.ops.first(y_true)'
for name in absolute relative dotted; do finds "repo/pkg/losses/deep/$name.py"; done

# A script beside its package, one in a folder of scripts, and one beside its helper.
loss repo/train.py 'from pkg.utils.ops import first' 'first(y_true)'
loss repo/tools/train.py 'from pkg.utils import ops' 'ops.first(y_true)'
helper repo/tools/near.py
loss repo/tools/beside.py 'from near import first' 'first(y_true)'
for name in train tools/train tools/beside; do finds "repo/$name.py"; done

# `src` layout, seen from the package, from the tests and from a script.
mkdir -p laid/.git laid/src/inner && : >laid/pyproject.toml && : >laid/src/inner/__init__.py
helper laid/src/inner/ops.py
loss laid/src/inner/losses.py 'from inner.ops import first' 'first(y_true)'
loss laid/tests/case.py 'from inner.ops import first' 'first(y_true)'
loss laid/main.py 'import inner.ops as o' 'o.first(y_true)'
for name in src/inner/losses tests/case main; do finds "laid/$name.py"; done

# Namespace packages: folders without `__init__.py`.
mkdir -p plain/.git
helper plain/models/parts/ops.py
loss plain/models/losses/a.py 'from models.parts.ops import first' 'first(y_true)'
loss plain/models/losses/b.py 'from ..parts.ops import first' 'first(y_true)'
loss plain/models/losses/c.py 'from models.parts import ops' 'ops.first(y_true)'
loss plain/models/losses/d.py 'import models.parts.ops' 'models.parts.ops.first(y_true)'
for name in a b c d; do finds "plain/models/losses/$name.py"; done

# One file under two names is one module.
: >plain/models/parts/__init__.py
printf 'class Base:\n    pass\n' >plain/models/parts/base.py
loss plain/models/parts/same.py \
  $'from models.parts.base import Base as A\nfrom .base import Base as B' 'y_true[:, :1] if issubclass(A, B) else y_true'
finds plain/models/parts/same.py

# A folder with the name of a framework, a module with the name of one in the standard library.
mkdir -p named/.git named/keras && : >named/keras/__init__.py
helper named/keras/own.py
loss named/keras/losses.py 'from .own import first' 'first(y_true)'
mkdir -p named/lib && : >named/lib/__init__.py
helper named/lib/copy.py
loss named/lib/losses.py 'from .copy import first' 'first(y_true)'
for name in keras lib; do finds "named/$name/losses.py"; done

# Links: to a package, in a circle, to nothing; and what cannot be read.
mkdir -p linked/.git && ln -s ../repo/pkg linked/pkg && ln -s . linked/round && ln -s nowhere linked/gone
loss linked/a.py 'from pkg.utils.ops import first' 'first(y_true)'
loss linked/b.py 'from round.round.pkg.utils.ops import first' 'first(y_true)'
finds linked/a.py
finds linked/b.py
mkdir -p closed/.git closed/secret && helper closed/secret/ops.py && helper closed/open.py
loss closed/a.py $'try:\n    from secret.ops import first\nexcept ImportError:\n    from open import first' 'first(y_true)'
chmod 000 closed/secret
[ "$(id -u)" = 0 ] || finds closed/a.py
chmod 755 closed/secret

# A framework's own source: what is defined here stands for what is written there (an `ops` that would not run), also
# under the names of its inside; what is not defined here is the package's own.
mkdir -p own/.git
for part in keras keras/src keras/src/ops keras/src/losses keras/src/inner; do mkdir -p "own/$part" && : >"own/$part/__init__.py"; done
printf 'def square(x):\n    raise NotImplementedError\n' >own/keras/src/ops/__init__.py
helper own/keras/src/inner/picking.py
loss own/keras/src/losses/a.py $'from keras.src import ops\nfrom keras.src.inner.picking import first' 'ops.square(first(y_true))'
finds own/keras/src/losses/a.py

# A helper that is no text, one that is being written, one that does not parse: only what needs it is not known.
mkdir -p broken/.git
printf 'x = "\xff"\n' >broken/bytes.py
printf 'def first(t):\n    return t[:, :1]\n\n\ndef half(' >broken/cut.py
loss broken/a.py $'from bytes import nothing\nfrom cut import first' 'first(y_true)'
finds broken/a.py
mkdir -p moving/.git && helper moving/ops.py
loss moving/a.py 'from ops import first' 'first(y_true)'
(for _ in $(seq 300); do helper moving/ops.py; : >moving/ops.py; done; helper moving/ops.py) &
writer=$!
for _ in 1 2 3 4 5; do
  timeout 20 "$SHAPELINT" check moving >out.txt 2>&1
  [ $? -le 1 ] || { echo "check of a folder that changes: "; head -c 400 out.txt; failed=1; }
done
wait "$writer"
finds moving/a.py
exit "$failed"
