#!/bin/bash
# restart.sh CONFIG [args]: ends the run (it saves) and goes on with CONFIG
. /work/train/env.sh
P=$(pgrep -f "training.train.*runs/karaoke" | head -1)
[ -n "$P" ] && kill -TERM $P && while kill -0 $P 2>/dev/null; do sleep 0.5; done
C=$1; shift
setsid nohup taskset -c 0 python -m training.train --config $C --out /work/train/runs/karaoke --save-every 300 "$@" >> /work/train/runs/karaoke.log 2>&1 &
sleep 1
P=$(pgrep -f "training.train.*runs/karaoke" | head -1); echo -5 > /proc/$P/autogroup; echo started $P
