#include "daemon/control/control_server.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::LogLevel;
using webpubsub::Result;
using webpubsub::steady_now;

constexpr std::uint64_t kListener = 0;
constexpr std::chrono::minutes kTold{1};
constexpr std::size_t kMostTold = 16;

/// Payloads are for those who may also change things.
bool needs_full_access(const ControlRequest& request) {
  return request.verb == ControlVerb::Reload || request.verb == ControlVerb::LogLevel ||
         request.verb == ControlVerb::Trace ||
         (request.verb == ControlVerb::Queue && request.queue.action != QueueRequest::Action::List);
}

bool is_later_part(const ControlRequest& request) {
  return request.queue.after > 0 || request.queue.drain > 0 || request.trace.after > 0;
}

/// What was asked for, in words.
std::string verb_of(const ControlRequest& request) {
  std::string verb(to_string(request.verb));
  if (request.verb == ControlVerb::Trace) return verb + (request.trace.payload ? " --payload" : "");
  if (request.verb != ControlVerb::Queue) return verb;
  if (request.queue.action == QueueRequest::Action::Drain) return verb + " drain";
  verb += request.queue.action == QueueRequest::Action::Purge ? " purge" : " read";
  return verb + (request.queue.place == QueuePlace::Quarantine ? " --quarantine" : "");
}

Error system_error(const char* what) {
  return {Errc::Io,
          std::string("control socket: ") + what + ": " + std::generic_category().message(errno)};
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::listen(webpubsub::net::EventLoop& loop,
                                                             ControlOptions options,
                                                             ControlHandler handler,
                                                             webpubsub::Log& log) {
  std::unique_ptr<ControlServer> server(
      new ControlServer(loop, std::move(options), std::move(handler), log));
  if (auto started = server->start(); !started) return started.error();
  return server;
}

ControlServer::ControlServer(webpubsub::net::EventLoop& loop, ControlOptions options,
                             ControlHandler handler, webpubsub::Log& log)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      log_(log),
      loop_(loop),
      limit_(loop, [this] { end_late_ones(); }),
      self_(std::make_shared<ControlServer*>(this)) {}

ControlServer::~ControlServer() {
  for (const auto& [id, client] : clients_) ::close(client.fd);
}

Result<void> ControlServer::start() {
  auto socket = ListeningSocket::open(options_.path);
  if (!socket) return socket.error();
  socket_ = std::move(*socket);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return system_error("no epoll");
  auto watcher = webpubsub::net::FdWatcher::watch(loop_, epoll_, [this] { on_ready(); });
  if (!watcher) return watcher.error();
  watcher_ = std::move(*watcher);
  if (!watch(socket_->fd(), kListener, EPOLLIN, EPOLL_CTL_ADD)) return system_error("epoll");
  return {};
}

Tally ControlServer::tally() const {
  Tally tally;
  for (std::size_t code = 0; code < kControlCodes; ++code) {
    tally.emplace_back(to_string(static_cast<ControlCode>(code)), counts_[code]);
  }
  return tally;
}

bool ControlServer::watch(int fd, Id id, std::uint32_t events, int operation) const {
  epoll_event event{.events = events, .data = {.u64 = id}};
  return epoll_ctl(epoll_, operation, fd, &event) == 0;
}

void ControlServer::on_ready() {
  std::array<epoll_event, 16> events{};
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const Id id = events[static_cast<std::size_t>(i)].data.u64;
    if (id == kListener) {
      accept_clients();
      continue;
    }
    const auto found = clients_.find(id);
    if (found == clients_.end()) continue;
    Client& client = found->second;
    if (client.stage == Stage::Writing) {
      write(id, client);
    } else if (client.stage == Stage::Reading) {
      read(id, client);
    } else {
      drop(id);  // it hung up: nothing else is watched while it waits for its answer
    }
  }
  set_timer();
}

