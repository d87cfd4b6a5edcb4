#include "bridge/uplink/event_asker.h"

#include <utility>

#include "bridge/uplink/uplink.h"

namespace gateway {

using webpubsub::Completion;
using webpubsub::Offer;

std::shared_ptr<const ReplyRule> reply_rule_of(const RuleOptions& rule) {
  if (!rule.reply) return nullptr;
  return std::make_shared<const ReplyRule>(ReplyRule{
      .name = rule.name,
      .topics = rule.topics,
      .options = *rule.reply,
      .asks_again = rule.send != SendMode::FireAndForget || rule.store == StoreMode::Disk});
}

std::shared_ptr<const ReplyAddress> make_address(std::shared_ptr<const ReplyRule> rule,
                                                 const std::vector<std::string>& topic,
                                                 const Reading& reading) {
  auto address = std::make_shared<ReplyAddress>(ReplyAddress{.rule = std::move(rule)});
  std::size_t bytes = reading.response_topic.size() + reading.correlation.size();
  for (const auto& piece : topic) bytes += piece.size();
  address->too_long = bytes > ReplyAddress::kMaxBytes;
  if (address->too_long) return address;
  address->topic = topic;
  address->response_topic = reading.response_topic;
  address->correlation = reading.correlation;
  return address;
}

Offer Uplink::offer_event(const Batch& batch, Completion done) {
  if (batch.reply && asker_ != nullptr) return asker_->ask(*client_, batch, std::move(done));
  return client_->send_event(batch.group, batch.type, batch.bytes, batch.acknowledged,
                             std::move(done));
}

}  // namespace gateway
