#include "daemon/build_info.h"

namespace gateway {

// The macros come from CMakeLists.txt, for this file alone: a new version rebuilds nothing else.
BuildInfo build_info() {
  return {.version = GW_VERSION, .compiler = GW_COMPILER, .build_type = GW_BUILD_TYPE};
}

}  // namespace gateway
