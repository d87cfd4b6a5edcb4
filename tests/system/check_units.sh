#!/bin/sh
# Holds the units and their account to systemd's own checks: check_units.sh SOURCE_FOLDER PROGRAMS_FOLDER
#
# systemd-analyze wants a unit's program to be there, so PROGRAMS_FOLDER, what was just built, stands
# in for the installed one. The exposure threshold is ten times the score that `systemd-analyze
# security` prints.
set -eu
source=$1 programs=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

units() { # units SYSTEMD_VERSION
  mkdir -p "$folder/$1"
  cmake -D source="$source" -D folder="$folder/$1" -D bindir="$programs" -D config_directory=/etc/webpubsub-gateway \
    -D systemd_version="$1" -P "$source/units.cmake"
}

check() { # check UNIT
  systemd-analyze verify --man=no "$1" >"$folder/said" 2>&1 || { cat "$folder/said"; exit 1; }
  # Unknown settings are only warned about.
  if grep "^$folder\|$(basename "$1")" "$folder/said"; then exit 1; fi
  systemd-analyze security --offline=true --threshold=15 --no-pager "$1" >"$folder/exposure" || {
    cat "$folder/exposure"
    exit 1
  }
  tail -1 "$folder/exposure"
}

version=$(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p')
units 252
units 254
grep -qx 'Type=notify' "$folder/252/webpubsub-gateway.service"
grep -qx 'Type=notify-reload' "$folder/254/webpubsub-gateway.service"
for generation in 252 254; do
  [ "$version" -ge "$generation" ] || continue
  folder_of=$folder/$generation
  cp "$folder_of/webpubsub-gateway@.service" "$folder_of/webpubsub-gateway@site.service"
  for unit in webpubsub-gateway webpubsub-gateway@site webpubsub-hub; do
    check "$folder_of/$unit.service"
  done
done

mkdir -p "$folder/etc" "$folder/usr/lib/sysusers.d"
cp "$source/webpubsub-gateway.sysusers.conf" "$folder/usr/lib/sysusers.d/account.conf"
systemd-sysusers --root="$folder" account.conf
account=$(sed -n 's/^User=//p' "$folder/252/webpubsub-gateway.service")
grep "^$account:" "$folder/etc/passwd"
