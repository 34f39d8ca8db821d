#!/bin/bash
# Hostile and broken inputs: each ends with 0, 1 or 2, in bounded time and memory, and says what is wrong. Sanitizer
# builds run the same list, with more time and without the limit on memory, which their shadow would not fit into.
set -uo pipefail

[ -x "${SHAPELINT:-}" ] || exit 77
here="$(cd "$(dirname "$0")" && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
mkdir in
cd in || exit 1
bash "$here/bad_inputs.sh" || { echo "the inputs could not be written"; exit 1; }
export NO_COLOR=1
failed=0
memory=2000000
seconds="${BAD_INPUT_SECONDS:-10}"
if grep -qaF __asan_init "$SHAPELINT"; then memory=unlimited; seconds=60; fi

# expect STATUS TEXT ARGUMENT...: the exit code (several: `0|1`), and a text on either stream.
expect() {
  local status="$1" text="$2" actual=0
  shift 2
  (ulimit -v "$memory"; timeout -k 1 "$seconds" "$SHAPELINT" "$@" >../out.txt 2>&1 </dev/null) || actual=$?
  case "|$status|" in
    *"|$actual|"*) ;;
    *) echo "shapelint $*: exit $actual, not $status:"; head -c 600 ../out.txt; failed=1 ;;
  esac
  grep -qF -- "$text" ../out.txt || { echo "shapelint $*: no '$text' in:"; head -c 600 ../out.txt; failed=1; }
}

# Text.
expect 2 "no such file or folder 'missing.py'" check missing.py
expect 0 'no loss function in empty.py' check empty.py
expect 0 'no loss function in empty.loss' check empty.loss
expect 0 'no loss function in bom.py' check bom.py
expect 0 'All clean: 1 loss' check bom_loss.py
expect 0 'All clean: 1 loss' check crlf.py
expect 0 'does not parse' check cr.py
expect 2 'latin.py:2:6: invalid UTF-8 (byte 0xFF' check latin.py
expect 2 'utf16.py:1:1: invalid UTF-8' check utf16.py
expect 2 'zero.py:2:7: a zero byte' check zero.py
expect 2 'surrogate.py:2:6: invalid UTF-8' check surrogate.py
expect 2 'larger than 4 MB' check large.py
expect 0 'All clean: 1 loss' check unicode.py
expect 1 'cut.loss:1:6: error[invalid-syntax] `(` is never closed' check cut.loss
expect 1 'open_string.loss:1:1: error[invalid-syntax] this string is not closed' check open_string.loss

# Nesting.
expect 0 'brackets are nested deeper than 200 levels' check parens.py
expect 1 'error[invalid-syntax] brackets are nested deeper than 200 levels' check parens.loss
expect 0 'brackets are nested deeper than 200 levels' check brackets.py
expect 0 'brackets are nested deeper than 200 levels' check unclosed.py
expect 0 'brackets are nested deeper than 200 levels' check calls.py
for name in lambdas unary nots powers ternaries; do expect 0 'nested deeper than 200 levels' check "$name.py"; done
for name in operators dots subscripts attribute_calls; do expect 0 'a chain of' check "$name.py"; done
expect 0 'All clean' check fstrings.py
expect 0 'All clean' check deep_ifs.py
expect 0 'nested deeper than 200 levels' check deep_defs.py

# Control flow, recursion, objects, sizes: said to be clean or not followed, and over soon. Evaluations too.
for name in while_true while_grows while_string while_int while_dim sixty_row sixty_nested sixty_shapes loops \
  loops_unknown whiles_unknown tries recursion recursion_pair fib fib_unknown ackermann omega ten_ways doubling \
  doubled_default self_list self_object self_joined self_compared bool_of_itself getattr dunder diamonds zeros \
  repeats ranges numbers reshapes outer comprehensions stars texts; do
  expect 0 'All clean: 1 loss in 1 file' check "$name.py"
  expect '0|1' "loss in $name.py" eval "$name.py::loss"
