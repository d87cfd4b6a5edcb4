// webpubsub-gateway explain: what would the rules make of this message, or command?

#pragma once

#include <filesystem>
#include <istream>
#include <ostream>
#include <string>

#include "config/load.h"

namespace gateway {

struct ExplainOptions {
  std::filesystem::path config{};
  std::string topic{};
  std::string payload{};        // "@FILE" reads it from a file, "-" from `in`
  std::string command{};        // likewise; instead of topic and payload, a message of the service
  std::string from = "server";  // where the command comes from: server, invoke or group:NAME
  int qos = 0;
  bool retained = false;
  bool json = false;
};

/// Returns the exit code: 0 when some rule forwards or publishes it, 65 when none does, 66 for a
/// file that cannot be read, 78 with every problem of the configuration on `err`.
int explain(const ExplainOptions& options, const config::Environment& environment, std::istream& in,
            std::ostream& out, std::ostream& err);

}  // namespace gateway
