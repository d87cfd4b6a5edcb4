#include "bridge/mqtt/paho_client.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <mqtt/async_client.h>

#include "bridge/mqtt/paho_options.h"
#include "bridge/mqtt/reasons.h"
#include "bridge/mqtt/subscribe_round.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

// MQTT 5.0, 2.4: these reason codes are failures. 0xFF is the library's "there is none".
constexpr int kLowestReason = 0x80;
constexpr int kHighestReason = 0xFE;
constexpr const char* kNobodysFilter = "webpubsub-gateway/nobody-subscribes-to-this";

Error library_error(const std::string& what, const mqtt::exception& error) {
  return {Errc::Internal, what + ": " + error.what()};
}

std::string text_property(const mqtt::properties& properties, mqtt::property::code code) {
  if (!properties.contains(code)) return {};
  return mqtt::get<std::string>(properties, code);
}

// What the broker answered to a request that failed: MQTT 3.1.1's codes come as the return code,
// MQTT 5's as either.
int failure_code(const mqtt::token& token) {
  const int reason = static_cast<int>(token.get_reason_code());
  const bool is_reason = reason >= kLowestReason && reason <= kHighestReason;
  return is_reason ? reason : token.get_return_code();
}

// The library's words on a failed connect; version 1.2.0 hands them out in an exception only.
std::string failure_text(const mqtt::token& token) {
  try {
    static_cast<void>(token.get_connect_response());
  } catch (const mqtt::exception& error) {
    return error.get_message();
  }
  return {};
}

}  // namespace

