# Shared by demo and test: installs what is missing and builds. Debian packages come from the release's own archive,
# so the release (Debian 12, "bookworm") pins their versions; the two source packages are pinned by hash in
# third_party/.

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# dpkg needs these folders, and a cleared environment may lack them.
export PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"
export LC_ALL=C.UTF-8

build_packages=(g++ cmake ninja-build ccache libfmt-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libxtensor-dev
  zlib1g-dev libedit-dev libgoogle-perftools-dev)
# The C++ frontend: Clang to build it, LibTorch to test it.
cxx_packages=(libclang-19-dev llvm-19-dev libzstd-dev)
test_packages=(doctest-dev tmux neovim python3 libtorch-dev)

# Objects are shared between checkouts, wherever they lie.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$PWD}" CCACHE_NOHASHDIR=1

die() {
  printf '%s\n' "$*" >&2
  exit 2
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "These packages are missing, and only root can install them: ${missing[*]}"
  fi
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install PACKAGE...: does nothing, not even ask the network, when all are there.
install() {
  missing=()
  command -v dpkg-query >/dev/null || {
    echo "This is not Debian: nothing is installed; docs/dependencies.md says what the build needs."
    return
  }
  local package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  # npm fetches two source packages, once. Whichever npm there is will do: Debian's clashes with other builds of
  # Node.js.
  if ! { [ -f .deps/tree-sitter-0.25.0/.sha256 ] && [ -f .deps/tree-sitter-python-0.25.0/.sha256 ]; } &&
    ! command -v npm >/dev/null; then
    missing+=(npm ca-certificates)
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q=2 update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q=2 -o Dpkg::Use-Pty=0 install --no-install-recommends \
    "${missing[@]}" >/dev/null
}

# build PRESET TARGET [CMAKE_OPTION...]: configures when needed and builds; prints little unless something goes wrong.
build() {
  local preset="$1" target="$2"
  shift 2
  cmake --preset "$preset" --log-level=NOTICE -DSHAPELINT_WERROR="${SHAPELINT_WERROR:-OFF}" "$@" >/dev/null
  cmake --build --preset "$preset" --target "$target"
}
