# Third-party libraries, each under one name. Debian 12 and 13 both carry all of them.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(PahoMqttCpp REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(RapidJSON REQUIRED)
find_package(Protobuf REQUIRED)

# Through pkg-config: libwebsockets' CMake variable names the static library beside the shared
# one (and the static one wins), prometheus-cpp's package asks for its web server's libraries.
pkg_check_modules(LIBWEBSOCKETS REQUIRED IMPORTED_TARGET libwebsockets>=4.1)
pkg_check_modules(LIBSYSTEMD REQUIRED IMPORTED_TARGET libsystemd>=252)
pkg_check_modules(LIBCBOR REQUIRED IMPORTED_TARGET libcbor>=0.8)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# Its own CMake package names snappy's target and forgets to say where that is.
find_path(LEVELDB_INCLUDE_DIR leveldb/db.h REQUIRED)
find_library(LEVELDB_LIBRARY leveldb REQUIRED)
mark_as_advanced(LEVELDB_INCLUDE_DIR LEVELDB_LIBRARY)
add_library(LevelDB::LevelDB UNKNOWN IMPORTED)
set_target_properties(LevelDB::LevelDB PROPERTIES
  IMPORTED_LOCATION ${LEVELDB_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${LEVELDB_INCLUDE_DIR})

# Headers alone; its CMake package has another name in each version.
find_path(MESSAGE_PACK_HEADERS msgpack/v2/parse.hpp REQUIRED)
add_library(MessagePack INTERFACE)
target_include_directories(MessagePack SYSTEM INTERFACE ${MESSAGE_PACK_HEADERS})
target_compile_definitions(MessagePack INTERFACE MSGPACK_NO_BOOST)

# It has neither a CMake package nor, in Debian 12, a pkg-config file.
find_path(JQ_INCLUDE_DIR jq.h REQUIRED)
find_library(JQ_LIBRARY jq REQUIRED)
mark_as_advanced(JQ_INCLUDE_DIR JQ_LIBRARY)
add_library(Jq UNKNOWN IMPORTED)
set_target_properties(Jq PROPERTIES
  IMPORTED_LOCATION ${JQ_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${JQ_INCLUDE_DIR})
