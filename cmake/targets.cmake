# How this project's targets are made. Targets carry everything; there are no global flags.

option(GW_WERROR "Treat warnings as errors" OFF)
set(GW_SANITIZE "" CACHE STRING "Sanitizers for everything we compile, for example address,undefined")
option(GW_BUILD_FUZZERS "Build the targets of tests/fuzz with libFuzzer; needs clang" OFF)

add_library(gw_flags INTERFACE)
target_compile_features(gw_flags INTERFACE cxx_std_20)
target_compile_options(gw_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${GW_WERROR}>:-Werror>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^arm")  # notes on what GCC 6 did
  target_compile_options(gw_flags INTERFACE -Wno-psabi)
endif()
if(GW_SANITIZE)  # no generator expression: the comma between sanitizers would end its argument
  target_compile_options(gw_flags INTERFACE -fsanitize=${GW_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(gw_flags INTERFACE -fsanitize=${GW_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # sees ghosts in instrumented code (GCC's manual says so)
    target_compile_options(gw_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND GW_SANITIZE MATCHES "undefined")
  # RapidJSON 1.1.0 adds offsets to a null pointer in its empty stack.
  target_compile_options(gw_flags INTERFACE -fno-sanitize=pointer-overflow)
endif()
if(GW_BUILD_FUZZERS)  # every line tells the fuzzer when it is reached, and undefined behaviour ends the process
  target_compile_options(gw_flags INTERFACE -fsanitize=fuzzer-no-link -fno-sanitize-recover=all)
endif()
target_include_directories(gw_flags INTERFACE ${PROJECT_SOURCE_DIR})

# gw_library(NAME SOURCES ... [DEPS public...] [PRIVATE_DEPS hidden...]): target gw_NAME, alias gw::NAME.
# DEPS are what our headers show, PRIVATE_DEPS what only our .cpp files see.
function(gw_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(gw_${name} STATIC ${arg_SOURCES})
  add_library(gw::${name} ALIAS gw_${name})
  target_compile_features(gw_${name} PUBLIC cxx_std_20)
  # Our flags are not for those who use an installed library (sdk.cmake).
  target_link_libraries(gw_${name}
    PUBLIC $<BUILD_INTERFACE:gw_flags> ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
endfunction()

# gw_program(NAME SOURCES ... DEPS ...): an executable of that name.
function(gw_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE gw_flags ${arg_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# packaging/package saves time with them: what a test itself does need not be fast.
set(GW_TEST_OPTIONS "" CACHE STRING "Compiler options of test programs alone")

# gw_test(NAME LABELS ... SOURCES ... DEPS ...): one GoogleTest program, each test known to CTest.
function(gw_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE gw_flags ${arg_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${GW_TEST_OPTIONS})
  if("unit" IN_LIST arg_LABELS)  # packaging/package builds these alone, for other architectures
    if(NOT TARGET gw_unit_tests)
      add_custom_target(gw_unit_tests)
    endif()
    add_dependencies(gw_unit_tests ${name})
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()
