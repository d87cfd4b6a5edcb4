#!/bin/sh
# Installs the build into an empty root and looks at what is there: check_install.sh BUILD_FOLDER
set -eu
build=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

install_it() { DESTDIR=$root cmake --install "$build" >"$root/log" || { cat "$root/log"; exit 1; }; }
install_it
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build/CMakeCache.txt")
at() { test -e "$root$1" || { echo "not installed: $1"; exit 1; }; }
at "$prefix/bin/webpubsub-gateway"
at "$prefix/bin/webpubsub-hub"
at "$prefix/bin/webpubsub"
at "$prefix/include/webpubsub/webpubsub/client/client.h"
at "$prefix/lib/systemd/system/webpubsub-gateway.service"
at "$prefix/lib/sysusers.d/webpubsub-gateway.conf"
at "$prefix/lib/systemd/catalog/webpubsub-gateway.catalog"
at "$prefix/share/webpubsub-gateway/gateway.yaml"
for page in man1/webpubsub.1 man1/webpubsub-gateway.1 man8/webpubsub-hub.8 man5/webpubsub-gateway.yaml.5 man8/webpubsub-gateway.8; do
  at "$prefix/share/man/$page"
done
at "$prefix/share/bash-completion/completions/webpubsub-gateway"
at "$prefix/share/zsh/vendor-completions/_webpubsub-hub"
at "$prefix/share/fish/vendor_completions.d/webpubsub-gateway.fish"

config=$(sed -n 's/^GW_CONFIG_DIRECTORY:PATH=//p' "$build/CMakeCache.txt")/gateway.yaml
at "$config"
"$root$prefix/bin/webpubsub-gateway" check "$root$config" >/dev/null

# An upgrade leaves the administrator's file alone.
echo "gateway: {id: mine}" >"$root$config"
install_it
grep -q mine "$root$config"
