# Sourced by packaging/package: the unit tests as that Debian's compiler and libraries make them.

# Names are what packaging/package calls things.
# shellcheck disable=SC2154
unit_tests() {
  # In the build folder of the packages, so that only the tests are left to compile; linked without
  # LTO, which takes minutes for so many programs.
  in_build_root sh -euc '
    cd /build/one/source/obj-*
    exec >/build/tests-log 2>&1
    # ext4 tells an emulated 32-bit program offsets in folders that it cannot take, as no kernel would
    # tell a real one.
    mount -t tmpfs tmpfs /tmp
    cmake -DGW_BUILD_TESTS=ON -DGW_TEST_OPTIONS="-O1;-g0;-fno-lto" -DCMAKE_CROSSCOMPILING_EMULATOR="$1" \
      -DCMAKE_EXE_LINKER_FLAGS="$(sed -n "s/^CMAKE_EXE_LINKER_FLAGS:STRING=//p" CMakeCache.txt) -fno-lto" .
    ninja gw_unit_tests
    ctest -L unit -j "$(nproc)" --output-on-failure --timeout 600
  ' sh "$emulator" || { grep -A20 "FAILED\|Error\|The following" "$work/tests-log" | tail -60 >&2; exit 1; }
  grep "tests passed" "$work/tests-log"
}
