// A client of Azure Web PubSub: one logical connection to a hub that heals itself.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/backoff.h"
#include "base/log.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "net/tls_options.h"
#include "webpubsub/auth/credential.h"
#include "webpubsub/client/stream_receiver.h"
#include "webpubsub/protocol/codec.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

struct ClientOptions {
  const Codec* codec = &json_reliable_codec();
  net::TlsClientOptions tls{};
  std::string proxy{};                                    // http://host:port; empty: direct
  std::chrono::milliseconds connect_timeout{10'000};      // until the connected frame
  std::chrono::milliseconds keep_alive_interval{20'000};  // silence before a ping; 0: no pings
  std::chrono::milliseconds keep_alive_timeout{40'000};   // of silence ends the link; 0: never
  // Then the send fails with Timeout. When sends made after that fail, too, with no ack in between,
  // the connection is given up and made anew.
  std::chrono::milliseconds ack_timeout{30'000};
  std::chrono::milliseconds recovery_window{30'000};  // for a lost connection to be had back
  std::chrono::milliseconds send_retry_delay{1'000};
  unsigned max_send_retries = 3;  // of a send the service answered InternalServerError
  std::chrono::milliseconds invoke_timeout{30'000};  // likewise
  std::chrono::milliseconds stable_after{5'000};     // connected this long resets the back-off
  BackoffOptions reconnect{};
  bool auto_reconnect = true;
  bool auto_rejoin_groups = true;
  bool auto_restore_group_states = true;  // what was set and followed, on a new connection
  std::size_t max_pending_acks = 1024;    // then sends that want one are answered Full
  std::size_t max_pending_ack_bytes = 4 * 1024 * 1024;  // likewise; their frames are kept
  std::size_t max_queued_bytes = 4 * 1024 * 1024;
  std::size_t max_queued_messages = 1024;
  std::size_t max_message_bytes = 2 * 1024 * 1024;  // received
};

/// Recovering: the socket was lost, the connection may still be there (reliable subprotocols).
enum class ClientState : std::uint8_t { Stopped, Connecting, Connected, Waiting, Recovering };

class ClientListener {
 public:
  virtual ~ClientListener() = default;
  /// A new connection is ready, groups joined earlier have been asked for again.
  virtual void on_connected(const Connected& connected) { static_cast<void>(connected); }
  /// The connection, or an attempt at one, ended. `retry_in` is the wait before the next attempt;
  /// nothing when there will be none.
  virtual void on_disconnected(const Error& why,
                               std::optional<std::chrono::milliseconds> retry_in) {
    static_cast<void>(why);
    static_cast<void>(retry_in);
  }
  /// The socket was lost and the same connection is asked for again; groups and what waits for an
  /// ack are kept. on_recovered() or on_disconnected() follows. Reliable subprotocols only.
  virtual void on_recovering(const Error& why) { static_cast<void>(why); }
  /// The connection goes on where it was: nothing was missed, nothing has to be joined again.
  virtual void on_recovered() {}
  virtual void on_stopped() {}
  virtual void on_group_message(const GroupMessage& message) { static_cast<void>(message); }
  virtual void on_server_message(const ServerMessage& message) { static_cast<void>(message); }
  /// What connections have set in a group that is followed; no state: cleared, or gone.
  virtual void on_group_states(const GroupStates& states) { static_cast<void>(states); }
  /// A group could not be joined in spite of retries, and no completion waits to hear of it: after
  /// a reconnect, or at first when join_group() got none. It is asked for again on the next
  /// connection.
  virtual void on_rejoin_failed(std::string_view group, const Error& why) {
    static_cast<void>(group);
    static_cast<void>(why);
  }
  /// What was set in a group, or that it is followed, could not be had again on a new connection.
  /// It is tried again on the next one.
  virtual void on_group_state_failed(std::string_view group, const Error& why) {
    static_cast<void>(group);
    static_cast<void>(why);
  }
  /// A send was answered Full and there is room again.
  virtual void on_drain() {}
};

struct SendOptions {
  bool no_echo = false;
  bool acknowledged = false;                   // false: fire and forget
  std::optional<std::uint32_t> ttl_seconds{};  // 0 to 300; what nobody took by then may be dropped
  // Travels beside the payload; keys of HTTP token characters, 8 KiB in all.
  StringMap metadata{};
};

struct StreamOptions {
  bool no_echo = false;
  std::optional<std::chrono::milliseconds> idle_timeout{};  // silence that ends it; default: 5 min
};

/// The answer to an invocation: what the event handler replied, an empty text if nothing.
using InvokeDone = std::function<void(Result<Data>)>;

/// Used, and calling back, on its loop's thread only. Destroying it ends pending sends with
/// Cancelled. `credential`, `listener` and `log` must outlive it.
class Client {
 public:
  static std::unique_ptr<Client> create(net::EventLoop& loop, Credential& credential,
                                        ClientOptions options, ClientListener& listener, Log& log);
  virtual ~Client() = default;

  /// Connects, and keeps connected until stop(). Does nothing unless Stopped.
  virtual void start() = 0;
  /// Final in every state: sends what is queued, closes with 1000, calls on_stopped() once.
  virtual void stop() = 0;
  virtual ClientState state() const = 0;
  /// Ends the wait for the next attempt, for the network has just come back; not one that the
  /// service asked for.
  virtual void retry_now() = 0;

  /// Sends `bytes` (JSON text, text or raw bytes as `type` says, at most 1 MB) to `group`.
  /// Fire and forget: `done` gets success when the frame left for the socket, Unavailable when the
  /// connection ended first (it did not leave). Acknowledged: success on the service's ack, also
  /// when it reports a duplicate; Unauthorized without the role; Unavailable when the connection
  /// ended before the ack (it may have arrived); Timeout. InvalidArgument when the service would
  /// hang up on it: a wrong name, over 1 MiB. is_close() tells the end of a connection from an
  /// answer. `done` may be empty and never runs inside the call.
  ///
  /// With a reliable subprotocol a lost socket does not end the connection: what waits for its ack
  /// is sent again with the same ackId once the connection is recovered, so it is carried out once.
  /// When that costs the connection three times in a row, with no ack and nothing new in between,
  /// it is given up for a new one. While recovering the answer is Full, and on_drain() follows.
  /// Source: client specification, sections 3.1 and 3.4.
  virtual Offer send_to_group(std::string_view group, DataType type, std::string_view bytes,
                              SendOptions options, Completion done) = 0;
  /// Sends an event to the service's event handlers; acknowledged or not as above.
  virtual Offer send_event(std::string_view event, DataType type, std::string_view bytes,
                           bool acknowledged, Completion done) = 0;

  /// Raises an event whose handler's reply comes back to `done`, which runs exactly once and never
  /// inside the call. Errors: Unavailable without a connection, and when its socket was lost first
  /// (the handler may have run); Timeout; Cancelled; ResourceExhausted; else what the service says.
  /// Returns a number for cancel_invocation(). Source: client specification, 3.7.
  virtual std::uint64_t invoke(std::string_view event, DataType type, std::string_view bytes,
                               InvokeDone done) = 0;
  /// Gives it up: its `done` gets Cancelled, and the service is told. Nothing if it is over.
  virtual void cancel_invocation(std::uint64_t id) = 0;

  /// Opens a stream to `group`, whose members get what is written as group messages with `stream`
  /// set, in order and without gaps. Returns its id, which may be written to at once. `closed` runs
  /// exactly once, never inside the call: success when the service has all of it, after
  /// end_stream(); Unauthorized without the role; Timeout when nothing was written for too long, or
  /// the service acknowledged nothing for ack_timeout; Unavailable when the connection ended. A
  /// recovered connection keeps its streams. Source: client specification, streams.
  virtual std::string open_stream(std::string_view group, StreamOptions options,
                                  Completion closed) = 0;
  /// Keeps up to 1 MiB or 256 messages until the service has them. Full beyond, on_drain() follows;
  /// Offline when the stream is over or ending, and for what is over the service's 1 MiB. If
  /// Accepted, `accepted` runs exactly once, never inside the call: success when the service has
  /// this piece, else what ended the stream first.
  virtual Offer write_stream(const std::string& id, DataType type, std::string_view bytes,
                             Completion accepted) = 0;
  Offer write_stream(const std::string& id, DataType type, std::string_view bytes) {
    return write_stream(id, type, bytes, {});
  }
  /// After all that was written; with `failure` members are told that it is not whole.
  virtual void end_stream(const std::string& id, std::optional<StreamFailure> failure) = 0;
  /// Nothing to say, but the stream lives.
  virtual Offer keep_stream_alive(const std::string& id) = 0;

  /// Hands the streams of groups to `handler`, one object for each, until the returned receiver is
  /// let go. Their pieces come as group messages, too. Groups have to be joined as ever.
  virtual std::shared_ptr<StreamReceiver> receive_streams(StreamReceiverOptions options,
                                                          StreamHandler handler) = 0;

  /// Sets what this connection tells those who follow `group`, or clears it without a `state`; 8
  /// KiB at most. The service forgets it with the connection; what it once accepted is set again on
  /// each new one. Errors as of an acknowledged send, Unavailable or ResourceExhausted where that
  /// is answered Offline or Full, and ResourceExhausted beyond 1,000 groups.
  virtual void set_group_state(std::string_view group, std::optional<StringMap> state,
                               Completion done) = 0;
  /// Follows the states of `group`: all of them first, then changes, by on_group_states(), and all
  /// of them once more on a new connection. Errors as above.
  virtual void subscribe_group_state(std::string_view group, Completion done) = 0;
  virtual void unsubscribe_group_state(std::string_view group, Completion done) = 0;

  /// Joins now if connected, else as soon as it is, and again after every reconnect until
  /// leave_group(). `done` gets the first answer; it waits through reconnects for it. Cancelled by
  /// leave_group() and stop(). ResourceExhausted beyond 10,000 groups.
  virtual void join_group(std::string_view group, Completion done) = 0;
  virtual void leave_group(std::string_view group, Completion done) = 0;

  /// What waits for the socket.
  virtual std::size_t queued_bytes() const = 0;
  /// When the service last gave a sign of life on the present connection, or the latest one: a
  /// frame or a pong. Silence is ended by keep_alive_timeout; a watchdog may look whether it was.
  virtual TimePoint last_heard() const = 0;
};

}  // namespace webpubsub
