// Events whose answer is for the device that caused them.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bridge/rules/event_reply_options.h"
#include "bridge/rules/rule_options.h"
#include "bridge/rules/rule_topics.h"
#include "bridge/uplink/reading.h"

namespace webpubsub {
class Client;
}

namespace gateway {

struct Batch;

/// What a rule says of answers, as it was when the event was made.
struct ReplyRule {
  std::string name{};
  RuleTopics topics{};  // an answer must not come back as a reading
  EventReplyOptions options{};
  bool asks_again = false;  // while nobody has answered
};

/// Where the answer to one event goes.
struct ReplyAddress {
  static constexpr std::size_t kMaxBytes = 2048;  // of its texts; of a longer one nothing is kept

  std::shared_ptr<const ReplyRule> rule{};
  std::vector<std::string> topic{};  // the text around the fields of the answer
  std::string response_topic{};      // what the device asked for; empty: nothing
  std::string correlation{};         // what the answer is to carry
  bool too_long = false;
};

/// Of a rule without `reply`: nothing.
std::shared_ptr<const ReplyRule> reply_rule_of(const RuleOptions& rule);
/// `topic`: the text around the fields of the answer.
std::shared_ptr<const ReplyAddress> make_address(std::shared_ptr<const ReplyRule> rule,
                                                 const std::vector<std::string>& topic,
                                                 const Reading& reading);

class EventAsker {
 public:
  virtual ~EventAsker() = default;
  /// Sends `batch`, which has an address, and sees to the answer. As Client::send_event().
  virtual webpubsub::Offer ask(webpubsub::Client& client, const Batch& batch,
                               webpubsub::Completion done) = 0;
};

}  // namespace gateway