done
for name in cyclic_bases cyclic_super decorators unknown_names; do expect 0 'All clean' check "$name.py"; done
expect 0 'the loop did not end within 512 rounds' check -v while_true.py
for name in self_compared bool_of_itself; do
  expect 0 'not understood' check -v "$name.py"
  expect 0 'returns' explain "$name.py::loss"
done
expect '0|1' '"value": null' eval many_numbers.py::loss --output-format json
expect '0|1' '"returns"' eval returned_widely.py::loss --output-format json
expect 0 'not every path of loss was followed' check -v stars.py
expect 1 'could not' eval zeros.loss::f
for name in a b itself relative cycle stars; do expect 0 '' check "imports/$name.py"; done

# Many of something.
for name in dict list unpacking long_function many_losses helpers parameters many_decorators inheritance methods \
  docstring; do
  expect 0 'All clean' check "$name.py"
done
expect 1 'shape-contract' check annotation.py
expect 1 'unused-suppression' check -q suppressions.py

# Places.
expect 2 'is a folder' explain folder.py
expect 0 'no .py, .pyi, .ipynb or .loss file' check folder.py
expect 0 'no loss function' check no_losses
expect 0 'All clean: 2 losses in 1 file' check links
expect 2 'dangling.py' check dangling.py
expect 2 'loop.py' check loop.py
expect 2 'pipe.py' check pipe.py
expect 2 'zero_device.py' check zero_device.py
chmod 000 empty.py
[ "$(id -u)" = 0 ] || expect 2 'empty.py' check empty.py

# Options.
for shape in 'y_true' '=B N' 'y_true=(' 'y_true=B N)' 'y_true=[B N' 'y_true=B]' 'y_true=B,,' 'y_true=B**N' 'y_true=B/0' \
  'y_true=B+' 'y_true=1.5' 'y_true=-' 'y_true=B $' 'y_true=99999999999999999999' 'y_true=... ...' 'y_true={x}' \
  "y_true=$(printf '(%.0s' $(seq 3000))B"; do
  expect 2 '--shape' check good.py --shape "$shape"
done
expect 2 'nobody' check good.py::loss --shape 'nobody=B N'
for size in B=0 B=-1 B=1.5 B= B '=3' B=9999999999999999999999 B=0x10 'B= 3'; do expect 2 '--size' check good.py --size "$size"; done
expect '0|2' 'good.py' eval good.py::loss --size B=1000000000
expect '0|2' 'good.py' eval good.py::loss --size B=9223372036854775807
for arg in 'gamma=(' 'gamma=' 'gamma=1 +' 'gamma=x y' 'gamma=import os'; do expect 2 'gamma' eval good.py::weighted --arg "$arg"; done
expect '0|2' 'weighted' eval good.py::weighted --arg steps=10**10**10
expect '0|2' 'weighted' eval good.py::weighted --arg 'steps=[0]*10**9'
expect 2 'gamma' eval good.py::weighted --arg "gamma=$(printf '(%.0s' $(seq 5000))"
expect 2 '--dtype' check good.py --dtype y_true=float31
expect 2 '--dtype' check good.py --dtype y_true
expect 2 '--framework' check good.py --framework keras=new
expect 2 "no rule is called 'no-such-rule'" check good.py --select no-such-rule
expect 2 'no-such-rule' rule no-such-rule
expect 2 "'frobnicate' is no command" frobnicate
expect 2 'good.py has no function or class' check good.py::nothing
expect 2 'ends at line' check good.py:99999
expect '0|2' '' check good.py:99999999999999999999
expect 2 '' check ''
expect 2 '' check '::'
expect '0|2' '' check 'good.py::'

# Data.
for file in ragged.json cut.json list.json text.json deep.json empty.json lying.npy short.npy overflow.npy negative.npy \
  objects.npy broken.npy header.npy cut.npz ragged.csv text.csv missing.json folder.py pipe.py; do
  expect 2 "$file" eval good.py::loss --data "$file"
done
for file in ranks.json sizes.json; do expect '0|1|2' '' eval good.py::loss --data "$file"; done
for file in nan.json huge.json none.json other.json; do expect '0|2' '' eval good.py::loss --data "$file"; done
exit "$failed"
