# Sourced: root file systems to build and test in, kept below build/roots. Needs root and mmdebstrap.
# GW_APT_SOURCE: where to take Debian from, other than mmdebstrap would: an apt source of one line, or a
# file with such.

roots=$PWD/build/roots

# root_folder NAME SUITE ARCHITECTURES PACKAGES: where the root file system NAME is. It is made
# when it is not there yet, or was made of something else. Lists are separated by commas.
root_folder() {
  local folder=$roots/$1 made_of="$2 $3 $4"
  mkdir -p "$roots"
  exec {lock}>"$roots/$1.lock"
  flock "$lock"
  if [ "$(cat "$folder.made-of" 2>/dev/null)" != "$made_of" ]; then
    rm -rf "$folder" "$folder.made-of"
    echo "making the root file system $1" >&2
    # Without documentation and locales, which nobody reads here; with the name every machine has.
    # shellcheck disable=SC2016
    mmdebstrap --quiet --mode=root --variant=minbase --architectures="$3" --include="$4" \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt=force-unsafe-io --dpkgopt='path-include=/usr/share/*/webpubsub-*' \
      --customize-hook='echo "127.0.0.1 localhost" >"$1/etc/hosts"' \
      --aptopt='Apt::Install-Recommends "false"' "$2" "$folder" ${GW_APT_SOURCE:+"$GW_APT_SOURCE"} >&2 || { rm -rf "$folder"; return 1; }
    echo "$made_of" >"$folder.made-of"
  fi
  exec {lock}>&-
  echo "$folder"
}

# inside FOLDER COMMAND...: runs it there, in a mount and process space of its own that ends with it.
# BIND="FROM:TO ..." shows folders of this machine at paths of that one, SETTINGS="NAME=VALUE ..." are
# variables, OVERLAY=yes forgets all that is written.
inside() {
  local folder=$1
  shift
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child sh -euc '
    root=$1
    shift
    if [ "${OVERLAY:-}" = yes ]; then
      mount -t tmpfs tmpfs /mnt
      mkdir /mnt/upper /mnt/work /mnt/root
      mount -t overlay overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
      root=/mnt/root
    fi
    mount -t proc proc "$root/proc"
    # Names are looked up as here.
    rm -f "$root/etc/resolv.conf"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    for pair in ${BIND:-}; do
      mkdir -p "$root${pair#*:}"
      mount --rbind "${pair%%:*}" "$root${pair#*:}"
    done
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive ${SETTINGS:-} chroot "$root" "$@"
  ' sh "$folder" "$@"
}
