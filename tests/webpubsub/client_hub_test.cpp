// Client and hub, the two ends of the same protocol, over real sockets.

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/hub.h"
#include "tests/support/no_sink.h"
#include "webpubsub/auth/roles.h"
#include "webpubsub/client/client.h"

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// A client of the hub that keeps what it receives.
class Peer final : public ClientListener {
 public:
  Peer(net::EventLoop& loop, Log& log, const ConnectionString& where, KeyCredentialOptions options,
       const Codec& codec = json_codec())
      : credential_(make_key_credential(where, std::move(options))) {
    ClientOptions client_options;
    client_options.codec = &codec;
    client_options.reconnect = {1ms, 1ms, 20ms};
    client = Client::create(loop, *credential_, client_options, *this, log);
    client->start();
  }

  void on_connected(const Connected& frame) override { connected.push_back(frame); }
  void on_disconnected(const Error& why, std::optional<std::chrono::milliseconds>) override {
    losses.push_back(why);
  }
  void on_group_message(const GroupMessage& message) override { received.push_back(message); }
  void on_group_states(const GroupStates& frame) override { states.push_back(frame); }
  Completion note() {
    return [this](const Result<void>& outcome) {
      outcomes.emplace_back(outcome ? "ok" : to_string(outcome.error().code));
    };
  }

  std::vector<Connected> connected{};
  std::vector<Error> losses{};
  std::vector<GroupMessage> received{};
  std::vector<GroupStates> states{};
  std::vector<std::string> outcomes{};

 private:
  std::unique_ptr<Credential> credential_;

 public:
  std::unique_ptr<Client> client;  // goes before its credential
};

class ClientHubTest : public testing::Test {
 protected:
  ClientHubTest() {
    loop_ = std::move(net::EventLoop::create(log_)).value();
    start_hub(0);
  }
  void start_hub(std::uint16_t port) {
    hub::HubOptions options;
    options.port = port;
    auto hub = hub::Hub::start(*loop_, options, log_);
    if (!hub) throw std::runtime_error(hub.error().message);
    hub_ = std::move(hub).value();
  }
  std::unique_ptr<Peer> make_peer(const std::string& user, std::vector<std::string> roles,
                                  std::vector<std::string> groups = {},
                                  const Codec& codec = json_codec()) {
    KeyCredentialOptions options;
    options.hub = "test";
    options.user_id = user;
    options.roles = std::move(roles);
    options.groups = std::move(groups);
    const auto where = parse_connection_string(hub_->connection_string().reveal());
    auto peer = std::make_unique<Peer>(*loop_, log_, where.value(), std::move(options), codec);
    EXPECT_TRUE(wait([&] { return peer->connected.size() == 1; }));
    return peer;
  }
  template <class Predicate>
  bool wait(Predicate done) {
    const TimePoint end = steady_now() + 10s;
    while (!done()) {
      if (steady_now() >= end) return false;
      loop_->run_once(10ms);
    }
    return true;
  }

  gateway::support::NoSink sink_;
  Log log_{sink_, LogLevel::Error};
  std::unique_ptr<net::EventLoop> loop_;
  std::unique_ptr<hub::Hub> hub_;
};

TEST_F(ClientHubTest, WhatOneSendsTheOthersReceiveInOrder) {
  constexpr int kMessages = 2'000;
  const auto receiver = make_peer("dashboard", {}, {"site.a"});
  const auto sender = make_peer("gateway", {send_to_role("site.a")});
  EXPECT_EQ(sender->connected[0].user_id, "gateway");
  int next = 0;
  ASSERT_TRUE(wait([&] {
    while (next < kMessages &&
           sender->client->send_to_group("site.a", DataType::Json, std::to_string(next) + ".50",
                                         {.no_echo = true, .acknowledged = next % 2 == 0},
                                         sender->note()) == Offer::Accepted) {
      ++next;
    }
    return receiver->received.size() == kMessages;
  }));
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_EQ(receiver->received[static_cast<std::size_t>(i)].data.bytes,
              std::to_string(i) + ".50");
  }
  EXPECT_EQ(receiver->received[0].from_user_id, "gateway");
  ASSERT_TRUE(wait([&] { return sender->outcomes.size() == kMessages; }));
  EXPECT_THAT(sender->outcomes, testing::Each("ok"));
  EXPECT_THAT(sender->received, IsEmpty());
}

