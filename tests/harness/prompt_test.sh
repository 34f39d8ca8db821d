#!/bin/bash
# The prompt on the landmark loss, through a pipe and in a real terminal (tmux, where there is one): the bug is found by
# asking, a shape is changed, the change is seen, and the fix is applied.
set -uo pipefail
shapelint="${SHAPELINT:?}"
scratch="$(mktemp -d)"
socket="shapelint-prompt-$$"
trap 'tmux -L "$socket" kill-server 2>/dev/null; rm -rf "$scratch"' EXIT
failures=0

fail() {
  printf 'FAILED: %s\n' "$1"
  failures=$((failures + 1))
}
# holds WHAT TEXT OUTPUT
holds() {
  case "$3" in
    *"$2"*) ;;
    *) fail "$1: wanted '$2' in:"$'\n'"$3" ;;
  esac
}
fresh() {
  mkdir -p "$scratch/$1"
  cp docs/examples/landmark.py docs/examples/landmark.json "$scratch/$1/"
}
# ask FOLDER [OPTION...]: the lines on standard input; sets `output` and `code`.
ask() {
  local folder="$1"
  shift
  output="$(cd "$scratch/$folder" && "$shapelint" explain --interactive landmark.py::landmark "$@" 2>&1)"
  code=$?
}

# ---- through a pipe
fresh pipe
ask pipe --data landmark.json <<'LINES'
shape bce
why bce
value bce
set y_true=(B, 7) y_pred=(B, 7)
LINES
holds "the shape" "bce: ()" "$output"
holds "the reason" "the batch axis is lost here:" "$output"
holds "the place" "binary_crossentropy(y_true[:, 0], y_pred[:, 0])" "$output"
holds "the value that was computed" "0.228393" "$output"
holds "the values of the samples" "[0.1053605, 0.2231435, 0.356675]" "$output"
holds "data and shape disagree" "error: " "$output"
[ "$code" = 2 ] || fail "a line that failed must show in the exit code, not $code"
case "$output" in *$'\033'*) fail "escape codes in a pipe" ;; esac

ask pipe <<'LINES'
set y_true=B 7 y_pred=B 7
shape y_true[:, 1:]
fix apply
shape bce
quit
shape never
LINES
holds "the shape that was set" "y_true (B, 7) [command-line]" "$output"
holds "its consequence" "y_true[:, 1:]: (B, 6)" "$output"
holds "the file" "wrote landmark.py" "$output"
holds "the shape after the fix" "bce: (B,)" "$output"
holds "no finding after the fix" "no findings" "$output"
case "$output" in *never*) fail "a line behind quit was read" ;; esac
[ "$code" = 0 ] || fail "exit code $code, wanted 0"
grep -q 'y_true\[:, :1\], y_pred\[:, :1\]' "$scratch/pipe/landmark.py" || fail "the fix is not in the file"

fresh mistakes
ask mistakes <<'LINES'
shap bce
shape
size B=none
size Q=3
set nothing=B
shape x = 3
step sideways
help nonsense
fix apply 7
LINES
holds "a slip of the finger" "'shap' is no command; did you mean 'shape'?" "$output"
holds "usage" "usage: shape EXPR" "$output"
holds "a bad size" "a size is a whole number from 1" "$output"
holds "an unknown size" "no shape has that size; there are: B, N" "$output"
holds "an unknown parameter" "has no parameter of that name (there are: y_true, y_pred)" "$output"
holds "a statement" "not an expression" "$output"
[ "$(printf '%s\n' "$output" | grep -c '^error: ')" = 9 ] || fail "nine mistakes, nine errors:"$'\n'"$output"

output="$("$shapelint" explain --interactive - </dev/null 2>&1)"
[ $? = 2 ] || fail "a target on standard input must be refused"
holds "a target on standard input" "standard input holds the commands" "$output"
output="$("$shapelint" explain --interactive "$scratch/nothing.py::f" </dev/null 2>&1)"
[ $? = 2 ] || fail "a file that is missing must be refused"
output="$(cd "$scratch/mistakes" && "$shapelint" explain --interactive landmark.py::landmark </dev/null)"
[ $? = 0 ] || fail "no questions are no failure"

# ---- in a terminal
if command -v tmux >/dev/null; then
  fresh terminal
  terminal() { tmux -L "$socket" "$@"; }
  keys() { terminal send-keys -t prompt "$@"; }
  # sees WHAT TEXT: waits for the text below the line that was typed last.
  sees() {
    local try screen
    for try in $(seq 100); do
      screen="$(terminal capture-pane -p -J -S -200 -t prompt)"
      screen="${screen##*"$asked"}"
      case "$screen" in *"$2"*) return ;; esac
      sleep 0.1
    done
    fail "$1 (terminal): wanted '$2' below '$asked' in:"$'\n'"$(terminal capture-pane -p -S -200 -t prompt)"
  }
  type_line() {
    asked="> $1"
    keys -l "$1"
    keys Enter
  }
  asked="landmark("
  terminal -f /dev/null new-session -d -s prompt -x 140 -y 50 \
    "cd '$scratch/terminal' && env -u NO_COLOR '$shapelint' explain --interactive landmark.py::landmark; echo \"left with \$?\"; sleep 60"
  sees "the greeting" "lists the commands."
  type_line "shape bce"
  sees "the shape" "bce: ()"
  type_line "why bce"
  sees "the reason" "the batch axis is lost here"
  type_line "set y_true=B 7 y_pred=B 7"
  sees "the shape that was set" "y_true (B, 7)"
  type_line "y_true[:, 1:]"
  sees "its consequence" "(B, 6)"
  # Completion, history, editing in the middle, and a character of two bytes.
  keys -l "va"
  keys Tab
  keys -l "bc"
  keys Tab
  keys Enter
  asked="> value bce"
  sees "the completed line" "mean of the samples"
  keys Up
  keys Up
  keys Enter
  asked="> y_true[:, 1:]"
  sees "the line before" "(B, 6)"
  keys -l "shapé bce"
  keys Left Left Left Left BSpace
  keys -l "e"
  keys Enter
  asked="> shape bce"
  sees "the mended line" "bce: ()"
  # Ctrl-C drops a line, and stops what runs.
  keys -l "nonsense"
  keys C-c
  asked="nonsense^C"
  sees "a new line" ">"
  type_line "size B=60"
  sees "the size" "B=60"
  type_line "value [y_true * i * j for i in range(150) for j in range(150)]"
  sleep 0.5
  keys C-c
  sees "what was stopped" "stopped; nothing was changed"
  type_line "fix apply"
  sees "the file" "wrote landmark.py"
  type_line "shape bce"
  sees "the shape after the fix" "bce: (B,)"
  keys C-d
  asked="bce: (B,)"
  sees "the end" "left with 0"
else
  echo "tmux is missing: only the pipe was tested"
fi

[ "$failures" = 0 ] || exit 1
echo "ok"
