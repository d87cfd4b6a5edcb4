// Streams to groups: opening, writing within a buffer, sending again what is asked for, ending.

#include <limits>
#include <utility>

#include "base/random.h"
#include "webpubsub/client/client_impl.h"
#include "webpubsub/client/errors.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxStreams = 100;
constexpr std::chrono::milliseconds kMostIdle{std::numeric_limits<std::uint32_t>::max()};

}  // namespace

std::string ClientImpl::open_stream(std::string_view group, StreamOptions options,
                                    Completion closed) {
  std::string id = random_id();
  const auto refuse = [&](Errc code, std::string_view why) {
    settle_later(std::move(closed), Error{code, std::string(why), 0});
    return id;
  };
  if (!is_open()) return refuse(Errc::Unavailable, "there is no connection");
  if (!is_valid_group_name(group)) {
    return refuse(Errc::InvalidArgument, "a group name has 1 to 1024 characters, not all blank");
  }
  if (options.idle_timeout && (*options.idle_timeout <= 0ms || *options.idle_timeout > kMostIdle)) {
    return refuse(Errc::InvalidArgument, "an idle timeout is more than 0 and at most 49 days");
  }
  if (streams_.size() >= kMaxStreams) return refuse(Errc::ResourceExhausted, "too many streams");
  SendToGroup frame{.group = std::string(group), .no_echo = options.no_echo};
  frame.stream = StreamStart{id, {}};
  if (options.idle_timeout) {
    frame.stream->idle_timeout_ms = static_cast<std::uint32_t>(options.idle_timeout->count());
  }
  options_.codec->encode(UpstreamFrame(std::move(frame)), frame_);
  if (write(frame_) != Offer::Accepted) {
    return refuse(Errc::ResourceExhausted, "the socket's queue is full");
  }
  sent_.add({});
  const auto opened = streams_.emplace(id, OutboundStream(std::move(closed))).first;
  expect_answer(opened->second);
  return id;
}

Offer ClientImpl::write_stream(const std::string& id, DataType type, std::string_view bytes,
                               Completion accepted) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.is_ending() || closing_) {
    return Offer::Offline;
  }
  OutboundStream& stream = found->second;
  if (!stream.has_room(bytes.size())) {
    wants_streams_ = true;
    return Offer::Full;
  }
  std::string frame;
  const StreamData data{id, stream.next_id(), Data{type, std::string(bytes)}};
  options_.codec->encode(UpstreamFrame(data), frame);
  if (frame.size() > kMaxServiceMessage) return Offer::Offline;
  stream.push(std::move(frame), std::move(accepted));
  pump_stream(stream);
  return Offer::Accepted;
}

void ClientImpl::end_stream(const std::string& id, std::optional<StreamFailure> failure) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.is_ending()) return;
  std::string frame;
  options_.codec->encode(UpstreamFrame(StreamEnd{id, std::move(failure)}), frame);
  found->second.end(std::move(frame));
  pump_stream(found->second);
}

Offer ClientImpl::keep_stream_alive(const std::string& id) {
  if (!is_open() || !streams_.contains(id)) return Offer::Offline;
  options_.codec->encode(UpstreamFrame(StreamData{id, 0, {}}), frame_);
  const Offer offer = write(frame_);
  if (offer == Offer::Accepted) sent_.add({});
  return offer;
}

/// As far as the socket takes it; on_drain() comes back here.
void ClientImpl::pump_stream(OutboundStream& stream) {
  if (!is_open()) return;
  while (const std::string* frame = stream.next()) {
    if (write(*frame) != Offer::Accepted) return;
    sent_.add({});
    stream.sent();
    if (!stream.deadline()) expect_answer(stream);
  }
}

/// The service owes the stream an answer, or is through with what it has of it.
void ClientImpl::expect_answer(OutboundStream& stream) {
  stream.wait_until(stream.is_waiting() ? std::optional(steady_now() + options_.ack_timeout)
                                        : std::nullopt);
  if (stream.deadline()) wake_by(*stream.deadline());
}

