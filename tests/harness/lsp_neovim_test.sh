#!/bin/bash
# The language server in headless Neovim; skipped where there is none. See lsp_neovim.lua.
set -euo pipefail
command -v nvim >/dev/null || { echo "no nvim; skipped"; exit 77; }
: "${SHAPELINT:?names the executable}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
# A space in the path, and characters outside the basic plane before the bug.
export LSP_TEST_FILE="$scratch/my losses.py"
cat >"$LSP_TEST_FILE" <<'PY'
from keras import backend as K
from keras.losses import binary_crossentropy, mean_squared_error


def landmark(y_true, y_pred):
    """y_true, y_pred: (B, 5)"""
    emoji = "😀😀"; bce = binary_crossentropy(y_true[:, 0], y_pred[:, 0])
    mse = K.sign(y_true[:, 0]) * mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
    return bce + mse
PY
export HOME="$scratch" XDG_CONFIG_HOME="$scratch" XDG_DATA_HOME="$scratch" XDG_STATE_HOME="$scratch" XDG_CACHE_HOME="$scratch"
output="$(timeout 120 nvim --headless -u NONE -i NONE -n -c "luafile $(dirname "$0")/lsp_neovim.lua" 2>&1)" || {
  echo "$output"
  exit 1
}
echo "$output"
case "$output" in *"neovim: all as expected"*) ;; *) exit 1 ;; esac
