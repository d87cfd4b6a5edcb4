// The control socket served on the event loop: one request and one reply per connection.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "daemon/control/listening_socket.h"
#include "daemon/control/peer.h"
#include "daemon/control/protocol.h"
#include "daemon/snapshot.h"
#include "net/event_loop.h"

namespace gateway {

struct ControlOptions {
  std::string path{};
  std::size_t max_clients = 8;                     // at once; one more is answered "busy"
  std::chrono::milliseconds request_limit{5'000};  // for the request to come
  std::chrono::milliseconds work_limit{120'000};   // for the answer to be there
  std::chrono::milliseconds reply_limit{5'000};    // for the client to take it
  Account account = own_account();                 // whose group may look
};

/// Answers once, now or later; a copy that outlives its client, or the server, does nothing.
using ControlResponder = std::function<void(ControlReply reply)>;
using ControlHandler =
    std::function<void(const ControlRequest& request, const Peer& peer, ControlResponder respond)>;

/// Used on its loop's thread. No client makes it wait, or hold more than one request and one reply.
/// Peers without any right are answered "forbidden" before they are heard; what others may do is
/// checked against their request here, so that the handler gets only what is allowed.
class ControlServer {
 public:
  /// Listens at once. Errors: those of ListeningSocket.
  static webpubsub::Result<std::unique_ptr<ControlServer>> listen(webpubsub::net::EventLoop& loop,
                                                                  ControlOptions options,
                                                                  ControlHandler handler,
                                                                  webpubsub::Log& log);
  ~ControlServer();  // drops its clients
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Requests by how they ended; every outcome is listed.
  Tally tally() const;

 private:
  enum class Stage : std::uint8_t { Reading, Working, Writing };
  struct Client {
    int fd = -1;
    Peer peer{};
    Access access = Access::None;
    Stage stage = Stage::Reading;
    std::string in{};
    std::string out{};
    std::size_t sent = 0;
    webpubsub::TimePoint deadline{};
  };
  struct Told {
    std::string key{};  // a request, and whose it was
    webpubsub::TimePoint at{};
  };
  using Id = std::uint64_t;  // never used again, so that a late answer finds nobody else

  ControlServer(webpubsub::net::EventLoop& loop, ControlOptions options, ControlHandler handler,
                webpubsub::Log& log);
  webpubsub::Result<void> start();
  bool watch(int fd, Id id, std::uint32_t events, int operation) const;
  void on_ready();
  void accept_clients();
  void admit(int fd);
  void read(Id id, Client& client);
  void hear(Id id, Client& client, std::string_view line);
  void tell(const ControlRequest& request, const Peer& peer, bool allowed);
  bool was_told(std::string key);
  void enter(Client& client, Stage stage, std::chrono::milliseconds limit);
  void reply(Id id, const ControlReply& answer);
  void write(Id id, Client& client);
  void drop(Id id);
  void end_late_ones();
  void set_timer();

  ControlOptions options_;
  ControlHandler handler_;
  webpubsub::Log& log_;
  std::unique_ptr<ListeningSocket> socket_{};
  // Watches the listener and every client, and is itself readable when one of them is ready: so
  // writing waits on the loop too, though FdWatcher knows only reading.
  int epoll_ = -1;  // the watcher's to close
  webpubsub::net::EventLoop& loop_;
  std::map<Id, Client> clients_{};
  Id next_id_ = 1;  // 0 is the listener
  std::array<std::uint64_t, kControlCodes> counts_{};
  std::vector<Told> told_{};
  webpubsub::net::Timer limit_;
  std::shared_ptr<ControlServer*> self_;
  std::unique_ptr<webpubsub::net::FdWatcher> watcher_{};
};

}  // namespace gateway
