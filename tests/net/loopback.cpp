#include "loopback.h"

#include <cerrno>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace webpubsub::net::testing {

Loop::Loop() {
  auto created = EventLoop::create(log_);
  if (!created) throw std::runtime_error(created.error().message);
  loop_ = std::move(created).value();
}

bool Loop::until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const TimePoint deadline = steady_now() + limit;
  while (!done()) {
    if (steady_now() >= deadline) return false;
    loop_->run_once(20ms);
  }
  return true;
}

void Recorder::on_open() {
  opened = true;
  if (on_open_do) on_open_do();
}

void Recorder::on_message(MessageType type, std::string_view payload) {
  if (keep_messages) messages.push_back({type, std::string(payload)});
  if (on_message_do) on_message_do(type, payload);
}

void Recorder::on_sent(std::size_t count) {
  sent += count;
  if (on_sent_do) on_sent_do();
}

void Recorder::on_drain() {
  ++drains;
  if (on_drain_do) on_drain_do();
}

void Recorder::on_pong() {
  ++pongs;
  if (on_pong_do) on_pong_do();
}

void Recorder::on_close(const CloseInfo& info) {
  closed = info;
  ++closes;
  if (on_close_do) on_close_do();
}

TestServer::TestServer(Loop& loop, HttpServerOptions options) {
  auto listening = HttpServer::listen(*loop, std::move(options), *this);
  if (!listening) throw std::runtime_error(listening.error().message);
  server = std::move(listening).value();
}

TestServer::~TestServer() { sockets.clear(); }

void TestServer::on_request(HttpRequest request, HttpResponder respond) {
  if (on_request_do) {
    on_request_do(std::move(request), std::move(respond));
    return;
  }
  HttpResponse response;
  response.headers = {{"Content-Type", "text/plain"}};
  response.body = request.method + " " + request.path + " " + request.query + "\n" + request.body;
  respond(std::move(response));
}

UpgradeAnswer TestServer::on_upgrade(const UpgradeRequest& request) {
  upgrades.push_back(request);
  UpgradeAnswer answer;
  if (on_upgrade_do) answer = on_upgrade_do(request);
  if (answer.status != 101) return answer;
  answer.accept = [this](std::unique_ptr<WebSocket> socket) -> WebSocketListener& {
    sockets.push_back(std::make_unique<Recorder>());
    Recorder& recorder = *sockets.back();
    recorder.socket = std::move(socket);
    if (on_accept_do) on_accept_do(recorder);
    return recorder;
  };
  return answer;
}

std::string TestServer::url(std::string_view scheme, std::string_view path) const {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port()) + std::string(path);
}

void connect_with(Loop& loop, Recorder& recorder, WebSocketClientOptions options) {
  auto socket = connect_websocket(*loop, std::move(options), recorder);
  ASSERT_TRUE(socket) << socket.error().message;
  recorder.socket = std::move(socket).value();
}

void connect(Loop& loop, Recorder& recorder, const std::string& url) {
  WebSocketClientOptions options;
  options.url = url;
  connect_with(loop, recorder, std::move(options));
}

namespace {
sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
}  // namespace

RawPeer::RawPeer(Loop& loop, std::uint16_t port) : loop_(loop) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback_address(port);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

RawPeer::~RawPeer() {
  if (fd_ >= 0) ::close(fd_);
}

void RawPeer::send(std::string_view bytes) {
  const bool all = loop_.until([&] {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    return bytes.empty() || (count < 0 && errno != EAGAIN);
  });
  EXPECT_TRUE(all);
}

bool RawPeer::read_some() {
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::recv(fd_, buffer, sizeof(buffer), 0);
    if (count > 0) {
      received.append(buffer, static_cast<std::size_t>(count));
      continue;
    }
    closed_ = count == 0 || errno != EAGAIN;
    return !closed_;
  }
}

bool RawPeer::read_until(const std::function<bool(std::string_view)>& done) {
  bool satisfied = false;
  const bool in_time = loop_.until([&] {
    const bool open = read_some();
    satisfied = done(received);
    return satisfied || !open;
  });
  return in_time && satisfied;
}

bool RawPeer::read_until_contains(std::string_view text) {
  return read_until([&](std::string_view all) { return all.find(text) != std::string_view::npos; });
}

bool RawPeer::read_until_closed() {
  return loop_.until([&] { return !read_some(); });
}

void RawPeer::stop_sending() { ::shutdown(fd_, SHUT_WR); }

RawListener::RawListener() {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback_address(0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(fd_, 16), 0);
  EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
}

RawListener::~RawListener() { ::close(fd_); }

int RawListener::accept(Loop& loop) {
  int accepted = -1;
  static_cast<void>(loop.until([&] {
    accepted = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return accepted >= 0;
  }));
  return accepted;
}

std::string plain_frame(unsigned char first_byte, std::string_view payload) {
  std::string frame(1, static_cast<char>(first_byte));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else if (payload.size() <= 0xFFFF) {
    frame += static_cast<char>(126);
    for (int shift = 8; shift >= 0; shift -= 8) {
      frame += static_cast<char>(payload.size() >> static_cast<unsigned>(shift) & 0xFFU);
    }
  } else {
    frame += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      frame += static_cast<char>(payload.size() >> static_cast<unsigned>(shift) & 0xFFU);
    }
  }
  return frame.append(payload);
}

std::string masked_frame(unsigned char first_byte, std::string_view payload) {
  const std::string mask = "\x12\x84\xA7\x3C";
  std::string frame = plain_frame(first_byte, payload);
  const std::size_t header = frame.size() - payload.size();
  frame[1] = static_cast<char>(static_cast<unsigned char>(frame[1]) | 0x80U);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame[header + i] = static_cast<char>(frame[header + i] ^ mask[i % 4]);
  }
  return frame.insert(header, mask);
}

std::string upgrade_request(std::string_view path, std::string_view extra_headers) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         std::string(kUpgradeKey) + "\r\n" + std::string(extra_headers) + "\r\n";
}

}  // namespace webpubsub::net::testing
