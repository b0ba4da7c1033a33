"""The shell of every command: parse, run, and turn a TrainingError into one line and exit code 2."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from .errors import TrainingError


def main(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], None]) -> None:
    args = parser.parse_args()
    try:
        run(args)
    except TrainingError as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)

