#include "net/websocket_client.h"

#include <cstring>
#include <utility>

#include "net/byte_queue.h"
#include "net/client_connection.h"
#include "net/event_loop_impl.h"
#include "net/utf8.h"
#include "net/websocket_frame.h"

namespace webpubsub::net {

namespace {

constexpr auto kCloseTimeout = std::chrono::seconds(5);
constexpr std::size_t kMaxHeldReceive = 64 * 1024;  // memory kept between messages
constexpr std::size_t kMaxPerTurn = 1024 * 1024;    // then other connections get theirs

/// What precedes a queued payload: this, then the room lws writes the frame header into.
struct QueuedHeader {
  std::size_t size = 0;
  MessageType type = MessageType::Text;
};
constexpr std::size_t kQueuedOverhead = sizeof(QueuedHeader) + LWS_PRE;

constexpr std::size_t queued_size(std::size_t payload) {
  constexpr std::size_t kAlign = alignof(QueuedHeader);
  return (kQueuedOverhead + payload + kAlign - 1) / kAlign * kAlign;
}

class ClientSocket final : public WebSocket, private ClientConnection {
 public:
  ClientSocket(EventLoop& loop, ConnectSettings settings, const WebSocketClientOptions& options,
               WebSocketListener& listener)
      : ClientConnection(loop, std::move(settings)),
        listener_(listener),
        max_message_bytes_(options.max_message_bytes),
        max_queued_bytes_(options.max_queued_bytes),
        max_queued_messages_(options.max_queued_messages),
        close_timer_(loop, [this] { end(); }),
        end_of_lap_(loop, [this] { write_at_end_of_lap(); }) {
    start();
  }

  Offer send(MessageType type, std::string_view payload) override;
  Offer send(const std::shared_ptr<Message>& message) override {
    return send(message->type(), message->payload());
  }
  void close(std::uint16_t code, std::string_view reason) override;
  void abort(std::string_view reason) override;
  void ping() override;
  void pause_reading(bool paused) override;
  bool is_open() const override { return state_ == State::Open; }
  std::size_t queued_messages() const override { return queued_messages_; }
  std::size_t queued_bytes() const override { return queued_bytes_; }
  std::string peer() const override { return target(); }

 private:
  enum class State : std::uint8_t { Connecting, Open, Closing, Ended };

  void on_connect_failed(Error error) override;
  int on_connection(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) override;
  int on_handshake_answer(lws* wsi);
  int on_established();
  int on_receive(lws* wsi, const char* bytes, std::size_t count);
  int deliver(MessageType type, std::string_view payload);
  void write_at_end_of_lap();
  int on_writeable(lws* wsi);
  bool write_messages(lws* wsi, std::size_t& sent);
  int report_sent(std::size_t sent);
  int send_close(lws* wsi);
  int refuse(lws* wsi, std::uint16_t code, const char* reason);
  void on_peer_close(const unsigned char* in, std::size_t len);
  void note_refusal(lws* wsi);
  void end();

