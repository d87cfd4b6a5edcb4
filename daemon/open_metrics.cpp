#include "daemon/open_metrics.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "base/trimmed.h"

namespace gateway {

using webpubsub::trimmed;

namespace {

/// Takes off `list` what stands before the first `separator`, without the space around it.
std::string_view next_of(std::string_view& list, char separator) {
  const auto item = list.substr(0, list.find(separator));
  list.remove_prefix(std::min(item.size() + 1, list.size()));
  return trimmed(item);
}

/// How much `accept` wants `type`, from 0 to 1; nothing when it does not name it. Source: RFC 9110,
/// 12.4.2 and 12.5.1.
std::optional<double> weight_of(std::string_view accept, std::string_view type) {
  std::optional<double> most;
  while (!accept.empty()) {
    auto range = next_of(accept, ',');
    if (next_of(range, ';') != type) continue;
    double weight = 1;
    while (!range.empty()) {
      const auto parameter = next_of(range, ';');
      if (!parameter.starts_with("q=")) continue;
      const auto* const end = parameter.data() + parameter.size();
      if (std::from_chars(parameter.data() + 2, end, weight).ec != std::errc{}) weight = 0;
    }
    most = std::max(most.value_or(0), weight);
  }
  return most;
}

}  // namespace

bool wants_open_metrics(const webpubsub::net::HttpRequest& request) {
  const auto accept = webpubsub::net::find_header(request.headers, "Accept").value_or("");
  const double weight = weight_of(accept, "application/openmetrics-text").value_or(0);
  return weight > 0 && weight >= weight_of(accept, "text/plain").value_or(0);
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
