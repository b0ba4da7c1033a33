#!/usr/bin/env bash
# Runs the Dockerfile's steps in a fresh Debian root, without a container engine, then splits a song
# and asks the demo server for a page in there. Needs root, mmdebstrap and curl.
#
# Debian 12 has Node 18, so this machine's Node and npm are copied in, in place of the ones that the
# image node:20-bookworm-slim brings: that image itself is not tested here.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then
    kill -- "-$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  for mount in proc dev; do mountpoint -q "$root/$mount" && umount "$root/$mount"; done
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT

step() { printf '\n==> %s\n' "$*"; }
inside() {
  chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$@"
}

step "FROM $(sed -n 's/^FROM //p' Dockerfile)"
mmdebstrap --variant=minbase --include=ca-certificates bookworm "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# This machine's certificates: a proxy may have added its own.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
npm=$(readlink -f "$(command -v npm)")
mkdir -p "$root/usr/local/lib/node_modules"
cp "$(readlink -f "$(command -v node)")" "$root/usr/local/bin/node"
cp -r "${npm%/bin/npm-cli.js}" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
inside node --version

while read -r instruction rest; do
  case $instruction in
    COPY)
      step "COPY $rest"
      mkdir -p "$root/app"
      git ls-files -co --exclude-standard -z | tar --null -T - -c | tar -x -C "$root/app"
      ;;
    RUN)
      step "RUN $rest"
      inside sh -ec "$rest"
      ;;
  esac
done <Dockerfile

step "split"
mkdir -p "$root/data"
cp components/demo/song/song.mp3 "$root/data/song.mp3"
inside sh -ec "cd /data && node /app/dist/cli.js split song.mp3 --out stems --quiet"
ls -l "$root"/data/stems
[ "$(find "$root/data/stems" -name '*.wav' -size +1M | wc -l)" = 4 ]

step "demo server"
# A process group of its own, to be ended as one.
setsid chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root \
  HOST=127.0.0.1 PORT=18080 sh -ec "cd /app && exec npm run demo" &
server=$!
curl -sf --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:18080/demo/ | grep -q '<stem-mixer'
step "all steps work"
