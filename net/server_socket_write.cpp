// The sending half of a server's WebSocket: which bytes go next, several frames to a system call.

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/event_loop_impl.h"
#include "net/server_socket.h"

namespace webpubsub::net {

namespace {

constexpr std::size_t kGatherSize = 64 * 1024;  // frames put together for one system call
constexpr std::size_t kGatherLimit = 8 * 1024;  // a larger one is not worth copying
constexpr std::size_t kMaxPerTurn = 1024 * 1024;

}  // namespace

bool ServerSocket::on_room() {
  write_wanted_ = false;
  std::size_t sent = 0;
  for (int round = 0; round < static_cast<int>(kMaxPerTurn / kGatherSize); ++round) {
    // What the system did not take waits inside the stream; writing more would only pile it up
    // there.
    if (stream_->is_congested()) break;
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
    if (!good) return false;
  }
  const bool more = (!queue_.empty() && !close_sent_) || (close_queued_ && !close_sent_) ||
                    stream_->is_congested();
  if (more) {
    write_wanted_ = true;
    stream_->want_room();  // when there is room again, and others had their turn
  }
  return report_sent(sent);
}

bool ServerSocket::write_bytes(unsigned char* bytes, std::size_t count) {
  return stream_->write(bytes, count);
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

bool ServerSocket::report_sent(std::size_t sent) {
  const Lifetime::Guard guard(lifetime_);
  if (sent > 0 && state_ != State::Ended) listener_->on_sent(sent);
  if (guard.gone()) return false;
  if (told_full_ && state_ == State::Open && queue_.size() <= max_queued_messages_ / 2 &&
      queued_bytes_ <= max_queued_bytes_ / 2) {
    told_full_ = false;
    listener_->on_drain();
    if (guard.gone()) return false;
  }
  after_close_sent();
  return true;
}

void ServerSocket::after_close_sent() {
  if (!stream_ || !close_sent_ || stream_->is_congested()) return;
  if (close_received_) {
    end();
  } else if (discarding_) {
    // Its frames make no sense any more, so the end of its stream is its answer. To close with
    // bytes unread would reset the connection, and could cost the peer our close frame.
    stream_->end_writing();
  }
}

}  // namespace webpubsub::net
