#include "config/addresses.h"
#include "config/sections/sections.h"

namespace gateway::config {

void read_status(Section status, Settings& settings) {
  const auto listen = status.at("listen");
  if (const auto text = listen.text()) {
    // Readers of YAML 1.1 see `off` as false.
    if (text->empty() || *text == "off" || *text == "false") {
      settings.status.address.clear();
    } else if (auto parsed = parse_listen_address(*text)) {
      settings.status.address = std::move(parsed->address);
      settings.status.port = parsed->port;
    } else {
      listen.report_unexpected("an address such as 127.0.0.1:9464 or [::1]:9464, or off,", *text);
    }
  }
  status.finish();
}

}  // namespace gateway::config