/// False when the client is gone.
bool ClientImpl::expire_streams(TimePoint now) {
  SettledList settled;
  for (auto entry = streams_.begin(); entry != streams_.end();) {
    const auto deadline = entry->second.deadline();
    if (!deadline || *deadline > now) {
      if (deadline) wake_by(*deadline);
      ++entry;
      continue;
    }
    entry->second.close(
        Error{Errc::Timeout, "the service did not acknowledge the stream in time", 0}, settled);
    entry = streams_.erase(entry);
  }
  const Watch alive = watch();
  run(std::move(settled));
  return !alive.expired();
}

void ClientImpl::pump_streams() {
  for (auto& [id, stream] : streams_) pump_stream(stream);
}

/// On the recovered connection the streams are where they were, but for those that the service had
/// not said to be open: whether it knows them cannot be told.
void ClientImpl::resume_streams(SettledList& settled) {
  for (auto entry = streams_.begin(); entry != streams_.end();) {
    OutboundStream& stream = entry->second;
    if (!stream.is_started()) {
      stream.close(
          Error{Errc::Unavailable, "the connection was lost while the stream was opened", 0},
          settled);
      entry = streams_.erase(entry);
      continue;
    }
    stream.rewind();
    stream.wait_until({});
    pump_stream(stream);
    ++entry;
  }
}

void ClientImpl::end_streams(const Error& why, SettledList& settled) {
  for (auto& [id, stream] : std::exchange(streams_, {})) {
    stream.close(why, settled);
  }
  wants_streams_ = false;
}

/// The stream of that id if the service can expect that piece of it. One that the service and we no
/// longer mean the same by is given up.
OutboundStream* ClientImpl::find_stream(const std::string& id, std::uint64_t expected,
                                        SettledList& settled) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return nullptr;
  if (found->second.covers(expected)) return &found->second;
  const std::string why = "piece " + std::to_string(expected) + " cannot be expected";
  options_.codec->encode(UpstreamFrame(StreamEnd{id, StreamFailure{why, "ProtocolViolation"}}),
                         frame_);
  if (is_open() && write(frame_) == Offer::Accepted) sent_.add({});
  found->second.close(Error{Errc::Protocol, "the service lost its place in the stream: " + why, 0},
                      settled);
  streams_.erase(found);
  return nullptr;
}

void ClientImpl::handle(StreamAck& frame) {
  SettledList settled;
  OutboundStream* const stream = find_stream(frame.stream_id, frame.expected_sequence_id, settled);
  if (stream != nullptr) {
    stream->acknowledge(frame.expected_sequence_id, settled);
    if (!settled.empty()) recovery_.progress();
    expect_answer(*stream);
    pump_stream(*stream);
  }
  const Watch alive = watch();
  run(std::move(settled));
  if (alive.expired() || stream == nullptr) return;
  if (std::exchange(wants_streams_, false)) listener_.on_drain();
}

void ClientImpl::handle(StreamNack& frame) {
  SettledList settled;
  OutboundStream* const stream = find_stream(frame.stream_id, frame.expected_sequence_id, settled);
  if (stream != nullptr) {
    stream->rewind(frame.expected_sequence_id, settled);
    pump_stream(*stream);
  }
  run(std::move(settled));
}

void ClientImpl::handle(StreamClosed& frame) {
  const auto found = streams_.find(frame.stream_id);
  if (found == streams_.end()) return;
  const bool done = frame.error_name.empty() ||
                    (frame.error_name == "StreamNotFound" && found->second.was_ended());
  SettledList settled;
  found->second.close(
      done ? Result<void>()
           : ack_outcome({0, false, std::move(frame.error_name), std::move(frame.error_message)}),
      settled);
  streams_.erase(found);
  run(std::move(settled));
}

}  // namespace webpubsub
