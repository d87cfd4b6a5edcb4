// A log that nobody reads.

#pragma once

#include "base/log.h"

namespace gateway::support {

class NoSink final : public webpubsub::LogSink {
 public:
  void write(const webpubsub::LogRecord& /*record*/) override {}
};

}  // namespace gateway::support