void ControlServer::accept_clients() {
  // A bounded number a lap, or a stream of connections would keep the loop from its work.
  for (int i = 0; i < 16; ++i) {
    const int fd = accept4(socket_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    admit(fd);
  }
}

void ControlServer::admit(int fd) {
  const Id id = next_id_++;
  // Those that are only told no count as well: past twice the number nobody gets even that.
  if (clients_.size() >= 2 * options_.max_clients || !watch(fd, id, EPOLLIN, EPOLL_CTL_ADD)) {
    ::close(fd);
    return;
  }
  const bool full = clients_.size() >= options_.max_clients;
  Client& client = clients_[id];
  client.fd = fd;
  enter(client, Stage::Reading, options_.request_limit);
  auto peer = read_peer(fd);
  if (peer) client.peer = std::move(*peer);
  client.access = peer ? access_of(client.peer, options_.account) : Access::None;
  if (client.access == Access::None) {
    log_.burst(steady_now(), LogLevel::Warning, "control.refused",
               "somebody without the right to it opened the control socket",
               {{"uid", std::to_string(client.peer.uid)}});
    reply(id, {.code = ControlCode::Forbidden,
               .message = "only root, the gateway's account and members of its group may ask"});
  } else if (full) {
    reply(id, {.code = ControlCode::Busy, .message = "too many clients at once; try again"});
  }
}

void ControlServer::read(Id id, Client& client) {
  std::array<char, kMaxControlRequest> buffer{};
  const ssize_t count = ::recv(client.fd, buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return drop(id);
  client.in.append(buffer.data(), static_cast<std::size_t>(count));
  const auto end = client.in.find('\n');
  if (end < kMaxControlRequest) {  // not found is the largest number there is
    const std::string line = client.in.substr(0, end);
    return hear(id, client, line);
  }
  if (client.in.size() >= kMaxControlRequest) {
    reply(id, {.code = ControlCode::Malformed, .message = "the request is too long"});
  }
}

void ControlServer::hear(Id id, Client& client, std::string_view line) {
  const auto request = parse_request(line);
  if (!request) {
    return reply(id, {.code = ControlCode::Malformed, .message = request.error().message});
  }
  if (needs_full_access(*request)) {
    const bool allowed = client.access == Access::Full;
    tell(*request, client.peer, allowed);
    if (!allowed) {
      return reply(id, {.code = ControlCode::Forbidden,
                        .message = std::string(to_string(request->verb)) +
                                   ": only root and the gateway's account may do this"});
    }
  }
  enter(client, Stage::Working, options_.work_limit);
  // No events but the hang-up, which is always told.
  watch(client.fd, id, 0, EPOLL_CTL_MOD);
  const Peer peer = client.peer;  // the handler may answer at once, and the client be gone
  handler_(*request, peer, [weak = std::weak_ptr(self_), id](const ControlReply& answer) {
    if (const auto self = weak.lock()) (*self)->reply(id, answer);
  });
}

void ControlServer::tell(const ControlRequest& request, const Peer& peer, bool allowed) {
  const auto verb = verb_of(request);
  const auto uid = std::to_string(peer.uid);
  const std::string& rule =
      request.verb == ControlVerb::Trace ? request.trace.rule : request.queue.rule;
  const bool told = was_told(uid + ' ' + verb + ' ' + rule);
  if (allowed && told && is_later_part(request)) return;
  const auto words =
      verb + (allowed ? " was asked for" : " was asked for by one who may only look");
  if (allowed && rule.empty()) {
    log_.write(LogLevel::Notice, "control.request", words, {{"verb", verb}, {"uid", uid}});
  } else if (allowed) {
    log_.write(LogLevel::Notice, "control.request", words,
               {{"verb", verb}, {"rule", rule}, {"uid", uid}});
  } else if (rule.empty()) {
    log_.write(LogLevel::Warning, "control.refused", words, {{"verb", verb}, {"uid", uid}});
  } else {
    log_.write(LogLevel::Warning, "control.refused", words,
               {{"verb", verb}, {"rule", rule}, {"uid", uid}});
  }
}

/// Of what is asked for in parts, the first one speaks for all that follow it closely.
bool ControlServer::was_told(std::string key) {
  const auto now = steady_now();
  std::erase_if(told_, [now](const Told& told) { return now > told.at + kTold; });
  const auto found =
      std::find_if(told_.begin(), told_.end(), [&](const Told& told) { return told.key == key; });
  if (found != told_.end()) {
    found->at = now;
    return true;
  }
  if (told_.size() >= kMostTold) told_.erase(told_.begin());
  told_.push_back({std::move(key), now});
  return false;
}

void ControlServer::enter(Client& client, Stage stage, std::chrono::milliseconds limit) {
  client.stage = stage;
  client.deadline = steady_now() + limit;
  set_timer();
}

void ControlServer::reply(Id id, const ControlReply& answer) {
  const auto found = clients_.find(id);
  if (found == clients_.end() || found->second.stage == Stage::Writing) return;
  Client& client = found->second;
  ++counts_[static_cast<std::size_t>(answer.code)];
  client.out = reply_line(answer);
  enter(client, Stage::Writing, options_.reply_limit);
  watch(client.fd, id, EPOLLOUT, EPOLL_CTL_MOD);  // written on the next lap, never from in here
}

void ControlServer::write(Id id, Client& client) {
  const ssize_t count = ::send(client.fd, client.out.data() + client.sent,
                               client.out.size() - client.sent, MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) return drop(id);
  client.sent += static_cast<std::size_t>(count);
  if (client.sent == client.out.size()) drop(id);
}

void ControlServer::drop(Id id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  ::close(found->second.fd);  // leaves the epoll by itself
  clients_.erase(found);
}

void ControlServer::end_late_ones() {
  const auto now = steady_now();
  std::vector<Id> late;
  for (const auto& [id, client] : clients_) {
    if (client.deadline <= now) late.push_back(id);
  }
  for (const Id id : late) {
    if (clients_.at(id).stage == Stage::Writing) {
      drop(id);  // what it was told is counted already
    } else {
      const bool silent = clients_.at(id).stage == Stage::Reading;
      reply(id, {.code = ControlCode::Timeout,
                 .message = silent ? "no request came" : "it takes too long; see the log"});
    }
  }
  set_timer();
}

void ControlServer::set_timer() {
  const auto next = std::min_element(
      clients_.begin(), clients_.end(),
      [](const auto& a, const auto& b) { return a.second.deadline < b.second.deadline; });
  if (next == clients_.end()) return limit_.cancel();
  limit_.start_at(next->second.deadline);
}

}  // namespace gateway
