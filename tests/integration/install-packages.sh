#!/bin/sh
# Installs the npm packages of these tests, unless they are there already.
set -eu
cd "$(dirname "$0")"
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  npm ci --no-progress --loglevel=error
fi
