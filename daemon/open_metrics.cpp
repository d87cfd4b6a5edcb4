#include "daemon/open_metrics.h"

#include <algorithm>

namespace gateway {

bool wants_open_metrics(const webpubsub::net::HttpRequest& request) {
  const auto accept = webpubsub::net::find_header(request.headers, "Accept");
  return accept && accept->find("application/openmetrics-text") != std::string_view::npos;
}

std::string to_open_metrics(std::string_view text) {
  constexpr std::string_view kTotal = "_total";
  std::string result;
  result.reserve(text.size() + 16);
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto name_end = line.find(' ', std::string_view("# HELP ").size());
    const bool describes = line.starts_with("# ") && name_end != std::string_view::npos;
    if (describes && line.substr(0, name_end).ends_with(kTotal)) {
      result += line.substr(0, name_end - kTotal.size());
      result += line.substr(name_end);
    } else {
      result += line;
    }
    result += '\n';
  }
  return result + "# EOF\n";
}

}  // namespace gateway
