#include "net/server_connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <openssl/evp.h>

#include "base/base64.h"

namespace webpubsub::net {

namespace {

constexpr auto kRequestTime = std::chrono::seconds(30);  // for its body, and for a later one's head
constexpr auto kIdleTime = std::chrono::seconds(75);     // between requests
constexpr auto kAnswerTime = std::chrono::seconds(60);   // for the peer to take some of an answer
constexpr auto kLeaveTime = std::chrono::seconds(2);
constexpr std::size_t kMaxAhead = 64 * 1024;  // read of the next request while one is handled
constexpr std::size_t kWriteSize = 256 * 1024;
constexpr std::size_t kKeySize = 16;  // of Sec-WebSocket-Key: RFC 6455, section 4.2.1

constexpr int kSwitching = 101;
constexpr int kBadRequest = 400;
constexpr int kTooLarge = 413;
constexpr int kUpgradeRequired = 426;
constexpr int kTooManyRequests = 429;
constexpr int kHeadTooLarge = 431;
constexpr int kInternalError = 500;

std::string_view reason_phrase(int status) {
  struct Phrase {
    int status;
    std::string_view text;
  };
  static constexpr Phrase kPhrases[] = {
      {100, "Continue"},
      {101, "Switching Protocols"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {409, "Conflict"},
      {411, "Length Required"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {426, "Upgrade Required"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  };
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return phrase.text;
  }
  return "Status";
}

// A line break in a value would let it write headers of its own.
void append_header(std::string& out, std::string_view name, std::string_view value) {
  const auto breaks = [](std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
  };
  if (breaks(name) || breaks(value)) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::vector<std::string> offered_subprotocols(const Headers& headers) {
  std::vector<std::string> offered;
  for (const auto& [name, value] : headers) {
    if (!has_token("sec-websocket-protocol", name)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      const std::string_view item = trim(rest.substr(0, end));
      if (!item.empty()) offered.emplace_back(item);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return offered;
}

bool header_has(const Headers& headers, std::string_view name, std::string_view token) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    return has_token(name, header.first) && has_token(header.second, token);
  });
}

}  // namespace

std::string status_line(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_phrase(status)) + "\r\n";
}

// RFC 6455, section 4.2.2
std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  return base64_encode({reinterpret_cast<const char*>(digest), size});
}

ServerConnection::ServerConnection(EventLoop& loop, ConnectionOwner& owner, std::string peer,
                                   AddressLimits::Place place)
    : loop_(loop),
      owner_(owner),
      peer_(std::move(peer)),
      place_(std::move(place)),
      parser_(owner.options().max_request_body, owner.options().max_request_head),
      deadline_(loop, [this] { on_deadline(); }) {
  deadline_.start_after(owner.options().handshake_timeout);
}

ServerConnection::~ServerConnection() = default;

void ServerConnection::on_lost() {
  stream_.reset();
  over();
}

void ServerConnection::on_bytes(unsigned char* bytes, std::size_t count) {
  if (state_ == State::Leaving || state_ == State::Over) return;
  std::memcpy(input_.append(count), bytes, count);
  if (state_ == State::Reading) {
    read_request();
  } else if (input_.size() > kMaxAhead && !reading_paused_) {
    reading_paused_ = true;
    stream_->pause_reading(true);
  }
}

void ServerConnection::watch_reading() {
  if (!reading_paused_) return;
  reading_paused_ = false;
  stream_->pause_reading(false);
}

void ServerConnection::read_request() {
  const auto before = parser_.state();
  switch (parser_.parse(input_)) {
    case RequestParser::State::Head:
      if (!input_.empty() && request_number_ > 0 && before == RequestParser::State::Head) {
        const auto latest = steady_now() + kRequestTime;
        if (!deadline_.deadline() || *deadline_.deadline() > latest) deadline_.start_at(latest);
      }
      return;
    case RequestParser::State::Body:
      if (!std::exchange(body_begun_, true)) deadline_.start_after(kRequestTime);
      if (parser_.expects_continue() && !std::exchange(continue_sent_, true)) {
        output_ = status_line(100) + "\r\n";
        stream_->want_room();
      }
      return;
    case RequestParser::State::Failed:
      ++request_number_;
      refuse_request(parser_.status());
      return;
    case RequestParser::State::Complete:
      handle_request();
  }
}

void ServerConnection::on_deadline() {
  if (request_number_ == 0) ++owner_.count().handshake_timeouts;
  over();
}

void ServerConnection::refuse_request(int status) {
  if (status == kTooLarge || status == kHeadTooLarge) ++owner_.count().oversized_requests;
  if (status == kTooManyRequests) ++owner_.count().requests_over_address_limit;
  answer_status(status);
}

void ServerConnection::handle_request() {
  ++request_number_;
  if (!owner_.address_limits().allows_request(place_, steady_now())) {
    return refuse_request(kTooManyRequests);
  }
  state_ = State::Waiting;
  deadline_.cancel();
  keep_alive_ = parser_.keep_alive();
  HttpRequest& request = parser_.request();
  request.peer = peer_;
  head_only_ = request.method == "HEAD";
  if (header_has(request.headers, "upgrade", "websocket") && upgrade()) return;
  owner_.handler().on_request(
      std::move(request),
      [this, alive = lifetime_.token(), number = request_number_](const HttpResponse& response) {
        if (alive.expired() || number != request_number_ || state_ != State::Waiting) return;
        answer(response);
      });
}

void ServerConnection::answer_status(int status) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain"}};
  if (status == kTooManyRequests) response.headers.emplace_back("Retry-After", "1");
  response.body = std::string(reason_phrase(status)) + "\n";
  keep_alive_ = false;
  state_ = State::Waiting;
  answer(response);
}

