#!/usr/bin/env bash
# Runs the recipe's tests in a virtual environment of their own (kept in .venv; python3 3.11 or later, ffmpeg and g++ needed).
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v ffmpeg >/dev/null || ! command -v g++ >/dev/null; then
  [ "$(id -u)" = 0 ] || { echo "test:training: install ffmpeg and g++ first (Debian: apt-get install ffmpeg g++)" >&2; exit 2; }
  apt-get update -qq && apt-get install -y -qq ffmpeg g++ >/dev/null
fi
stamp=.venv/requirements.txt
if ! cmp -s models/training/requirements.txt "$stamp"; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r models/training/requirements.txt
  cp models/training/requirements.txt "$stamp"
fi
PATH="$PWD/.venv/bin:$PATH" exec .venv/bin/python -m pytest -q "${@:-test/training}"