TEST_F(ClientHubTest, EveryTypeOfDataArrivesAsItWas) {
  const auto peer = make_peer("p", {std::string(kJoinLeaveAny), std::string(kSendToAny)});
  peer->client->join_group("g", peer->note());
  const std::vector<Data> sent = {{DataType::Json, R"({ "a":1e2 })"},
                                  {DataType::Text, "h\xC3\xA4\n\"\\"},
                                  {DataType::Binary, std::string("\0\xFF\x80", 3)},
                                  {DataType::Text, ""}};
  for (const Data& data : sent) {
    EXPECT_EQ(peer->client->send_to_group("g", data.type, data.bytes, {}, {}), Offer::Accepted);
  }
  ASSERT_TRUE(wait([&] { return peer->received.size() == sent.size(); }));
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(peer->received[i].data.type, sent[i].type);
    EXPECT_EQ(peer->received[i].data.bytes, sent[i].bytes);
  }
  EXPECT_THAT(peer->outcomes, ElementsAre("ok"));
}

TEST_F(ClientHubTest, EverySubprotocolTalksToEveryOther) {
  const std::vector<std::string> groups = {"g"};
  const std::vector<std::string> roles = {std::string(kSendToAny)};
  std::vector<std::unique_ptr<Peer>> peers;
  for (const std::string& name : known_subprotocols()) {
    peers.push_back(make_peer("user", roles, groups, *find_codec(name)));
  }
  const std::vector<Data> sent = {{DataType::Json, R"({ "a":1e2 })"},
                                  {DataType::Text, "h\xC3\xA4"},
                                  {DataType::Binary, std::string("\0\xFF\x80", 3)},
                                  {DataType::Protobuf, std::string("\x0A\x03a/b\x12\x01x", 8)}};
  for (const auto& sender : peers) {
    for (const Data& data : sent) {
      EXPECT_EQ(sender->client->send_to_group("g", data.type, data.bytes, {.acknowledged = true},
                                              sender->note()),
                Offer::Accepted);
    }
    ASSERT_TRUE(wait([&] { return sender->outcomes.size() == sent.size(); }));
  }
  for (const auto& receiver : peers) {
    ASSERT_TRUE(wait([&] { return receiver->received.size() == peers.size() * sent.size(); }));
    for (std::size_t i = 0; i < receiver->received.size(); ++i) {
      EXPECT_EQ(receiver->received[i].data, sent[i % sent.size()]);
      EXPECT_EQ(receiver->received[i].group, "g");
    }
  }
}

TEST_F(ClientHubTest, StatesOfAGroupAreFollowed) {
  for (const std::string& name : known_subprotocols()) {
    const Codec& codec = *find_codec(name);
    const std::vector<std::string> roles = {std::string(kSendToAny), std::string(kJoinLeaveAny)};
    auto setter = make_peer("ann", roles, {}, codec);
    const auto follower = make_peer("bob", roles, {}, codec);
    const std::string id = setter->connected[0].connection_id;
    setter->client->set_group_state("g", StringMap{{"at", "desk"}}, setter->note());
    ASSERT_TRUE(wait([&] { return setter->outcomes.size() == 1; }));
    follower->client->subscribe_group_state("g", follower->note());
    ASSERT_TRUE(wait([&] { return follower->states.size() == 1; }));
    EXPECT_TRUE(follower->states[0].is_snapshot);
    ASSERT_EQ(follower->states[0].items.size(), 1U);
    EXPECT_EQ(follower->states[0].items[0].connection_id, id);
    EXPECT_EQ(follower->states[0].items[0].user_id, "ann");
    EXPECT_EQ(follower->states[0].items[0].state, (StringMap{{"at", "desk"}}));
    EXPECT_EQ(follower->states[0].sequence_id.has_value(), codec.is_reliable());

    setter->client->set_group_state("g", StringMap{{"at", "door"}}, setter->note());
    ASSERT_TRUE(wait([&] { return follower->states.size() == 2; }));
    EXPECT_FALSE(follower->states[1].is_snapshot);
    EXPECT_EQ(follower->states[1].items[0].state, (StringMap{{"at", "door"}}));

    setter->client->stop();
    ASSERT_TRUE(wait([&] { return follower->states.size() == 3; }));
    EXPECT_EQ(follower->states[2].items[0].connection_id, id);
    EXPECT_FALSE(follower->states[2].items[0].state);
    EXPECT_THAT(setter->outcomes, ElementsAre("ok", "ok"));
    EXPECT_THAT(follower->outcomes, ElementsAre("ok"));
  }
}

