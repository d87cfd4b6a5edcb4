// The command line of webpubsub-hub.

#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "hub/hub.h"

namespace gateway {

struct HubArguments {
  std::string listen = "127.0.0.1:8080";
  std::string hub = "telemetry";
  std::string access_key_file{};
  std::string tls_certificate{};
  std::string tls_key{};
  std::vector<std::string> groups{"*"};
  std::string command_user{};
  std::vector<std::string> event_handlers{};
  std::string event_handler_ca{};
  std::string secondary_access_key_file{};
  std::string negotiate = "local";
  std::vector<std::string> cors_origins{};
  std::vector<std::string> limits{};  // NAME=VALUE
  std::string status{};               // empty: no status endpoint
  std::string log_level = "info";
  std::string log_format = "auto";
  bool dashboard = true;
  bool version = false;
};

void declare(CLI::App& app, HubArguments& arguments);

/// Reads the files that the arguments name. Errors: InvalidArgument, naming the option.
webpubsub::Result<webpubsub::hub::HubOptions> hub_options(const HubArguments& arguments);

}  // namespace gateway
