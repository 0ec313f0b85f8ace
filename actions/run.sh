#!/usr/bin/env bash
# Run one Gatewright command; install Gatewright first, once per job, next to the runner's temporary files.
#
# The working directory may hold an untrusted pull request, so nothing below looks at it: `python -I`
# ignores it (and PYTHONPATH), `uv --no-config` ignores its uv.toml and pyproject.toml, every package is
# pinned by hash, no package is built from source, and the program itself starts in a folder of its own.
# Needs bash 3.2, a Python with pip 22.3, git, and nothing else.
set -Eeuo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
pins="$root/actions"

# Versions with other pins in the same job have other folders.
key="$(cat "$pins/requirements.txt" "$pins/uv.txt" | cksum)"
home="${RUNNER_TEMP:?}/gatewright-${key%% *}"

refuse() {
  echo "::error title=Gatewright::$1"
  exit 2
}

install() {
  local host uv
  host="$(command -v python3 || command -v python)"
  "$host" -I -m venv --clear --without-pip "$home/boot"
  "$host" -I -m pip --python "$home/boot/bin/python" install --quiet --disable-pip-version-check \
    --no-compile --no-deps --only-binary :all: --require-hashes --requirement "$pins/uv.txt"
  uv="$home/boot/bin/uv"
  "$uv" --no-config venv --quiet --clear --python ">=3.11" "$home/venv"
  "$uv" --no-config pip sync --quiet --require-hashes --only-binary :all: \
    --python "$home/venv/bin/python" "$pins/requirements.txt"
  touch "$home/ready"
}

case "$(uname -s)" in
  Linux | Darwin) ;;
  *) refuse "Gatewright runs on Linux and macOS runners" ;;
esac
export PYTHONUTF8=1
mkdir -p "$home"
cd "$home"

if [[ -z "${GATEWRIGHT_PYTHON:-}" ]]; then
  if [[ ! -f "$home/ready" ]]; then
    echo "::group::Install Gatewright"
    # Not `install || refuse`: within a condition bash would go on after a step that failed.
    trap 'refuse "Gatewright could not be installed; the log says why"' ERR
    install
    trap - ERR
    echo "::endgroup::"
  fi
  GATEWRIGHT_PYTHON="$home/venv/bin/python"
fi

# Our own code is the checkout that the caller pinned; to install it would fetch a build backend.
start='import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module("app.action", run_name="__main__")'
exec "$GATEWRIGHT_PYTHON" -I -c "$start" "$root" "$@"
