// Which build this is.

#pragma once

#include <string_view>

namespace gateway {

struct BuildInfo {
  std::string_view version{};     // "0.1.0"
  std::string_view compiler{};    // "GNU 12.2.0"
  std::string_view build_type{};  // "RelWithDebInfo"
};

BuildInfo build_info();

}  // namespace gateway