void ServerConnection::answer(const HttpResponse& response) {
  state_ = State::Answering;
  std::string head = status_line(response.status);
  for (const auto& [name, value] : response.headers) {
    const bool ours = has_token("content-length", name) || has_token("connection", name);
    if (!ours) append_header(head, name, value);
  }
  if (has_body(response.status)) {
    append_header(head, "Content-Length", std::to_string(response.body.size()));
  }
  if (!keep_alive_) append_header(head, "Connection", "close");
  head += "\r\n";
  const bool with_body = has_body(response.status) && !head_only_;
  output_ += head;  // behind a "100 Continue" that has not left yet
  if (with_body) output_ += response.body;
  deadline_.start_after(kAnswerTime);
  stream_->want_room();
}

bool ServerConnection::on_room() {
  while (output_sent_ < output_.size() && !stream_->is_congested()) {
    const std::size_t count = std::min(output_.size() - output_sent_, kWriteSize);
    auto* bytes = reinterpret_cast<unsigned char*>(output_.data()) + output_sent_;
    if (!stream_->write(bytes, count)) return false;
    output_sent_ += count;
    if (state_ == State::Answering) deadline_.start_after(kAnswerTime);
  }
  if (output_sent_ < output_.size() || stream_->is_congested()) {
    stream_->want_room();
    return true;
  }
  std::string().swap(output_);
  output_sent_ = 0;
  if (state_ == State::Answering) on_answered();
  return true;
}

void ServerConnection::on_answered() {
  if (!keep_alive_) {
    leave();
    return;
  }
  parser_.reset();
  continue_sent_ = false;
  body_begun_ = false;
  state_ = State::Reading;
  deadline_.start_after(input_.empty() ? kIdleTime : kRequestTime);
  watch_reading();
  if (!input_.empty()) read_request();
}

// Closing with unread bytes would reset the connection and could cost the peer our answer.
void ServerConnection::leave() {
  state_ = State::Leaving;
  input_.clear();
  stream_->end_writing();
  watch_reading();
  deadline_.start_after(kLeaveTime);
}

