#include "bridge/uplink/stream_sender.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace gateway {

using webpubsub::Completion;
using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Offer;
using webpubsub::Result;

namespace {

// Longer than most rules are silent; the service's own is five minutes.
constexpr std::chrono::minutes kIdleTimeout{15};
constexpr std::size_t kMostRefused = 1'000;
constexpr unsigned kMostLosses = 3;

/// With and without echo are different streams.
std::string name_of(const Batch& batch) { return (batch.no_echo ? "-" : "+") + batch.group; }

}  // namespace

StreamSender::StreamSender(webpubsub::Log& log)
    : log_(log), self_(std::make_shared<StreamSender*>(this)) {}

StreamSender::~StreamSender() { *self_ = nullptr; }

Offer StreamSender::send(webpubsub::Client& client, const Batch& batch, Completion done) {
  const std::string name = name_of(batch);
  if (is_refused(name)) {
    return client.send_to_group(batch.group, batch.type, batch.bytes,
                                {.no_echo = batch.no_echo, .acknowledged = true}, std::move(done));
  }
  const auto found = streams_.find(name);
  Stream* const stream = found != streams_.end() ? &found->second : open(client, batch, name);
  if (stream == nullptr) return Offer::Offline;
  stream->used = ++uses_;
  return client.write_stream(
      stream->id, batch.type, batch.bytes,
      [self = self_, name, id = stream->id, done = std::move(done)](const Result<void>& outcome) {
        if (outcome && *self != nullptr) (*self)->on_accepted(name, id);
        // That it was not opened says nothing about the batch: it is tried another way.
        if (!done) return;
        done(outcome
                 ? outcome
                 : Error{Errc::Unavailable, outcome.error().message, outcome.error().service_code});
      });
}

bool StreamSender::is_refused(const std::string& name) const {
  return lost_while_opening_ >= kMostLosses || refused_.contains(name);
}

StreamSender::Stream* StreamSender::open(webpubsub::Client& client, const Batch& batch,
                                         const std::string& name) {
  if (client.state() != webpubsub::ClientState::Connected) return nullptr;
  make_room(client);
  webpubsub::StreamOptions options;
  options.no_echo = batch.no_echo;
  options.idle_timeout = kIdleTimeout;
  auto id = std::make_shared<std::string>();
  *id = client.open_stream(batch.group, options,
                           [self = self_, name, id](const Result<void>& outcome) {
                             if (*self != nullptr) (*self)->on_closed(name, *id, outcome);
                           });
  return &streams_.emplace(name, Stream{*id}).first->second;
}

void StreamSender::make_room(webpubsub::Client& client) {
  if (streams_.size() < kMaxStreams) return;
  const auto idlest = std::min_element(
      streams_.begin(), streams_.end(),
      [](const auto& one, const auto& other) { return one.second.used < other.second.used; });
  client.end_stream(idlest->second.id, {});
  streams_.erase(idlest);
}

void StreamSender::on_accepted(const std::string& name, const std::string& id) {
  const auto found = streams_.find(name);
  if (found == streams_.end() || found->second.id != id) return;
  found->second.has_worked = true;
  lost_while_opening_ = 0;
}

void StreamSender::on_closed(const std::string& name, const std::string& id,
                             const Result<void>& outcome) {
  const auto found = streams_.find(name);
  if (found == streams_.end() || found->second.id != id) return;  // ended by us
  const bool has_worked = found->second.has_worked;
  streams_.erase(found);
  if (outcome || has_worked) return;
  if (outcome.error().code == Errc::Unavailable && !std::exchange(lost_on_this_, true)) {
    ++lost_while_opening_;
  }
  if (refused_.size() >= kMostRefused) refused_.clear();
  refused_.insert(name);
  log_.burst(webpubsub::steady_now(), webpubsub::LogLevel::Warning, "uplink.no_stream",
             "the service opened no stream; batches go as acknowledged messages",
             {{"group", name.substr(1)}, {"reason", outcome.error().message}});
}

void StreamSender::end_all(webpubsub::Client& client) {
  for (const auto& [name, stream] : std::exchange(streams_, {})) client.end_stream(stream.id, {});
}

}  // namespace gateway
