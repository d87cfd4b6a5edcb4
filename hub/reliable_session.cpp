#include "hub/reliable_session.h"

#include <utility>

#include <openssl/crypto.h>

#include "base/random.h"

namespace webpubsub::hub {

ReliableSession::ReliableSession(HubContext& context, EventHandler& events,
                                 ConnectionIdentity identity, const Codec& codec,
                                 std::function<void(ClientSession&)> on_end)
    : ProtocolSession(context, events, std::move(identity), codec, std::move(on_end)),
      // One for the connection's life: a fresh one that is lost with the next drop would leave the
      // client with none that counts.
      token_(random_id()),
      retained_({.messages = context.options.max_retained_messages,
                 .bytes = context.options.max_retained_bytes}),
      window_(context.loop, [this] {
        close(net::close_code::kPolicyViolation, "The recovery window is over.");
      }) {}

bool ReliableSession::may_recover(std::string_view hub_name, std::string_view token) const {
  const std::string_view own = token_.reveal();
  return !is_closing() && hub().name() == hub_name && own.size() == token.size() &&
         CRYPTO_memcmp(own.data(), token.data(), own.size()) == 0;
}

void ReliableSession::recover(std::unique_ptr<net::WebSocket> socket) {
  window_.cancel();
  ++context().counters.recoveries;
  attach(std::move(socket));
  const std::uint64_t expired = retained_.expired();
  retained_.rewind(steady_now());
  context().counters.messages_expired += retained_.expired() - expired;
  greet();
  send_retained();
}

bool ReliableSession::deliver(SharedMessage& message) {
  if (is_closing()) return true;
  if (!retained_.add(message.encoded(codec(), retained_.next_id()), message.expires())) {
    return false;
  }
  send_retained();
  return true;
}

void ReliableSession::close_as_too_slow() {
  close(net::close_code::kPolicyViolation, "The reliable message buffer is full.");
}

/// As far as the socket takes it; on_drain() comes back here.
void ReliableSession::send_retained() {
  while (const RetainedMessages::Message* message = retained_.next_unsent()) {
    if (offer(*message) != Offer::Accepted) return;
    retained_.sent();
  }
}

void ReliableSession::on_sequence_ack(SequenceId id) { retained_.acknowledge(id); }

/// A client that says goodbye means it; everything else may be an accident.
bool ReliableSession::outlives(const net::CloseInfo& info) const {
  return info.code != net::close_code::kNormal;
}

void ReliableSession::on_detached() { window_.start_after(context().options.recovery_window); }

}  // namespace webpubsub::hub
