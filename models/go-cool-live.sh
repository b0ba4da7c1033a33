#!/bin/bash
. /work/train/env.sh
exec taskset -c 0 python -m training.train --config /work/train/live-0.toml --out /work/train/runs/live-cool --branch /work/train/runs/live/last.pt --cooldown 400 --save-every 120
