#include "hub/retained_messages.h"

#include <algorithm>
#include <utility>

namespace webpubsub::hub {

bool RetainedMessages::add(Message message) {
  if (messages_.size() >= limits_.messages || bytes_ + message->size() > limits_.bytes) {
    return false;
  }
  bytes_ += message->size();
  messages_.push_back(std::move(message));
  ++last_;
  return true;
}

void RetainedMessages::acknowledge(SequenceId id) {
  const SequenceId up_to = std::min(id, ever_sent_);
  while (!messages_.empty() && last_ - messages_.size() < up_to) {
    bytes_ -= messages_.front()->size();
    messages_.pop_front();
    if (sent_ > 0) --sent_;
  }
}

const RetainedMessages::Message* RetainedMessages::next_unsent() const {
  return sent_ < messages_.size() ? &messages_[sent_] : nullptr;
}

void RetainedMessages::sent() {
  ++sent_;
  ever_sent_ = std::max<SequenceId>(ever_sent_, last_ - messages_.size() + sent_);
}

}  // namespace webpubsub::hub
