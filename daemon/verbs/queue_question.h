// One request about queues, and its answer taken apart.

#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <rapidjson/document.h>

#include "daemon/exit_codes.h"
#include "daemon/verbs/control_request.h"

namespace gateway {

/// Asks and takes the answer apart. Nothing after a failure, which was told.
class QueueQuestion {
 public:
  // Longer than the gateway itself gives a request: a purge may take its time.
  static constexpr auto kLimit = std::chrono::seconds(150);

  QueueQuestion(const ControlPlace& place, QueueRequest request,
                std::chrono::milliseconds limit = kLimit)
      : answer_(ask_or_explain(place, {.verb = ControlVerb::Queue, .queue = std::move(request)},
                               limit)) {
    if (answer_.exit_code == exit_code::kOk) document_.Parse(answer_.data.c_str());
  }
  int exit_code() const noexcept { return answer_.exit_code; }
  const std::string& text() const noexcept { return answer_.data; }
  const rapidjson::Document& data() const noexcept { return document_; }

 private:
  ControlAnswer answer_;
  rapidjson::Document document_;
};

}  // namespace gateway
