#include "daemon/verbs/log_level.h"

#include <iostream>

#include "base/units.h"
#include "daemon/exit_codes.h"
#include "daemon/logging/words.h"

namespace gateway {

int log_level(const LogLevelOptions& options) {
  const auto level = parse_level(options.level);
  if (!level) {
    std::cerr << "webpubsub-gateway log-level: error, warning, notice, info or debug expected\n";
    return exit_code::kUsage;
  }
  ControlRequest request{.verb = ControlVerb::LogLevel, .level = *level};
  if (options.duration) {
    request.duration = std::chrono::ceil<std::chrono::milliseconds>(*options.duration);
  }
  const auto answer = ask_or_explain(options.place, request, std::chrono::seconds(10));
  if (answer.exit_code != exit_code::kOk) return answer.exit_code;
  std::cout << "the gateway logs at level " << options.level
            << (options.duration ? " for " + webpubsub::format_duration(*options.duration)
                                 : std::string(" until this is changed, or it restarts"))
            << std::endl;
  return exit_code::kOk;
}

}  // namespace gateway
