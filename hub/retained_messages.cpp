#include "hub/retained_messages.h"

#include <algorithm>
#include <utility>

namespace webpubsub::hub {

bool RetainedMessages::add(Message message, std::optional<TimePoint> expires) {
  if (messages_.size() >= limits_.messages || bytes_ + message->size() > limits_.bytes) {
    return false;
  }
  bytes_ += message->size();
  messages_.push_back({std::move(message), expires});
  ++last_;
  return true;
}

void RetainedMessages::acknowledge(SequenceId id) {
  const SequenceId up_to = std::min(id, ever_sent_);
  while (!messages_.empty() && last_ - messages_.size() < up_to) {
    if (messages_.front().message) bytes_ -= messages_.front().message->size();
    messages_.pop_front();
    if (sent_ > 0) --sent_;
  }
}

const RetainedMessages::Message* RetainedMessages::next_unsent() const {
  return sent_ < messages_.size() ? &messages_[sent_].message : nullptr;
}

void RetainedMessages::sent() {
  ++sent_;
  pass_over_expired();
}

void RetainedMessages::rewind(TimePoint now) {
  for (Kept& kept : messages_) {
    if (!kept.message || !kept.expires || *kept.expires > now) continue;
    bytes_ -= kept.message->size();
    kept.message.reset();
    ++expired_;
  }
  sent_ = 0;
  pass_over_expired();
}

/// An expired one counts as sent: the acknowledgement of a later one is for it, too.
void RetainedMessages::pass_over_expired() {
  while (sent_ < messages_.size() && !messages_[sent_].message) ++sent_;
  ever_sent_ = std::max<SequenceId>(ever_sent_, last_ - messages_.size() + sent_);
}

}  // namespace webpubsub::hub
