#include "config/expand.h"

#include <algorithm>
#include <optional>

#include "config/suggest.h"

namespace gateway::config {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

bool is_variable_name(std::string_view name) {
  const auto fits = [](char c) {
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), fits);
}

/// `inside` is what stands between the braces.
Result<std::string> look_up(std::string_view inside, const Environment& environment) {
  const auto divider = inside.find(":-");
  const std::string name(inside.substr(0, divider));
  if (!is_variable_name(name)) {
    return Error{Errc::InvalidArgument,
                 "\"${\" without the name of an environment variable; write \"$${\" for a literal "
                 "\"${\""};
  }
  auto value = environment.variable ? environment.variable(name) : std::nullopt;
  if (divider != std::string_view::npos) {
    if (!value || value->empty()) return std::string(inside.substr(divider + 2));
  } else if (!value) {
    return Error{Errc::InvalidArgument, "the environment variable " + shown(name) +
                                            " is not set; set it, or write ${" + shown(name) +
                                            ":-default}"};
  }
  return std::move(*value);
}

}  // namespace

Result<std::string> expand(std::string_view text, const Environment& environment) {
  std::string result;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      result += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto end = text.find('}');
      if (end == std::string_view::npos) {
        return Error{Errc::InvalidArgument,
                     "\"${\" without its \"}\"; write \"$${\" for a literal \"${\""};
      }
      auto value = look_up(text.substr(2, end - 2), environment);
      if (!value) return value;
      result += *value;
      text.remove_prefix(end + 1);
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

std::string escape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) result += '$';
    result += text[i];
  }
  return result;
}

}  // namespace gateway::config
