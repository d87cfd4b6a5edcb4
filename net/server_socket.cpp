#include "net/server_socket.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <sys/socket.h>

#include "net/event_loop_impl.h"
#include "net/utf8.h"

namespace webpubsub::net {

namespace {

constexpr auto kCloseTimeout = std::chrono::seconds(5);
constexpr std::size_t kGatherSize = 64 * 1024;  // frames put together for one system call
constexpr std::size_t kGatherLimit = 8 * 1024;  // a larger one is not worth copying
constexpr std::size_t kMaxPerTurn = 1024 * 1024;
constexpr std::size_t kMaxHeldPartial = 64 * 1024;  // memory kept between messages

}  // namespace

ServerSocket::ServerSocket(EventLoop& loop, lws* wsi, const HttpServerOptions& options,
                           std::string peer, std::string handshake)
    : loop_(loop),
      wsi_(wsi),
      max_message_bytes_(options.max_message_bytes),
      max_queued_bytes_(options.max_queued_bytes),
      max_queued_messages_(options.max_queued_messages),
      peer_(std::move(peer)),
      handshake_(std::move(handshake)),
      close_timer_(loop, [this] { end(); }) {
  ending_.was_open = true;
  set_handler(wsi, this);
}

ServerSocket::~ServerSocket() {
  drop_connection(wsi_);
  if (owner_ != nullptr) owner_->on_socket_gone(*this);
}

void ServerSocket::begin(std::string_view early_bytes) {
  if (state_ == State::Ended) return;
  if (wsi_ != nullptr) want_write();
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
  drop_connection(std::exchange(wsi_, nullptr));
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
  if (wsi_ != nullptr) lws_rx_flow_control(wsi_, paused ? 0 : 1);
  if (paused || held_.empty()) return;
  loop_.defer([this, alive = lifetime_.token()] {
    if (!alive.expired()) read_held();
  });
}

void ServerSocket::want_write() {
  if (write_wanted_ || wsi_ == nullptr) return;
  write_wanted_ = true;
  lws_callback_on_writable(wsi_);
}

int ServerSocket::on_lws(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) {
  switch (reason) {
    case LWS_CALLBACK_RAW_RX:
      on_receive(static_cast<unsigned char*>(in), len);
      return 0;
    case LWS_CALLBACK_RAW_WRITEABLE:
      return on_writeable();
    case LWS_CALLBACK_RAW_CLOSE:
    case LWS_CALLBACK_WSI_DESTROY:
      set_handler(wsi, nullptr);
      on_lost();
      return 0;
    default:
      return 0;
  }
}

void ServerSocket::on_receive(unsigned char* bytes, std::size_t count) {
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

int ServerSocket::on_writeable() {
  write_wanted_ = false;
  std::size_t sent = 0;
  for (int round = 0; round < static_cast<int>(kMaxPerTurn / kGatherSize); ++round) {
    // What the system did not take waits inside lws; writing more would only pile it up there.
    if (lws_partial_buffered(wsi_) != 0) break;
    const bool between_frames = front_sent_ == 0;
    const bool drop_queue = between_frames && (discarding_ || close_received_);
    bool good = true;
    if (!handshake_.empty()) {
      good = write_bytes(reinterpret_cast<unsigned char*>(handshake_.data()), handshake_.size());
      std::string().swap(handshake_);
    } else if (between_frames && (ping_asked_ || pong_)) {
      good = write_control();
    } else if (!queue_.empty() && !drop_queue) {
      good = queue_.front().message ? write_shared(sent) : write_own(sent);
    } else if (close_queued_ && !close_sent_) {
      close_sent_ = true;
      good = write_control();
    } else {
      break;
    }
    if (!good) return -1;
  }
  const bool more = (!queue_.empty() && !close_sent_) || (close_queued_ && !close_sent_) ||
                    lws_partial_buffered(wsi_) != 0;
  if (more) want_write();
  return report_sent(sent);
}

bool ServerSocket::write_bytes(unsigned char* bytes, std::size_t count) {
  return lws_write(wsi_, bytes, count, LWS_WRITE_RAW) >= 0;
}

bool ServerSocket::write_control() {
  const auto write = [this](Opcode opcode, std::string_view payload) {
    unsigned char frame[2 + kMaxControlPayload];
    const std::size_t size = std::min(payload.size(), kMaxControlPayload);
    write_frame_header(frame, opcode, size);
    if (size > 0) std::memcpy(frame + 2, payload.data(), size);
    return write_bytes(frame, 2 + size);
  };
  if (close_sent_) return write(Opcode::Close, close_payload(ending_.code, ending_.reason));
  if (pong_) return write(Opcode::Pong, *std::exchange(pong_, std::nullopt));
  ping_asked_ = false;
  return write(Opcode::Ping, {});
}

// Copied messages lie one behind the other, frame headers included.
bool ServerSocket::write_own(std::size_t& sent) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < queue_.size() && !queue_[i].message && run < kGatherSize; ++i) {
    run += queue_[i].frame_size();
  }
  const std::size_t count = run - front_sent_;
  if (!write_bytes(own_bytes_.data(), count)) return false;
  own_bytes_.consume(count);
  front_sent_ = 0;
  while (run > 0) {
    run -= queue_.front().frame_size();
    frame_done();
    ++sent;
  }
  return true;
}

