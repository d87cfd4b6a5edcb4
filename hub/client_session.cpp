#include "hub/client_session.h"

#include "hub/private_roles.h"
#include "hub/publish.h"

namespace webpubsub::hub {

namespace {

constexpr std::chrono::seconds kSilenceAllowed{60};

}  // namespace

ClientSession::ClientSession(HubContext& context, EventHandler& events, ConnectionIdentity identity,
                             std::function<void(ClientSession&)> on_end)
    : Connection(std::move(identity)),
      context_(context),
      events_(events),
      on_end_(std::move(on_end)) {}

// What a subprotocol has to say at leaving is said before: here that part is gone already.
ClientSession::~ClientSession() { drop_from_hub(); }

void ClientSession::start(std::unique_ptr<net::WebSocket> socket, std::string_view hub,
                          const std::vector<std::string>& groups) {
  socket_ = std::move(socket);
  last_heard_ = steady_now();
  hub_ = &context_.connections.add(hub, *this);
  ++context_.counters.connections;
  ++context_.counters.connections_total;
  for (const std::string& group : groups) hub_->join(*this, group);
  if (has_private_role(kDashboardRole)) context_.dashboard_groups.add_page(*this);
  context_.log.write(LogLevel::Debug, "hub.client_connected", "a client connected",
                     {{"connection_id", id()}, {"user_id", user_id()}, {"hub", hub_->name()}});
  context_.webhooks.tell_connected(hub_->name(), *this);
  greet();
}

void ClientSession::attach(std::unique_ptr<net::WebSocket> socket) {
  socket_ = std::move(socket);
  last_heard_ = steady_now();
  if (event_pending_) socket_->pause_reading(true);
}

void ClientSession::close_socket(std::uint16_t code, std::string_view reason) {
  if (socket_) socket_->close(code, reason);
}

void ClientSession::leave_hub(std::string_view reason) {
  if (hub_ == nullptr || std::exchange(leaving_, true)) return;
  on_leaving();
  context_.webhooks.tell_disconnected(hub_->name(), *this, reason);
  drop_from_hub();
}

void ClientSession::drop_from_hub() {
  if (hub_ == nullptr) return;
  if (has_private_role(kDashboardRole)) context_.dashboard_groups.remove_page(*this);
  context_.connections.remove(*std::exchange(hub_, nullptr), *this);
  --context_.counters.connections;
  ++event_serial_;  // an answer that is still to come has nobody to go to
  waiting_.clear();
}

void ClientSession::close(std::uint16_t code, std::string_view reason) {
  end(code, reason, reason);
}

void ClientSession::end(std::uint16_t code, std::string_view close_reason,
                        std::string_view told_reason) {
  if (is_closing()) return;
  leave_hub(told_reason);
  if (socket_) {
    socket_->close(code, close_reason);
  } else {
    on_end_(*this);
  }
}

void ClientSession::close_as_malformed(std::uint16_t code, std::string_view reason,
                                       std::string_view detail) {
  ++context_.counters.malformed_frames;
  context_.log.burst(steady_now(), LogLevel::Warning, "hub.malformed_frame",
                     "closed a client that broke its protocol",
                     {{"connection_id", id()},
                      {"user_id", user_id()},
                      {"reason", std::string(detail)},
                      {"code", std::to_string(code)}});
  close(code, reason);
}

void ClientSession::close_as_too_slow() {
  close(net::close_code::kPolicyViolation, "The outbound message queue is full.");
}

void ClientSession::close_by_application(std::string_view reason) {
  if (is_closing()) return;
  // The reason travels in a frame of its own: a close frame has room for 123 bytes only.
  say_goodbye(reason);
  end(net::close_code::kNormal, "", reason);
}

void ClientSession::check_liveness(TimePoint now) {
  if (is_closing() || !socket_) return;
  // While an event waits for its answer we do not read, so pongs cannot be seen.
  if (!event_pending_ && now - last_heard_ > kSilenceAllowed) {
    if (!outlives(net::CloseInfo{})) leave_hub("no sign of life");
    socket_->abort("no sign of life");
    return;
  }
  socket_->ping();
}

void ClientSession::on_pong() { last_heard_ = steady_now(); }

void ClientSession::on_close(const net::CloseInfo& info) {
  context_.log.write(LogLevel::Debug, "hub.client_disconnected", "a client is gone",
                     {{"connection_id", id()}, {"code", std::to_string(info.code)}});
  if (!is_closing() && outlives(info)) {
    socket_.reset();
    return on_detached();
  }
  leave_hub(info.reason);
  on_end_(*this);
}

void ClientSession::on_message(net::MessageType type, std::string_view payload) {
  if (is_closing()) return;
  last_heard_ = steady_now();
  ++context_.counters.messages_in;
  if (event_pending_) {
    keep_for_later(type, payload);
  } else {
    on_payload(type, payload);
  }
}

bool ClientSession::queue(const std::shared_ptr<net::Message>& message) {
  // Offline: the socket is on its way out and on_close() follows; nothing is slow about that.
  return is_closing() || offer(message) != Offer::Full;
}

Offer ClientSession::offer(const std::shared_ptr<net::Message>& message) {
  return socket_ ? socket_->send(message) : Offer::Offline;
}

void ClientSession::send(const std::shared_ptr<net::Message>& message) {
  if (!queue(message)) close_slow_client(context_, *this);
}

void ClientSession::publish(GroupMessage publication, bool no_echo, std::chrono::seconds lifetime) {
  const Members* members = hub_->group_to_send_to(publication.group);
  if (members == nullptr) return;
  publication.from_user_id = user_id();
  SharedMessage message(std::move(publication));
  message.set_lifetime(lifetime, steady_now());
  deliver_to_members(context_, members, message, {.sender = no_echo ? this : nullptr});
}

void ClientSession::raise_event(std::string_view event, const Data& data, StringMap metadata,
                                std::function<void(EventReply)> then, bool invoked) {
  event_pending_ = true;
  const std::uint64_t serial = ++event_serial_;
  const std::weak_ptr<char> alive = alive_;
  events_.on_user_event(ClientEvent{.hub = hub_->name(),
                                    .event = event,
                                    .from = *this,
                                    .data = data,
                                    .metadata = std::move(metadata),
                                    .invoked = invoked},
                        [this, alive, serial, then = std::move(then)](EventReply reply) {
                          if (!alive.expired()) on_event_answered(serial, then, std::move(reply));
                        });
  // The answer is still to come: let the client wait in its own socket, as far as it goes.
  if (event_pending_ && !is_closing() && socket_) socket_->pause_reading(true);
}

void ClientSession::on_event_answered(std::uint64_t serial,
                                      const std::function<void(EventReply)>& then,
                                      EventReply reply) {
  if (serial != event_serial_ || !event_pending_) return;  // answered twice, or we are closing
  event_pending_ = false;
  then(std::move(reply));
  handle_waiting();
}

void ClientSession::keep_for_later(net::MessageType type, std::string_view payload) {
  if (waiting_.size() >= context_.options.limits.max_queued_messages ||
      waiting_bytes_ + payload.size() > context_.options.limits.max_queued_bytes) {
    return close(net::close_code::kPolicyViolation, "Too many messages wait for an event handler.");
  }
  waiting_.emplace_back(type, payload);
  waiting_bytes_ += payload.size();
}

void ClientSession::handle_waiting() {
  if (handling_waiting_) return;  // an answer from inside on_payload() below
  handling_waiting_ = true;
  while (!waiting_.empty() && !event_pending_ && !is_closing()) {
    const auto [type, payload] = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= payload.size();
    on_payload(type, payload);
  }
  handling_waiting_ = false;
  if (!event_pending_ && !is_closing() && socket_) socket_->pause_reading(false);
}

}  // namespace webpubsub::hub
