#include "net/server_socket.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/utf8.h"

namespace webpubsub::net {

namespace {

constexpr auto kCloseTimeout = std::chrono::seconds(5);
constexpr std::size_t kMaxHeldPartial = 64 * 1024;  // memory kept between messages

}  // namespace

ServerSocket::ServerSocket(EventLoop& loop, std::unique_ptr<Stream> stream,
                           const HttpServerOptions& options, std::string peer,
                           std::string handshake)
    : loop_(loop),
      stream_(std::move(stream)),
      max_message_bytes_(options.max_message_bytes),
      max_queued_bytes_(options.max_queued_bytes),
      max_queued_messages_(options.max_queued_messages),
      peer_(std::move(peer)),
      handshake_(std::move(handshake)),
      close_timer_(loop, [this] { end(); }),
      end_of_lap_(loop, [this] { write_at_end_of_lap(); }) {
  ending_.was_open = true;
  if (stream_) stream_->set_handler(*this);
}

ServerSocket::~ServerSocket() {
  if (owner_ != nullptr) owner_->on_socket_gone(*this);
}

void ServerSocket::begin(std::string_view early_bytes) {
  if (state_ == State::Ended) return;
  if (stream_) want_write();
  if (early_bytes.empty()) return;
  std::memcpy(held_.append(early_bytes.size()), early_bytes.data(), early_bytes.size());
  read_held();
}

Offer ServerSocket::admit(std::size_t payload) {
  if (state_ != State::Open) return Offer::Offline;
  if (!queue_.empty() &&
      (queue_.size() >= max_queued_messages_ || queued_bytes_ + payload > max_queued_bytes_)) {
    told_full_ = true;
    return Offer::Full;
  }
  queued_bytes_ += payload;
  want_write();
  return Offer::Accepted;
}

Offer ServerSocket::send(MessageType type, std::string_view payload) {
  const Offer offer = admit(payload.size());
  if (offer != Offer::Accepted) return offer;
  const std::size_t header = frame_header_size(payload.size());
  unsigned char* at = own_bytes_.append(header + payload.size());
  write_frame_header(at, type == MessageType::Text ? Opcode::Text : Opcode::Binary, payload.size());
  if (!payload.empty()) std::memcpy(at + header, payload.data(), payload.size());
  queue_.push({nullptr, payload.size()});
  return offer;
}

Offer ServerSocket::send(const std::shared_ptr<Message>& message) {
  const Offer offer = admit(message->size());
  if (offer == Offer::Accepted) queue_.push({message, message->size()});
  return offer;
}

void ServerSocket::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::Open) return;
  state_ = State::Closing;
  ending_.code = code;
  ending_.reason = cut_utf8(reason, kMaxCloseReason);
  close_queued_ = true;
  close_timer_.start_after(kCloseTimeout);
  want_write();
}

void ServerSocket::abort(std::string_view reason) {
  if (state_ == State::Ended) return;
  state_ = State::Closing;
  discarding_ = true;
  ending_.code = close_code::kAbnormal;
  ending_.reason = reason;
  stream_.reset();
  loop_.defer([this, alive = lifetime_.token()] {
    if (!alive.expired()) end();
  });
}

void ServerSocket::ping() {
  if (state_ != State::Open) return;
  ping_asked_ = true;
  want_write();
}

void ServerSocket::pause_reading(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  if (stream_) stream_->pause_reading(paused);
  if (paused || held_.empty()) return;
  loop_.defer([this, alive = lifetime_.token()] {
    if (!alive.expired()) read_held();
  });
}

void ServerSocket::want_write() {
  if (write_wanted_ || !stream_) return;
  write_wanted_ = true;
  end_of_lap_.ask();
}

void ServerSocket::write_at_end_of_lap() {
  if (!stream_) return;
  const Lifetime::Guard guard(lifetime_);
  if (!on_room() && !guard.gone() && stream_) on_lost();
}

void ServerSocket::on_bytes(unsigned char* bytes, std::size_t count) {
  if (discarding_ || close_received_) return;
  const Lifetime::Guard guard(lifetime_);
  std::size_t used = 0;
  if (held_.empty()) {
    bool alive = true;
    used = read_frames(bytes, count, alive);
    if (!alive) return;
  }
  if (used < count) std::memcpy(held_.append(count - used), bytes + used, count - used);
  if (used == 0) read_held();
}

void ServerSocket::read_held() {
  bool alive = true;
  const std::size_t used = read_frames(held_.data(), held_.size(), alive);
  if (alive) held_.consume(used);
}

