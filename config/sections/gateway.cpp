#include "config/sections/sections.h"

namespace gateway::config {

void read_gateway(Section gateway, Settings& settings) {
  const auto id = gateway.at("id");
  if (auto text = id.text(); text && !text->empty()) {
    if (is_valid_name(*text)) {
      settings.gateway_id = std::move(*text);
    } else {
      id.report_unexpected("1 to 64 letters, digits, '-', '_' and '.'", *text);
    }
  }
  gateway.finish();
}

}  // namespace gateway::config
