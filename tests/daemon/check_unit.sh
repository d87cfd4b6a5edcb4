#!/bin/sh
# Holds a unit and its account to systemd's own checks: check_unit.sh UNIT SYSUSERS PROGRAM
#
# systemd-analyze wants the unit's program to be there, so PROGRAM, the one just built, stands in
# for the installed one. The exposure threshold is ten times the score that `systemd-analyze
# security` prints.
set -eu
unit=$1 sysusers=$2 program=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

copy=$folder/$(basename "$unit")
sed "s|^ExecStart=[^ ]*|ExecStart=$program|" "$unit" >"$copy"
grep -q "^ExecStart=$program run --config " "$copy"
systemd-analyze verify --man=no "$copy"
systemd-analyze security --offline=true --threshold=15 --no-pager "$copy" >"$folder/exposure" || {
  cat "$folder/exposure"
  exit 1
}
tail -1 "$folder/exposure"

account=$(sed -n 's/^User=//p' "$unit")
mkdir -p "$folder/etc" "$folder/usr/lib/sysusers.d"
cp "$sysusers" "$folder/usr/lib/sysusers.d/account.conf"
systemd-sysusers --root="$folder" account.conf
grep "^$account:" "$folder/etc/passwd"