void ServerConnection::abandon() {
  state_ = State::Over;
  deadline_.cancel();
  stream_.reset();
}

void ServerConnection::over() {
  if (state_ == State::Over) return;
  abandon();
  owner_.on_connection_over(*this);
}

/// What is wrong with the upgrade request, as a status; 0 for nothing.
int ServerConnection::upgrade_fault() const {
  auto& request = const_cast<RequestParser&>(parser_).request();
  const auto key = find_header(request.headers, "sec-websocket-key");
  if (request.method != "GET" || !request.body.empty() ||
      !header_has(request.headers, "connection", "upgrade") || !key) {
    return kBadRequest;
  }
  const auto bytes = base64_decode(*key);
  if (!bytes || bytes->size() != kKeySize) return kBadRequest;
  const auto version = find_header(request.headers, "sec-websocket-version");
  return version == "13" ? 0 : kUpgradeRequired;
}

/// True when the request was answered here, one way or the other.
bool ServerConnection::upgrade() {
  if (const int fault = upgrade_fault(); fault != 0) {
    HttpResponse response;
    response.status = fault;
    if (fault == kUpgradeRequired) response.headers = {{"Sec-WebSocket-Version", "13"}};
    answer(response);
    return true;
  }
  UpgradeRequest upgrade_request;
  upgrade_request.request = std::move(parser_.request());
  upgrade_request.subprotocols = offered_subprotocols(upgrade_request.request.headers);
  auto answer_later =
      [this, alive = lifetime_.token(), number = request_number_,
       offered = upgrade_request.subprotocols,
       key = std::string(*find_header(upgrade_request.request.headers, "sec-websocket-key"))](
          UpgradeAnswer decided) {
        if (alive.expired() || number != request_number_ || state_ != State::Waiting) return;
        decide_upgrade(std::move(decided), offered, key);
      };
  owner_.handler().start_upgrade(std::move(upgrade_request), std::move(answer_later));
  return true;
}

void ServerConnection::decide_upgrade(UpgradeAnswer decided,
                                      const std::vector<std::string>& offered,
                                      std::string_view key) {
  const bool unknown =
      !decided.subprotocol.empty() &&
      std::find(offered.begin(), offered.end(), decided.subprotocol) == offered.end();
  if (decided.status == kSwitching && (unknown || !decided.accept)) {
    answer_status(kInternalError);
  } else if (decided.status != kSwitching) {
    HttpResponse response;
    response.status = decided.status;
    response.headers = std::move(decided.headers);
    response.body = std::move(decided.body);
    answer(response);
  } else {
    become_websocket(decided, key);
  }
}

void ServerConnection::become_websocket(const UpgradeAnswer& decided, std::string_view key) {
  std::string handshake = status_line(kSwitching);
  append_header(handshake, "Upgrade", "websocket");
  append_header(handshake, "Connection", "Upgrade");
  append_header(handshake, "Sec-WebSocket-Accept", websocket_accept(key));
  if (!decided.subprotocol.empty()) {
    append_header(handshake, "Sec-WebSocket-Protocol", decided.subprotocol);
  }
  for (const auto& [name, value] : decided.headers) append_header(handshake, name, value);
  handshake += "\r\n";

  const std::string early(reinterpret_cast<const char*>(input_.data()), input_.size());
  watch_reading();
  auto socket = std::make_unique<ServerSocket>(loop_, std::move(stream_), owner_.options(), peer_,
                                               std::move(handshake));
  ServerSocket& live = *socket;
  live.set_place(std::move(place_));
  owner_.add_socket(live);
  over();  // the connection is the socket's now; we go at the end of this callback
  const Lifetime::Guard guard(live.lifetime());
  WebSocketListener& listener = decided.accept(std::move(socket));
  if (guard.gone()) return;
  live.set_listener(listener);
  live.begin(early);
}

}  // namespace webpubsub::net
