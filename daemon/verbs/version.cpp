#include "daemon/verbs/version.h"

#include "daemon/build_info.h"
#include "daemon/exit_codes.h"

namespace gateway {

int version(std::string_view program, bool json, std::ostream& out) {
  const BuildInfo build = build_info();
  if (json) {
    // All four are ours: nothing in them needs an escape.
    out << R"({"program":")" << program << R"(","version":")" << build.version
        << R"(","compiler":")" << build.compiler << R"(","buildType":")" << build.build_type
        << "\"}\n";
  } else {
    out << program << ' ' << build.version << " (" << build.compiler << ", " << build.build_type
        << ")\n";
  }
  out.flush();
  return out.good() ? exit_code::kOk : exit_code::kIo;
}

}  // namespace gateway
