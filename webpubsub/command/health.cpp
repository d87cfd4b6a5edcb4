#include <memory>

#include <CLI/CLI.hpp>

#include "webpubsub/command/answers.h"
#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/verbs.h"

namespace webpubsub::command {

namespace {

struct HealthOptions {
  Place place{};
  bool json = false;
};

int health(HealthOptions options) {
  if (options.place.hub.empty()) options.place.hub = "any";  // the answer is the whole service's
  constexpr Words kWords{.key = "healthy", .yes = "healthy", .no = "not healthy"};
  const int code = answer(options.place, options.json, kWords,
                          [](ServiceClient& service, ServiceClient::Done<bool> done) {
                            service.is_healthy(std::move(done));
                          });
  return code == exit_code::kFailure ? exit_code::kUnavailable : code;
}

}  // namespace

void add_health(CLI::App& program, int& exit_code) {
  const auto options = std::make_shared<HealthOptions>();
  auto* verb = program.add_subcommand("health", "Ask whether the service answers");
  verb->add_flag("--json", options->json, "As a JSON object");
  add_place(*verb, options->place);
  verb->footer("Example: webpubsub health && echo up");
  verb->callback([options, &exit_code] { exit_code = health(*options); });
}

}  // namespace webpubsub::command
