# Sourced: the source tree of the packages, made of what git knows, as it stands now.

# debian_folder FOLDER SUITE: FOLDER/debian, with a version of its own for each Debian, so that an
# upgrade of the system upgrades the packages, too.
debian_folder() {
  local folder=$1 suffix
  case "$2" in
    bookworm) suffix=+deb12 ;;
    trixie) suffix=+deb13 ;;
    *) echo "packaging: no suite '$2'; there are bookworm and trixie" >&2; return 1 ;;
  esac
  mkdir -p "$folder"
  rm -rf "$folder/debian"
  cp -a packaging/debian "$folder/debian"
  sed -i "1s/(\([^)]*\))/(\1$suffix)/" "$folder/debian/changelog"
}

# source_tree FOLDER SUITE: everything to build from.
source_tree() {
  rm -rf "$1"
  mkdir -p "$1"
  git -c safe.directory="$PWD" ls-files -z |
    grep -zv '^packaging/debian/' |
    tar -c --null --files-from=- --ignore-failed-read --warning=no-failed-read | tar -x -C "$1"
  debian_folder "$1" "$2"
}
