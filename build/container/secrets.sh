#!/bin/sh
# Makes the passwords of compose.yaml, each of 192 random bits; those that are there stay. MediaMTX has no shell that could read a file, so its own is in .env, too.
set -eu
cd "${1:-$(dirname "$0")/../..}"
# Users of the containers can read the files, and on this machine only who may enter the folder.
umask 022
mkdir -p -m 700 secrets
for name in mediamtx metrics grafana; do
  [ -s "secrets/$name" ] || od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n' > "secrets/$name"
done
touch .env && chmod 600 .env
# One that was made anew counts in both.
line="MEDIAMTX_PASSWORD=$(cat secrets/mediamtx)"
grep -qxF "$line" .env || { sed -i '/^MEDIAMTX_PASSWORD=/d' .env && echo "$line" >> .env; }
