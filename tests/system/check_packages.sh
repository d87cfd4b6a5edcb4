#!/bin/sh
# Packs what was built and holds the packages to Debian's rules: check_packages.sh BUILD_FOLDER OUTPUT_FOLDER
# Packing it again must give the same bytes; packaging/package shows it of the compiler, too.
set -eu
build=$1 output=$2
packaging=$(dirname "$0")/../../packaging
case "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" in
  bookworm | trixie) ;;
  *) echo "left out: packages are made on Debian 12 and 13"; exit 77 ;;
esac

"$packaging/prebuilt" "$build" "$output"
lintian --fail-on error,warning "$output"/*.deb

again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
"$packaging/prebuilt" "$build" "$again" >/dev/null
for package in "$output"/*.deb; do
  cmp "$package" "$again/$(basename "$package")"
done

contents=$(dpkg-deb -c "$output"/webpubsub-gateway_*.deb)
for path in etc/webpubsub-gateway/gateway.yaml lib/systemd/system/webpubsub-gateway@.service \
  usr/lib/systemd/catalog/webpubsub-gateway.catalog usr/lib/sysusers.d/webpubsub-gateway.conf; do
  echo "$contents" | grep -q "/$path\$" || { echo "not in the package: $path"; exit 1; }
done
dpkg-deb --ctrl-tarfile "$output"/webpubsub-gateway_*.deb | tar -xO ./conffiles | grep -qx /etc/webpubsub-gateway/gateway.yaml