class PahoClient::Impl {
 public:
  Impl(const MqttOptions& options, const BrokerAddress& broker, MqttVersion version,
       PahoListener& listener)
      : options_(options),
        broker_(broker),
        version_(version),
        listener_(listener),
        client_(paho_uri(broker), options.client_id, paho_create_options(options, version)) {
    // All before connect(): changing a handler later takes the library's locks in reverse order.
    client_.set_message_callback([this](const mqtt::const_message_ptr& message) {
      const auto& payload = message->get_payload();
      const auto& properties = message->get_properties();
      const auto correlation = text_property(properties, mqtt::property::CORRELATION_DATA);
      const auto response_topic = text_property(properties, mqtt::property::RESPONSE_TOPIC);
      listener_.on_message({.topic = message->get_topic(),
                            .payload = {payload.data(), payload.size()},
                            .qos = static_cast<std::uint8_t>(message->get_qos()),
                            .retained = message->is_retained(),
                            .duplicate = message->is_duplicate(),
                            .correlation_data = correlation,
                            .response_topic = response_topic});
    });
    client_.set_connection_lost_handler(
        [this](const std::string&) { listener_.on_ended(attempt_, 0); });
    // A DISCONNECT from the broker (MQTT 5) comes here, and only here.
    client_.set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode reason) {
      listener_.on_ended(attempt_, static_cast<int>(reason));
    });
  }

  ~Impl() {
    // The library keeps the broker's last answer, which must be freed before the C library's
    // account of its memory is closed. It lets go of it when it refuses to connect, here because
    // a will needs a topic.
    try {
      mqtt::connect_options refused;
      refused.set_will(mqtt::will_options());
      client_.connect(refused);
    } catch (const mqtt::exception&) {
      return;
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void connect(std::uint64_t attempt) {
    attempt_ = attempt;
    client_.connect(paho_connect_options(options_, broker_, version_), nullptr, connect_watch_);
  }

  // Paho loses a list of options on its way to the C library, which then reads what is not there.
  // So with MQTT 5, which has options, each filter goes by itself.
  void subscribe(std::span<const MqttSubscription> subscriptions) {
    if (version_ != MqttVersion::V5) {
      subscribe_together(subscriptions);
      return;
    }
    const auto asks = round_.begin(subscriptions.size());
    for (std::size_t i = 0; i < subscriptions.size(); ++i) {
      const auto& each = subscriptions[i];
      client_.subscribe(each.filter, each.qos, asks[i], filter_watch_,
                        paho_subscribe_options(each));
    }
  }

  void unsubscribe(std::span<const std::string> filters) {
    std::vector<std::string> list(filters.begin(), filters.end());
    client_.unsubscribe(mqtt::string_collection::create(std::move(list)), nullptr,
                        unsubscribe_watch_);
  }

  void probe() { client_.unsubscribe(kNobodysFilter, nullptr, probe_watch_); }

  void publish(std::uint64_t id, MqttPublication publication) {
    Ticket* ticket = nullptr;
    {
      const std::lock_guard lock(mutex_);
      ticket = &tickets_.emplace(id, Ticket{id, publication.qos}).first->second;
    }
    try {
      client_.publish(paho_message(std::move(publication), version_), ticket, publish_watch_);
    } catch (...) {
      take(ticket);
      throw;
    }
  }

  void disconnect(std::chrono::milliseconds timeout) {
    client_.disconnect(static_cast<int>(timeout.count()), nullptr, disconnect_watch_);
  }

  std::size_t unanswered() const {
    const std::lock_guard lock(mutex_);
    return tickets_.size();
  }

  bool awaits_acknowledgement() const {
    const std::lock_guard lock(mutex_);
    return std::any_of(tickets_.begin(), tickets_.end(),
                       [](const auto& each) { return each.second.qos > 0; });
  }

  bool is_broken() const { return broken_; }
  bool is_connected() const { return client_.is_connected(); }
  void keep(std::shared_ptr<void> listener) { kept_ = std::move(listener); }

 private:
  // What a publication's token points at. Kept here, as Paho does not answer each of them.
  struct Ticket {
    std::uint64_t id = 0;
    std::uint8_t qos = 0;
  };

  struct Watch : mqtt::iaction_listener {
    explicit Watch(Impl& client) : owner(client) {}
    Impl& owner;
  };
  struct ConnectWatch final : Watch {
    using Watch::Watch;
    void on_success(const mqtt::token& token) override {
      const auto response = token.get_connect_response();
      owner.listener_.on_connect_outcome(
          owner.attempt_, {.connected = true, .session_present = response.is_session_present()});
    }
    void on_failure(const mqtt::token& token) override {
      owner.listener_.on_connect_outcome(
          owner.attempt_, {.code = failure_code(token), .text = failure_text(token)});
    }
  };
  struct SubscribeWatch final : Watch {
    using Watch::Watch;
    void on_success(const mqtt::token& token) override {
      std::vector<int> codes;
      const auto response = token.get_subscribe_response();
      for (const auto code : response.get_reason_codes()) codes.push_back(static_cast<int>(code));
      owner.listener_.on_subscribed(owner.attempt_, std::move(codes));
    }
    void on_failure(const mqtt::token& token) override {
      // A single filter that was refused comes here; anything else is the connection's end.
      const int code = failure_code(token);
      std::vector<int> codes;
      if (code >= kLowestReason) codes.push_back(code);
      owner.listener_.on_subscribed(owner.attempt_, std::move(codes));
    }
  };
  struct FilterWatch final : Watch {
    using Watch::Watch;
    void on_success(const mqtt::token& token) override {
      const auto codes = token.get_subscribe_response().get_reason_codes();
      owner.answered(token,
                     codes.empty() ? SubscribeRound::kNoAnswer : static_cast<int>(codes.front()));
    }
    void on_failure(const mqtt::token& token) override {
      const int code = failure_code(token);
      owner.answered(token, code >= kLowestReason ? code : SubscribeRound::kNoAnswer);
    }
  };
  struct UnsubscribeWatch final : Watch {
    using Watch::Watch;
    void on_success(const mqtt::token&) override {
      owner.listener_.on_unsubscribed(owner.attempt_, true);
    }
    void on_failure(const mqtt::token&) override {
      owner.listener_.on_unsubscribed(owner.attempt_, false);
    }
  };
  struct PublishWatch final : Watch {
    using Watch::Watch;
    void on_success(const mqtt::token& token) override { finish(token, {}, true); }
    void on_failure(const mqtt::token& token) override {
      const int code = failure_code(token);
      if (code == MQTTASYNC_FAILURE) owner.broken_ = true;
      const bool refused = code >= kLowestReason;
      finish(token,
             refused ? publication_refused(code)
                     : Error{Errc::Unavailable, "the connection ended first"},
             refused);
    }
    void finish(const mqtt::token& token, Result<void> result, bool answered) {
      const auto ticket = owner.take(static_cast<Ticket*>(token.get_user_context()));
      if (answered && ticket.qos > 0) owner.listener_.on_publication_answered();
      owner.listener_.on_published(ticket.id, std::move(result));
    }
  };
  struct ProbeWatch final : Watch {
    using Watch::Watch;
    void on_success(const mqtt::token&) override { owner.listener_.on_probe_answered(); }
    void on_failure(const mqtt::token&) override {}  // the connection ended
  };
  struct DisconnectWatch final : Watch {
    using Watch::Watch;
    void on_success(const mqtt::token&) override {
      owner.listener_.on_disconnected(owner.attempt_);
    }
    void on_failure(const mqtt::token&) override {
      owner.listener_.on_disconnected(owner.attempt_);
    }
  };

  void subscribe_together(std::span<const MqttSubscription> subscriptions) {
    std::vector<std::string> filters;
    mqtt::async_client::qos_collection qos;
    for (const auto& subscription : subscriptions) {
      filters.push_back(subscription.filter);
      qos.push_back(subscription.qos);
    }
    client_.subscribe(mqtt::string_collection::create(std::move(filters)), qos, nullptr,
                      subscribe_watch_);
  }

  void answered(const mqtt::token& token, int code) {
    auto codes = round_.answer(token.get_user_context(), code);
    if (codes) listener_.on_subscribed(attempt_, std::move(*codes));
  }

  Ticket take(Ticket* ticket) {
    const std::lock_guard lock(mutex_);
    const auto taken = *ticket;
    tickets_.erase(taken.id);
    return taken;
  }

  const MqttOptions options_;
  const BrokerAddress broker_;
  const MqttVersion version_;
  PahoListener& listener_;
  std::atomic<std::uint64_t> attempt_{0};
  std::atomic<bool> broken_{false};
  std::shared_ptr<void> kept_{};
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Ticket> tickets_;  // under mutex_
  SubscribeRound round_;
  ConnectWatch connect_watch_{*this};
  SubscribeWatch subscribe_watch_{*this};
  FilterWatch filter_watch_{*this};
  UnsubscribeWatch unsubscribe_watch_{*this};
  PublishWatch publish_watch_{*this};
  DisconnectWatch disconnect_watch_{*this};
  ProbeWatch probe_watch_{*this};
  mqtt::async_client client_;  // goes first: nothing calls back after that
};

PahoClient::PahoClient(MqttVersion version, std::unique_ptr<Impl> impl)
    : version_(version), impl_(std::move(impl)) {}
PahoClient::~PahoClient() = default;

Result<std::unique_ptr<PahoClient>> PahoClient::create(const MqttOptions& options,
                                                       const BrokerAddress& broker,
                                                       MqttVersion version,
                                                       PahoListener& listener) {
  try {
    return std::unique_ptr<PahoClient>(
        new PahoClient(version, std::make_unique<Impl>(options, broker, version, listener)));
  } catch (const mqtt::exception& error) {
    return library_error("the MQTT library makes no client", error);
  }
}

Result<void> PahoClient::connect(std::uint64_t attempt) {
  try {
    impl_->connect(attempt);
    return {};
  } catch (const mqtt::exception& error) {
    return library_error("the MQTT library does not connect", error);
  }
}

Result<void> PahoClient::subscribe(std::span<const MqttSubscription> subscriptions) {
  try {
    impl_->subscribe(subscriptions);
    return {};
  } catch (const mqtt::exception& error) {
    return library_error("the MQTT library does not subscribe", error);
  }
}

Result<void> PahoClient::unsubscribe(std::span<const std::string> filters) {
  try {
    impl_->unsubscribe(filters);
    return {};
  } catch (const mqtt::exception& error) {
    return library_error("the MQTT library does not unsubscribe", error);
  }
}

Result<void> PahoClient::publish(std::uint64_t id, MqttPublication publication) {
  try {
    impl_->publish(id, std::move(publication));
    return {};
  } catch (const mqtt::exception& error) {
    const int code = error.get_return_code();
    if (code == MQTTASYNC_DISCONNECTED) return Error{Errc::Unavailable, "not connected"};
    if (code == MQTTASYNC_MAX_BUFFERED_MESSAGES || code == MQTTASYNC_NO_MORE_MSGIDS) {
      return Error{Errc::ResourceExhausted, "too many messages wait for the broker"};
    }
    if (code == MQTTASYNC_BAD_UTF8_STRING) {
      return Error{Errc::InvalidArgument, "the topic is not UTF-8"};
    }
    return library_error("the MQTT library does not publish", error);
  }
}

Result<void> PahoClient::disconnect(std::chrono::milliseconds timeout) {
  try {
    impl_->disconnect(timeout);
    return {};
  } catch (const mqtt::exception& error) {
    return library_error("the MQTT library does not disconnect", error);
  }
}

Result<void> PahoClient::probe() {
  try {
    impl_->probe();
    return {};
  } catch (const mqtt::exception& error) {
    return library_error("the MQTT library does not unsubscribe", error);
  }
}

std::size_t PahoClient::unanswered() const { return impl_->unanswered(); }

bool PahoClient::awaits_acknowledgement() const { return impl_->awaits_acknowledgement(); }

bool PahoClient::is_broken() const { return impl_->is_broken(); }

bool PahoClient::is_connected() const { return impl_->is_connected(); }

void PahoClient::discard(std::unique_ptr<PahoClient> client, std::shared_ptr<void> listener) {
  if (!client || !client->is_broken()) return;
  client->impl_->keep(std::move(listener));
  static_cast<void>(client->impl_.release());
}

}  // namespace gateway
