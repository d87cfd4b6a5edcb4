// Acknowledged sends over a wire that is reset, cut in the middle of a frame, stalled and delayed,
// again and again: nothing is lost, nothing arrives twice, every completion runs once, and memory
// does not grow.
//
// WPS_FAULT_SENDS and WPS_FAULT_DROPS in the environment make it longer; ./dev fault does.

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "hub/hub.h"
#include "tests/support/no_sink.h"
#include "tests/support/tcp_proxy.h"
#include "webpubsub/auth/roles.h"
#include "webpubsub/client/client.h"

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using gateway::support::TcpProxy;

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Either end of the wire: a client that keeps count.
class End final : public ClientListener {
 public:
  End(net::EventLoop& loop, Log& log, const hub::Hub& hub, std::uint16_t proxy,
      KeyCredentialOptions who, const Codec& codec) {
    auto where = *parse_connection_string(hub.connection_string().reveal());
    where.endpoint = "http://127.0.0.1:" + std::to_string(proxy);
    who.hub = "test";
    credential_ = make_key_credential(std::move(where), std::move(who));
    ClientOptions options;
    options.codec = &codec;
    options.stable_after = 0ms;
    options.keep_alive_interval = 200ms;  // a stalled wire is noticed soon
    options.keep_alive_timeout = 600ms;
    client = Client::create(loop, *credential_, std::move(options), *this, log);
    client->start();
  }

  void on_connected(const Connected&) override { ++connected; }
  void on_recovered() override { ++recovered; }
  void on_group_message(const GroupMessage& message) override {
    received.push_back(std::strtoull(message.data.bytes.c_str(), nullptr, 10));
  }

  int connected = 0;
  unsigned recovered = 0;
  std::vector<std::size_t> received{};

 private:
  std::unique_ptr<Credential> credential_;

 public:
  std::unique_ptr<Client> client;  // goes before its credential
};

/// What this process has in memory.
std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// Breaks the wire as the number of the drop says; both ends notice.
void break_wire(TcpProxy& wire, std::size_t drop) {
  switch (drop % 3) {
    case 0:
      return wire.cut();
    case 1:
      return wire.cut_after(1 + drop * 37 % 200);
    default:
      return wire.stall(true);
  }
}

class ClientFaultTest : public testing::TestWithParam<const Codec*> {};

TEST_P(ClientFaultTest, DropsLoseNothingAndRepeatNothing) {
  const std::size_t sends = from_environment("WPS_FAULT_SENDS", 1'000);
  const std::size_t drops = from_environment("WPS_FAULT_DROPS", 20);
  gateway::support::NoSink sink;
  Log log(sink, LogLevel::Error);
  const auto loop = std::move(net::EventLoop::create(log)).value();
  hub::HubOptions options;
  options.port = 0;
  const auto hub = std::move(hub::Hub::start(*loop, options, log)).value();
  TcpProxy wire(hub->port());
  End sender(*loop, log, *hub, wire.port(), {.roles = {send_to_role("g")}}, *GetParam());
  End receiver(*loop, log, *hub, wire.port(), {.groups = {"g"}}, *GetParam());

  const auto wait = [&](const auto& done) {
    const TimePoint end = steady_now() + 60s;
    while (!done() && steady_now() < end) loop->run_once(10ms);
    return done();
  };
  ASSERT_TRUE(wait([&] { return sender.connected == 1 && receiver.connected == 1; }));

  std::vector<int> outcomes(sends, 0);
  std::size_t offered = 0;
  std::size_t settled = 0;
  std::size_t failed = 0;
  const auto offer = [&](std::size_t up_to) {
    while (offered < up_to) {
      const std::size_t i = offered;
      const Offer answer =
          sender.client->send_to_group("g", DataType::Json, std::to_string(i),
                                       {.acknowledged = true}, [&, i](const auto& outcome) {
                                         ++outcomes[i];
                                         ++settled;
                                         failed += outcome ? 0U : 1U;
                                       });
      if (answer != Offer::Accepted) return;
      ++offered;
    }
  };
  std::size_t resident = 0;
  for (std::size_t drop = 1; drop <= drops; ++drop) {
    if (drop == drops / 5) resident = resident_bytes();
    const std::size_t target = sends * drop / (drops + 1);
    // With all of them on their way, or with most of them answered.
    const std::size_t unanswered = drop % 2 == 0 ? sends : 16;
    ASSERT_TRUE(wait([&] {
      offer(target);
      return offered == target && settled + unanswered >= target;
    })) << "drop "
        << drop;
    const auto are_back = [&, was = sender.recovered + receiver.recovered] {
      return sender.recovered + receiver.recovered >= was + 2;
    };
    wire.stall(true);  // a delay, shorter than what is taken for a loss
    loop->run_once(5ms);
    wire.stall(false);
    break_wire(wire, drop);
    // Both, lest the receiver is away for more than the hub keeps.
    ASSERT_TRUE(wait([&] {
      return sender.client->state() == ClientState::Recovering &&
             receiver.client->state() == ClientState::Recovering;
    }));
    wire.stall(false);
    wire.mend();
    ASSERT_TRUE(wait(are_back)) << "drop " << drop;
  }
  ASSERT_TRUE(wait([&] {
    offer(sends);
    return settled == sends && receiver.received.size() >= sends;
  }));

  EXPECT_EQ(failed, 0U);
  EXPECT_THAT(outcomes, testing::Each(1));
  ASSERT_EQ(receiver.received.size(), sends);
  for (std::size_t i = 0; i < sends; ++i) ASSERT_EQ(receiver.received[i], i);
  EXPECT_EQ(sender.connected, 1);
  EXPECT_EQ(receiver.connected, 1);
  EXPECT_GE(sender.recovered, drops);
  EXPECT_LT(resident_bytes(), resident + 8 * 1024 * 1024);
}

INSTANTIATE_TEST_SUITE_P(Json, ClientFaultTest, testing::Values(&json_reliable_codec()));
INSTANTIATE_TEST_SUITE_P(Protobuf, ClientFaultTest, testing::Values(&protobuf_reliable_codec()));

}  // namespace
}  // namespace webpubsub
