# Sourced by packaging/package: the unit tests as that Debian's compiler and libraries make them.

# Names are what packaging/package calls things.
# shellcheck disable=SC2154
unit_tests() {
  local foreign=
  [ "$arch" = "$here" ] || foreign="--toolchain packaging/toolchain.cmake -DGW_TRIPLET=$triplet
    -DGW_PROCESSOR=$processor -DGW_EMULATOR=$emulator"
  mkdir -p "$work/tests"
  # The flags of the packages, for then the compiler cache has all but the tests; linked without LTO,
  # which takes minutes for so many programs.
  # shellcheck disable=SC2086
  in_build_root sh -euc '
    cd /build/one/source
    arch=$1
    shift
    exec >/build/tests/log 2>&1
    export DEB_BUILD_OPTIONS="$NOOPT" DEB_CXXFLAGS_MAINT_APPEND=-DNDEBUG
    export DEB_BUILD_MAINT_OPTIONS=hardening=+all
    [ -n "$NOOPT" ] || DEB_BUILD_MAINT_OPTIONS="hardening=+all optimize=+lto"
    eval "$(dpkg-architecture -f -a"$arch" -c dpkg-buildflags --export=sh)"
    cmake -S . -B /build/tests -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS="$CXXFLAGS $CPPFLAGS" \
      -DCMAKE_EXE_LINKER_FLAGS="$LDFLAGS -fno-lto" -DGW_TEST_OPTIONS="-O1;-g0;-fno-lto" \
      -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
    ninja -C /build/tests gw_unit_tests
    ctest --test-dir /build/tests -L unit -j "$(nproc)" --output-on-failure --timeout 600
  ' sh "$arch" $foreign || { grep -A20 "FAILED\|Error\|The following" "$work/tests/log" | tail -60 >&2; exit 1; }
  grep "tests passed" "$work/tests/log"
}