std::size_t ServerSocket::read_frames(unsigned char* bytes, std::size_t count, bool& alive) {
  const Lifetime::Guard guard(lifetime_);
  std::size_t used = 0;
  while (!paused_ && !discarding_ && !close_received_) {
    const std::string_view rest(reinterpret_cast<const char*>(bytes) + used, count - used);
    FrameHeader header;
    std::optional<FrameFault> fault;
    const bool whole_header = read_frame_header(rest, header, fault);
    if (!fault && !whole_header) return used;
    // Counts before it is all here: a peer may announce a frame of any size.
    if (!fault &&
        header.payload > max_message_bytes_ - std::min(partial_.size(), max_message_bytes_) &&
        header.opcode < Opcode::Close) {
      fault = FrameFault{close_code::kTooLarge, "message too large"};
      if (owner_ != nullptr) owner_->on_oversized_message();
    }
    if (fault) {
      refuse(*fault);
      break;
    }
    if (rest.size() - header.size < header.payload) return used;
    unsigned char* payload = bytes + used + header.size;
    const auto size = static_cast<std::size_t>(header.payload);
    unmask(payload, size, header.mask);
    used += header.size + size;
    on_frame(header, {reinterpret_cast<const char*>(payload), size});
    alive = !guard.gone();
    if (!alive) return used;
  }
  return paused_ ? used : count;
}

void ServerSocket::on_frame(const FrameHeader& header, std::string_view payload) {
  switch (header.opcode) {
    case Opcode::Close:
      on_close_frame(payload);
      return;
    case Opcode::Ping:
      if (state_ != State::Open) return;
      pong_ = payload;
      want_write();
      return;
    case Opcode::Pong:
      if (state_ == State::Open) listener_->on_pong();
      return;
    default:
      on_data_frame(header, payload);
  }
}

void ServerSocket::on_data_frame(const FrameHeader& header, std::string_view payload) {
  const bool continues = header.opcode == Opcode::Continuation;
  if (continues != partial_type_.has_value()) {
    refuse({close_code::kProtocolError, "fragments out of order"});
    return;
  }
  const MessageType type =
      continues ? *partial_type_
                : (header.opcode == Opcode::Binary ? MessageType::Binary : MessageType::Text);
  if (header.final && !continues) {
    deliver(type, payload);
    return;
  }
  partial_ += payload;
  partial_type_ = type;
  if (!header.final) return;
  partial_type_.reset();
  std::string whole = std::exchange(partial_, {});
  const Lifetime::Guard guard(lifetime_);
  deliver(type, whole);
  if (guard.gone() || whole.capacity() > kMaxHeldPartial) return;
  whole.clear();
  partial_ = std::move(whole);
}

void ServerSocket::deliver(MessageType type, std::string_view payload) {
  if (type == MessageType::Text && !is_valid_utf8(payload)) {
    refuse({close_code::kInvalidPayload, "text is not UTF-8"});
    return;
  }
  listener_->on_message(type, payload);
}

void ServerSocket::on_close_frame(std::string_view payload) {
  std::optional<FrameFault> fault;
  const auto frame = read_close_payload(payload, fault);
  if (!frame) {
    refuse(*fault);
    return;
  }
  close_received_ = true;
  if (close_sent_) {
    end();
    return;
  }
  // The peer reads nothing more: what is queued goes, all but the rest of a frame under way.
  state_ = State::Closing;
  ending_.code = frame->code;
  ending_.reason = frame->reason;
  close_queued_ = true;
  if (!close_timer_.deadline()) close_timer_.start_after(kCloseTimeout);
  want_write();
}

/// Closes over something the peer did.
void ServerSocket::refuse(const FrameFault& fault) {
  discarding_ = true;
  state_ = State::Closing;
  ending_.code = fault.code;
  ending_.reason = fault.reason;
  close_queued_ = true;
  close_timer_.start_after(kCloseTimeout);
  want_write();
}

void ServerSocket::on_lost() {
  stream_.reset();
  if (state_ == State::Open) ending_.error = Error{Errc::Unavailable, "connection lost"};
  end();
}

/// The one place that tells the listener that it is over.
void ServerSocket::end() {
  if (state_ == State::Ended) return;
  state_ = State::Ended;
  discarding_ = true;
  stream_.reset();
  close_timer_.cancel();
  queue_.clear();
  own_bytes_.clear();
  queued_bytes_ = 0;
  place_ = {};
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->on_socket_gone(*this);
  const CloseInfo info = std::move(ending_);
  if (listener_ != nullptr) listener_->on_close(info);
}

}  // namespace webpubsub::net