TEST_F(ClientHubTest, StreamsReachTheirReceiverInEverySubprotocol) {
  const std::vector<std::string> roles = {std::string(kSendToAny), std::string(kJoinLeaveAny)};
  for (const std::string& name : known_subprotocols()) {
    const Codec& codec = *find_codec(name);
    const auto sender = make_peer("ann", roles, {}, codec);
    const auto reader = make_peer("bob", roles, {"g"}, codec);
    std::vector<std::string> read;
    const auto receiver = reader->client->receive_streams(
        {.groups = {"g"}, .from_start = true}, [&](const std::shared_ptr<InboundStream>& stream) {
          stream->on_change([&read, stream] {
            while (const auto piece = stream->read()) read.push_back(piece->data.bytes);
            if (stream->has_ended()) {
              read.push_back(stream->error() ? stream->error()->user_error_code : "ended");
            }
          });
        });
    for (const bool fails : {false, true}) {
      read.clear();
      const std::string id = sender->client->open_stream("g", {}, sender->note());
      for (const char* text : {"one", "two", "three"}) {
        EXPECT_EQ(sender->client->write_stream(id, DataType::Text, text), Offer::Accepted);
      }
      sender->client->end_stream(
          id, fails ? std::optional(StreamFailure{"broke", "E1"}) : std::nullopt);
      ASSERT_TRUE(wait([&] { return read.size() == 4; })) << name;
      EXPECT_THAT(read, ElementsAre("one", "two", "three", fails ? "E1" : "ended"));
    }
    EXPECT_EQ(receiver->counters().completed, 1U);
    EXPECT_EQ(receiver->counters().failed, 1U);
  }
}

TEST_F(ClientHubTest, StatesNeedTheRolesOfTheirGroup) {
  const auto peer = make_peer("p", {send_to_role("a")});
  peer->client->set_group_state("b", StringMap{}, peer->note());
  peer->client->subscribe_group_state("a", peer->note());
  peer->client->set_group_state("a", StringMap{{"k", std::string(9000, 'x')}}, peer->note());
  peer->client->set_group_state(" ", {}, peer->note());
  ASSERT_TRUE(wait([&] { return peer->outcomes.size() == 4; }));
  EXPECT_THAT(peer->outcomes,
              testing::UnorderedElementsAre("unauthorized", "unauthorized", "invalid argument",
                                            "invalid argument"));
}

TEST_F(ClientHubTest, WithoutTheRoleItIsForbidden) {
  const auto peer = make_peer("p", {send_to_role("a")});
  EXPECT_EQ(peer->client->send_to_group("b", DataType::Text, "x",
                                        {.no_echo = false, .acknowledged = true}, peer->note()),
            Offer::Accepted);
  peer->client->join_group("a", peer->note());
  ASSERT_TRUE(wait([&] { return peer->outcomes.size() == 2; }));
  EXPECT_THAT(peer->outcomes, ElementsAre("unauthorized", "unauthorized"));
  EXPECT_THAT(peer->losses, IsEmpty());
}

TEST_F(ClientHubTest, ATokenOfAHundredRolesIsTakenAsWell) {
  std::vector<std::string> roles;
  for (int group = 0; group < 100; ++group) {
    roles.push_back(send_to_role("site.with-a-long-name-" + std::to_string(group)));
  }
  const auto receiver = make_peer("dashboard", {}, {"site.with-a-long-name-99"});
  const auto sender = make_peer("gateway", std::move(roles), {}, json_reliable_codec());
  EXPECT_EQ(sender->client->send_to_group("site.with-a-long-name-99", DataType::Text, "1",
                                          {.acknowledged = true}, sender->note()),
            Offer::Accepted);
  EXPECT_TRUE(wait([&] { return receiver->received.size() == 1; }));
  EXPECT_EQ(sender->connected[0].user_id, "gateway");
}

TEST_F(ClientHubTest, AWrongKeyIsSaidToBeOne) {
  auto where = parse_connection_string(hub_->connection_string().reveal());
  where->access_key = Secret(std::string(44, 'x'));
  Peer peer(*loop_, log_, *where, {.hub = "test"});
  ASSERT_TRUE(wait([&] { return !peer.losses.empty(); }));
  EXPECT_EQ(peer.losses[0].code, Errc::Unauthorized);
  EXPECT_EQ(peer.losses[0].service_code, 401);
}

TEST_F(ClientHubTest, AHubThatComesBackFindsItsMembersAgain) {
  const auto peer = make_peer("p", {std::string(kJoinLeaveAny), std::string(kSendToAny)});
  peer->client->join_group("g", peer->note());
  ASSERT_TRUE(wait([&] { return peer->outcomes.size() == 1; }));
  const std::uint16_t port = hub_->port();
  hub_.reset();
  ASSERT_TRUE(wait([&] { return !peer->losses.empty(); }));
  start_hub(port);
  ASSERT_TRUE(wait([&] { return peer->connected.size() == 2; }));
  EXPECT_EQ(peer->client->send_to_group("g", DataType::Text, "again", {}, {}), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return peer->received.size() == 1; }));
  EXPECT_EQ(peer->received[0].data.bytes, "again");
}

}  // namespace
}  // namespace webpubsub
