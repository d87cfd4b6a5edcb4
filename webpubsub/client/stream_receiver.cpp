#include "webpubsub/client/stream_receiver.h"

#include <algorithm>

namespace webpubsub {
namespace {

/// Of streams that are not followed, until they end; a forgotten one would look like one whose
/// beginning was missed.
constexpr std::size_t kMaxPassedOver = 1024;

bool has_payload(const GroupMessage& message) {
  return !message.data.bytes.empty() && message.data.bytes != "null";
}

}  // namespace

// ---- one stream ----------------------------------------------------------------------------

std::optional<GroupMessage> InboundStream::read() {
  if (unread_.empty()) return std::nullopt;
  GroupMessage message = std::move(unread_.front());
  unread_.pop_front();
  bytes_ -= message.data.bytes.size();
  return message;
}

bool InboundStream::add(const GroupMessage& message) {
  const std::size_t size = message.data.bytes.size();
  if (!unread_.empty() &&
      (unread_.size() >= limits_.max_messages || bytes_ + size > limits_.max_bytes)) {
    return false;
  }
  bytes_ += size;
  unread_.push_back(message);
  return true;
}

void InboundStream::end(std::optional<StreamError> error) {
  ended_ = true;
  error_ = std::move(error);
  tell();
}

void InboundStream::tell() {
  if (!on_change_) return;
  if (!ended_) {
    const auto callback = on_change_;  // it may put another in its place
    return callback();
  }
  const auto callback = std::exchange(on_change_, {});
  callback();
}

// ---- all of them ---------------------------------------------------------------------------

bool StreamReceiver::is_wanted(const std::string& group) const {
  return options_.groups.empty() ||
         std::find(options_.groups.begin(), options_.groups.end(), group) != options_.groups.end();
}

bool StreamReceiver::is_passed_over(const Key& key) const {
  return std::find(passed_over_.begin(), passed_over_.end(), key) != passed_over_.end();
}

void StreamReceiver::pass_over(const Key& key, bool is_end) {
  ++counters_.passed_over;
  std::erase(passed_over_, key);
  if (!is_end) give_up_on(key);
}

void StreamReceiver::give_up_on(const Key& key) {
  if (passed_over_.size() >= kMaxPassedOver) passed_over_.pop_front();
  passed_over_.push_back(key);
}

/// Null when the stream is not to be followed.
std::shared_ptr<InboundStream> StreamReceiver::begin(const Key& key, const StreamInfo& info) {
  const bool is_first = info.stream_sequence_id == 1;
  const bool missed = !is_first && (options_.from_start || is_passed_over(key));
  if (missed || active_.size() >= options_.max_streams) {
    pass_over(key, info.end_of_stream);
    return nullptr;
  }
  std::erase(passed_over_, key);
  auto stream = std::make_shared<InboundStream>(key.first, key.second, info.stream_sequence_id,
                                                options_.limits);
  active_[key].stream = stream;
  ++counters_.begun;
  handler_(stream);
  return stream;
}

void StreamReceiver::fail(const Key& key, StreamError why) {
  const auto entry = active_.find(key);
  if (entry == active_.end()) return;
  const auto stream = std::move(entry->second.stream);
  active_.erase(entry);
  ++counters_.failed;
  stream->end(std::move(why));
}

void StreamReceiver::receive(const GroupMessage& message, TimePoint now) {
  if (!message.stream || !is_wanted(message.group)) return;
  const StreamInfo& info = *message.stream;
  const Key key{message.group, info.stream_id};
  std::shared_ptr<InboundStream> stream;
  if (const auto entry = active_.find(key); entry != active_.end()) stream = entry->second.stream;

  if (stream && !stream->expects(info.stream_sequence_id)) {
    if (info.stream_sequence_id != 1) pass_over(key, info.end_of_stream);
    fail(key, {"SequenceGap",
               "piece " + std::to_string(stream->next_) + " was expected, piece " +
                   std::to_string(info.stream_sequence_id) + " came",
               {}});
    if (info.stream_sequence_id != 1) return;
    stream = nullptr;
  }
  if (!stream) stream = begin(key, info);
  const auto entry = active_.find(key);
  if (!stream || entry == active_.end()) return;
  ++stream->next_;
  if (options_.idle_timeout.count() > 0) entry->second.idle_at = now + options_.idle_timeout;

  if ((!info.end_of_stream || has_payload(message)) && !stream->add(message)) {
    pass_over(key, info.end_of_stream);
    return fail(key, {"BufferFull", "what had come was not read in time", {}});
  }
  if (!info.end_of_stream) return stream->tell();
  active_.erase(entry);
  ++(info.error ? counters_.failed : counters_.completed);
  stream->end(info.error);
}

void StreamReceiver::expire(TimePoint now) {
  std::vector<Key> silent;
  for (const auto& [key, active] : active_) {
    if (active.idle_at && *active.idle_at <= now) silent.push_back(key);
  }
  for (const Key& key : silent) {
    give_up_on(key);
    fail(key, {"IdleTimeout", "nothing came for too long", {}});
  }
}

std::optional<TimePoint> StreamReceiver::deadline() const {
  std::optional<TimePoint> first;
  for (const auto& [key, active] : active_) {
    if (active.idle_at) first = std::min(first.value_or(*active.idle_at), *active.idle_at);
  }
  return first;
}

void StreamReceiver::end_all(const StreamError& why) {
  passed_over_.clear();  // another connection, other streams
  std::vector<Key> all;
  for (const auto& [key, active] : active_) all.push_back(key);
  for (const Key& key : all) fail(key, why);
}

}  // namespace webpubsub