bool ServerSocket::write_shared(std::size_t& sent) {
  Message& message = *queue_.front().message;
  const std::size_t frame_size = queue_.front().frame_size();
  const bool has_company = queue_.size() > 1 && queue_[1].message != nullptr;
  if (frame_size >= kGatherLimit || !has_company) {
    unsigned char* frame = message.frame() - frame_header_size(message.size());
    const std::size_t count = std::min(frame_size - front_sent_, kMaxPerTurn);
    if (!write_bytes(frame + front_sent_, count)) return false;
    front_sent_ += count;
    if (front_sent_ == frame_size) {
      front_sent_ = 0;
      frame_done();
      ++sent;
    }
    return true;
  }
  auto& scratch = loop_.impl().scratch();
  scratch.resize(kGatherSize);
  std::size_t count = 0;
  std::size_t frames = 0;
  for (; frames < queue_.size() && queue_[frames].message != nullptr; ++frames) {
    const std::size_t size = queue_[frames].frame_size();
    if (size >= kGatherLimit || count + size > kGatherSize) break;
    Message& next = *queue_[frames].message;
    std::memcpy(scratch.data() + count, next.frame() - frame_header_size(next.size()), size);
    count += size;
  }
  if (!write_bytes(scratch.data(), count)) return false;
  sent += frames;
  for (; frames > 0; --frames) frame_done();
  return true;
}

void ServerSocket::frame_done() {
  queued_bytes_ -= queue_.front().payload;
  queue_.pop();
}

int ServerSocket::report_sent(std::size_t sent) {
  const Lifetime::Guard guard(lifetime_);
  if (sent > 0 && state_ != State::Ended) listener_->on_sent(sent);
  if (guard.gone()) return -1;
  if (told_full_ && state_ == State::Open && queue_.size() <= max_queued_messages_ / 2 &&
      queued_bytes_ <= max_queued_bytes_ / 2) {
    told_full_ = false;
    listener_->on_drain();
    if (guard.gone()) return -1;
  }
  after_close_sent();
  return 0;
}

void ServerSocket::after_close_sent() {
  if (wsi_ == nullptr || !close_sent_ || lws_partial_buffered(wsi_) != 0) return;
  if (close_received_) {
    end();
  } else if (discarding_) {
    // Its frames make no sense any more, so the end of its stream is its answer. To close with
    // bytes unread would reset the connection, and could cost the peer our close frame.
    ::shutdown(lws_get_socket_fd(wsi_), SHUT_WR);
  }
}

void ServerSocket::on_lost() {
  wsi_ = nullptr;
  if (state_ == State::Open) ending_.error = Error{Errc::Unavailable, "connection lost"};
  end();
}

/// The one place that tells the listener that it is over.
void ServerSocket::end() {
  if (state_ == State::Ended) return;
  state_ = State::Ended;
  discarding_ = true;
  drop_connection(std::exchange(wsi_, nullptr));
  close_timer_.cancel();
  queue_.clear();
  own_bytes_.clear();
  queued_bytes_ = 0;
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->on_socket_gone(*this);
  const CloseInfo info = std::move(ending_);
  if (listener_ != nullptr) listener_->on_close(info);
}

}  // namespace webpubsub::net