  WebSocketListener& listener_;
  const std::size_t max_message_bytes_;
  const std::size_t max_queued_bytes_;
  const std::size_t max_queued_messages_;
  State state_ = State::Connecting;
  ByteQueue queue_;
  std::size_t queued_messages_ = 0;
  std::size_t queued_bytes_ = 0;
  bool told_full_ = false;
  bool ping_asked_ = false;
  bool close_sent_ = false;
  bool discarding_ = false;  // the peer broke a rule: nothing more of it is delivered
  bool paused_ = false;
  std::string received_;  // of a message in several pieces
  std::string connect_refusal_;
  CloseInfo ending_{};
  Timer close_timer_;
  EndOfLap end_of_lap_;
};

Offer ClientSocket::send(MessageType type, std::string_view payload) {
  if (state_ != State::Open) return Offer::Offline;
  if (queued_messages_ > 0 && (queued_messages_ >= max_queued_messages_ ||
                               queued_bytes_ + payload.size() > max_queued_bytes_)) {
    told_full_ = true;
    return Offer::Full;
  }
  unsigned char* at = queue_.append(queued_size(payload.size()));
  const QueuedHeader header{payload.size(), type};
  std::memcpy(at, &header, sizeof(header));
  if (!payload.empty()) std::memcpy(at + kQueuedOverhead, payload.data(), payload.size());
  queued_bytes_ += payload.size();
  if (queued_messages_++ == 0) end_of_lap_.ask();
  return Offer::Accepted;
}

void ClientSocket::close(std::uint16_t code, std::string_view reason) {
  if (state_ == State::Connecting) {
    abort(reason);
    return;
  }
  if (state_ != State::Open) return;
  state_ = State::Closing;
  ending_.code = code;
  ending_.reason = cut_utf8(reason, kMaxCloseReason);
  close_timer_.start_after(kCloseTimeout);
  lws_callback_on_writable(wsi());
}

void ClientSocket::abort(std::string_view reason) {
  if (state_ == State::Ended) return;
  const bool was_connecting = state_ == State::Connecting;
  state_ = State::Closing;
  ending_.code = close_code::kAbnormal;
  ending_.reason = reason;
  if (was_connecting) ending_.error = Error{Errc::Cancelled, "given up: " + std::string(reason)};
  let_go();
  loop().defer([this, alive = lifetime().token()] {
    if (!alive.expired()) end();
  });
}

void ClientSocket::ping() {
  if (state_ != State::Open) return;
  ping_asked_ = true;
  lws_callback_on_writable(wsi());
}

void ClientSocket::pause_reading(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  if (state_ == State::Open) lws_rx_flow_control(wsi(), paused ? 0 : 1);
}

void ClientSocket::on_connect_failed(Error error) {
  if (!connect_refusal_.empty()) {
    error.code = Errc::Protocol;
    error.message += ": " + connect_refusal_;
  }
  ending_.code = close_code::kAbnormal;
  ending_.error = std::move(error);
  end();
}

int ClientSocket::on_connection(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) {
  switch (reason) {
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
      return on_handshake_answer(wsi);
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      return on_established();
    case LWS_CALLBACK_CLIENT_RECEIVE:
      return on_receive(wsi, static_cast<const char*>(in), len);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
      if (state_ == State::Open) listener_.on_pong();
      return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
      return on_writeable(wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      on_peer_close(static_cast<const unsigned char*>(in), len);
      return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
      note_refusal(wsi);
      return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
      if (state_ == State::Open || state_ == State::Closing) {
        set_handler(wsi, nullptr);
        forget_connection();
        end();
      }
      return 0;
    default:
      return 0;
  }
}

void ClientSocket::note_refusal(lws* wsi) {
  char value[64];
  if (lws_hdr_copy(wsi, value, sizeof(value), WSI_TOKEN_HTTP_RETRY_AFTER) > 0) {
    ending_.retry_after = value;
  }
}

// libwebsockets takes an answer without the subprotocol for a good one.
int ClientSocket::on_handshake_answer(lws* wsi) {
  char selected[128] = "";
  if (lws_hdr_copy(wsi, selected, sizeof(selected), WSI_TOKEN_PROTOCOL) < 0 ||
      settings().subprotocol != selected) {
    connect_refusal_ = settings().subprotocol.empty()
                           ? "a subprotocol was selected that was not offered"
                           : "the server did not select " + settings().subprotocol;
    return -1;
  }
  return 0;
}

int ClientSocket::on_established() {
  established();
  state_ = State::Open;
  ending_ = CloseInfo{};
  ending_.was_open = true;
  if (paused_) lws_rx_flow_control(wsi(), 0);
  listener_.on_open();
  return 0;
}

int ClientSocket::on_receive(lws* wsi, const char* bytes, std::size_t count) {
  if (discarding_ || close_sent_) return 0;
  const std::size_t remaining = lws_remaining_packet_payload(wsi);
  if (remaining > max_message_bytes_ || received_.size() + count + remaining > max_message_bytes_) {
    return refuse(wsi, close_code::kTooLarge, "message too large");
  }
  const auto type = lws_frame_is_binary(wsi) != 0 ? MessageType::Binary : MessageType::Text;
  if (lws_is_final_fragment(wsi) == 0) {
    received_.append(bytes, count);
    return 0;
  }
  if (received_.empty()) return deliver(type, {bytes, count});
  received_.append(bytes, count);
  std::string whole = std::exchange(received_, {});
  const Lifetime::Guard guard(lifetime());
  const int result = deliver(type, whole);
  if (!guard.gone() && whole.capacity() <= kMaxHeldReceive) {
    whole.clear();
    received_ = std::move(whole);
  }
  return result;
}

int ClientSocket::deliver(MessageType type, std::string_view payload) {
  if (type == MessageType::Text && !is_valid_utf8(payload)) {
    return refuse(wsi(), close_code::kInvalidPayload, "text is not UTF-8");
  }
  listener_.on_message(type, payload);
  return 0;
}

/// Closes over something the peer did. The frame leaves with the next writeable callback: told so
/// from a receive callback, lws 4.1 crashes when more of the refused message is still to come.
int ClientSocket::refuse(lws* wsi, std::uint16_t code, const char* reason) {
  discarding_ = true;
  state_ = State::Closing;
  ending_.code = code;
  ending_.reason = reason;
  close_timer_.start_after(kCloseTimeout);
  queue_.clear();
  queued_messages_ = 0;
  queued_bytes_ = 0;
  lws_callback_on_writable(wsi);
  return 0;
}

// lws writes the frame and waits for the peer's once this is returned from a callback.
int ClientSocket::send_close(lws* wsi) {
  close_sent_ = true;
  queue_.clear();
  queued_messages_ = 0;
  queued_bytes_ = 0;
  const auto code = static_cast<lws_close_status>(ending_.code);
  lws_close_reason(wsi, code, reinterpret_cast<unsigned char*>(ending_.reason.data()),
                   ending_.reason.size());
  return -1;
}

void ClientSocket::write_at_end_of_lap() {
  if (state_ != State::Open) return;  // the close frame waits for its own turn, and these with it
  std::size_t sent = 0;
  if (!write_messages(wsi(), sent)) {
    break_connection(wsi());
    return;
  }
  if (queued_messages_ > 0) lws_callback_on_writable(wsi());
  report_sent(sent);
}

int ClientSocket::on_writeable(lws* wsi) {
  if (state_ == State::Connecting || close_sent_) return 0;
  if (ping_asked_ && lws_partial_buffered(wsi) == 0) {
    ping_asked_ = false;
    unsigned char nothing[LWS_PRE + 1] = {};
    if (lws_write(wsi, nothing + LWS_PRE, 0, LWS_WRITE_PING) < 0) return -1;
  }
  std::size_t sent = 0;
  if (!write_messages(wsi, sent)) return -1;
  if (queued_messages_ > 0) {
    lws_callback_on_writable(wsi);
  } else if (state_ == State::Closing && lws_partial_buffered(wsi) == 0) {
    const Lifetime::Guard guard(lifetime());
    const int result = report_sent(sent);
    return guard.gone() || result != 0 || state_ != State::Closing ? -1 : send_close(wsi);
  }
  return report_sent(sent);
}

bool ClientSocket::write_messages(lws* wsi, std::size_t& sent) {
  std::size_t written = 0;
  // A frame only partly taken by the system must be gone before the next: the rest of it waits
  // inside lws, and another write would be put in the middle.
  while (queued_messages_ > 0 && written < kMaxPerTurn && lws_partial_buffered(wsi) == 0) {
    QueuedHeader header;
    std::memcpy(&header, queue_.data(), sizeof(header));
    const auto protocol = header.type == MessageType::Binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    if (lws_write(wsi, queue_.data() + kQueuedOverhead, header.size, protocol) < 0) return false;
    queue_.consume(queued_size(header.size));
    --queued_messages_;
    queued_bytes_ -= header.size;
    written += header.size + kMaxFrameHeader;
    ++sent;
  }
  return true;
}

int ClientSocket::report_sent(std::size_t sent) {
  if (sent == 0) return 0;
  const Lifetime::Guard guard(lifetime());
  listener_.on_sent(sent);
  if (guard.gone()) return -1;
  if (told_full_ && state_ == State::Open && queued_messages_ <= max_queued_messages_ / 2 &&
      queued_bytes_ <= max_queued_bytes_ / 2) {
    told_full_ = false;
    listener_.on_drain();
  }
  return 0;
}

void ClientSocket::on_peer_close(const unsigned char* in, std::size_t len) {
  if (close_sent_) return;
  state_ = State::Closing;
  close_sent_ = true;  // lws answers it
  ending_.code = close_code::kNoStatus;
  ending_.reason.clear();
  if (len >= 2) {
    ending_.code = static_cast<std::uint16_t>(in[0] << 8U | in[1]);
    ending_.reason.assign(reinterpret_cast<const char*>(in) + 2, len - 2);
  }
  close_timer_.start_after(kCloseTimeout);
}

/// The one place that tells the listener that it is over.
void ClientSocket::end() {
  if (state_ == State::Ended) return;
  if (state_ == State::Open) ending_.error = Error{Errc::Unavailable, "connection lost"};
  state_ = State::Ended;
  let_go();
  close_timer_.cancel();
  queue_.clear();
  queued_messages_ = 0;
  queued_bytes_ = 0;
  const CloseInfo info = std::move(ending_);
  listener_.on_close(info);
}

}  // namespace

Result<std::unique_ptr<WebSocket>> connect_websocket(EventLoop& loop,
                                                     WebSocketClientOptions options,
                                                     WebSocketListener& listener) {
  auto url = parse_url(options.url, "ws", "wss");
  if (!url) return url.error();
  auto proxy = parse_proxy(options.proxy);
  if (!proxy) return proxy.error();
  ConnectSettings settings;
  settings.url = std::move(url).value();
  settings.tls = options.tls;
  settings.proxy = std::move(proxy).value();
  settings.timeout = options.connect_timeout;
  settings.subprotocol = options.subprotocol;
  settings.headers = std::move(options.headers);
  if (auto checked = check_settings(settings); !checked) return checked.error();
  return std::unique_ptr<WebSocket>(
      std::make_unique<ClientSocket>(loop, std::move(settings), options, listener));
}

}  // namespace webpubsub::net
