#!/usr/bin/env bash
# Runs the recipe's tests in a virtual environment of their own (kept in .venv; python3 3.11 or later, ffmpeg, g++ and FluidSynth needed).
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v ffmpeg >/dev/null || ! command -v g++ >/dev/null || ! command -v fluidsynth >/dev/null; then
  packages="ffmpeg g++ fluidsynth timgm6mb-soundfont"
  [ "$(id -u)" = 0 ] || { echo "test:training: install the programs first (Debian: apt-get install $packages)" >&2; exit 2; }
  # shellcheck disable=SC2086 # a list of packages
  apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi
# Byte code is written when a module is first imported, not for all that is installed.
unset PYTHONDONTWRITEBYTECODE
stamp=.venv/requirements.txt
if ! cmp -s models/training/requirements.txt "$stamp"; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --no-compile -r models/training/requirements.txt
  cp models/training/requirements.txt "$stamp"
fi
# Small networks train faster in one thread; the other cores take tests of their own.
export OMP_NUM_THREADS=1 PATH="$PWD/.venv/bin:$PATH"
exec .venv/bin/python -m pytest -q -rs -n "$(nproc)" "${@:-test/training}"
