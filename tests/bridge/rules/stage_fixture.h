// A message taken apart, for the tests of single stages.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/rules/pipeline.h"

namespace gateway {

/// Of topic "s/berlin/d1" and pattern "s/{site}/{device}".
class TestMessage {
 public:
  explicit TestMessage(std::string payload) : payload_(std::move(payload)) {
    document_.parse(payload_);
  }

  static RuleTopics topics() { return RuleTopics({*TopicPattern::parse("s/{site}/{device}")}); }

  MessageView view() const {
    return {.topic = "s/berlin/d1",
            .captured = captured_,
            .payload = payload_,
            .document = document_,
            .time = 1763690400123,
            .qos = 1,
            .retained = true};
  }

 private:
  std::string payload_;
  Document document_{};
  std::vector<std::string_view> captured_{"berlin", "d1"};
};

}  // namespace gateway
