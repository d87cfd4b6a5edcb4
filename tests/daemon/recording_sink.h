// Keeps what was logged.

#pragma once

#include <string>
#include <vector>

#include "base/log.h"

namespace gateway {

class RecordingSink final : public webpubsub::LogSink {
 public:
  void write(const webpubsub::LogRecord& record) override {
    events_.emplace_back(record.event);
    messages_.emplace_back(record.message);
  }
  const std::vector<std::string>& events() const { return events_; }
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  std::vector<std::string> events_{};
  std::vector<std::string> messages_{};
};

}  // namespace gateway
