// The service client and the hub: the two ends of the REST API.

#include <set>

#include <gmock/gmock.h>

#include "hub/hub.h"
#include "recording_service.h"
#include "webpubsub/client/client.h"
#include "webpubsub/service/filter_text.h"
#include "webpubsub/service/service_credential.h"

namespace webpubsub::testing {
namespace {

using ::testing::ElementsAre;

class Peer final : public ClientListener {
 public:
  Peer(net::EventLoop& loop, Log& log, std::unique_ptr<Credential> credential)
      : credential_(std::move(credential)),
        client_(Client::create(loop, *credential_, {}, *this, log)) {
    client_->start();
  }
  void on_connected(const Connected& frame) override { id = frame.connection_id; }
  void on_disconnected(const Error& why, std::optional<std::chrono::milliseconds>) override {
    losses.push_back(why.message);
  }
  void on_group_message(const GroupMessage& message) override {
    received.push_back(message.group + ": " + message.data.bytes);
  }
  void on_server_message(const ServerMessage& message) override {
    received.push_back(message.data.bytes);
  }

  std::string id{};
  std::vector<std::string> received{};
  std::vector<std::string> losses{};

 private:
  std::unique_ptr<Credential> credential_;
  std::unique_ptr<Client> client_;
};

class ServiceHubTest : public ServiceTest {
 protected:
  ServiceHubTest() {
    auto hub = hub::Hub::start(*loop_, {.port = 0}, log_);
    if (!hub) throw std::runtime_error(hub.error().message);
    hub_ = *std::move(hub);
    ServiceClientOptions options;
    options.connection_string = parse_connection_string(hub_->connection_string().reveal()).value();
    options.hub = "test";
    client_ = make_client(std::move(options));
  }
  std::unique_ptr<Peer> connect(const std::string& user, std::vector<std::string> groups = {}) {
    auto peer = std::make_unique<Peer>(
        *loop_, log_,
        make_service_credential(client_, {.user_id = user, .groups = std::move(groups)}));
    EXPECT_TRUE(wait([&] { return !peer->id.empty(); }));
    return peer;
  }
  bool wait(const std::function<bool()>& done) { return gateway::support::run_until(*loop_, done); }
  template <class Operate>
  void well(Operate&& operate) {
    const auto outcome = run<void>([&](auto done) { operate(*client_, done); });
    EXPECT_TRUE(outcome) << outcome.error().message;
  }
  template <class Operate>
  bool yes(Operate&& operate) {
    const auto outcome = run<bool>([&](auto done) { operate(*client_, done); });
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome && *outcome;
  }

  std::unique_ptr<hub::Hub> hub_;
  std::shared_ptr<ServiceClient> client_;
};

Data text(std::string words) { return {DataType::Text, std::move(words)}; }

TEST_F(ServiceHubTest, SendsReachWhomTheyAreMeantFor) {
  const auto a = connect("a", {"g"});
  const auto b = connect("b", {"g"});
  well([&](auto& c, auto done) { c.send_to_all(text("1"), {.excluded = {a->id}}, done); });
  well([&](auto& c, auto done) { c.send_to_group("g", text("2"), {}, done); });
  well([&](auto& c, auto done) { c.send_to_user("a", text("3"), {}, done); });
  well([&](auto& c, auto done) { c.send_to_connection(b->id, text("4"), {}, done); });
  well([&](auto& c, auto done) {
    c.send_to_group("g", text("5"), {.filter = filter_text("userId eq {}", {"a"})}, done);
  });
  well([&](auto& c, auto done) { c.send_to_all({DataType::Json, "{\"n\": 1.0}"}, {}, done); });
  ASSERT_TRUE(wait([&] { return a->received.size() == 4 && b->received.size() == 4; }));
  EXPECT_THAT(a->received, ElementsAre("g: 2", "3", "g: 5", "{\"n\": 1.0}"));
  EXPECT_THAT(b->received, ElementsAre("1", "g: 2", "4", "{\"n\": 1.0}"));
}

TEST_F(ServiceHubTest, GroupsAreManaged) {
  const auto a = connect("a");
  const auto b = connect("b");
  well([&](auto& c, auto done) { c.add_connection_to_group("g", a->id, done); });
  well([&](auto& c, auto done) { c.add_user_to_group("g", "b", done); });
  EXPECT_TRUE(yes([](auto& c, auto done) { c.group_exists("g", done); }));
  const auto list = run<GroupPage>([&](auto done) { client_->list_group("g", {}, done); });
  ASSERT_TRUE(list);
  EXPECT_EQ(list->members.size(), 2U);
  well([&](auto& c, auto done) { c.remove_connection_from_group("g", a->id, done); });
  well([&](auto& c, auto done) { c.remove_user_from_group("g", "b", done); });
  EXPECT_FALSE(yes([](auto& c, auto done) { c.group_exists("g", done); }));

  well([&](auto& c, auto done) { c.add_connections_to_groups({"x", "y"}, "", done); });
  well([&](auto& c, auto done) {
    c.remove_connections_from_groups({"y"}, filter_text("userId eq {}", {"a"}), done);
  });
  const auto rest = run<GroupPage>([&](auto done) { client_->list_group("y", {}, done); });
  ASSERT_TRUE(rest);
  EXPECT_THAT(rest->members, ElementsAre(GroupMember{b->id, "b"}));
  well([&](auto& c, auto done) { c.remove_connection_from_all_groups(b->id, done); });
  well([&](auto& c, auto done) { c.remove_user_from_all_groups("a", done); });
  EXPECT_FALSE(yes([](auto& c, auto done) { c.group_exists("x", done); }));

  const auto missing =
      run<void>([&](auto done) { client_->add_connection_to_group("g", "nobody", done); });
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::NotFound);
  EXPECT_TRUE(missing.error().message.starts_with("Error.Connection.NotExisted"));
}

TEST_F(ServiceHubTest, PagesLeadThroughAGroup) {
  std::vector<std::unique_ptr<Peer>> peers;
  std::set<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    peers.push_back(connect("u", {"g"}));
    expected.insert(peers.back()->id);
  }
  std::set<std::string> seen;
  int pages = 1;
  auto page = run<GroupPage>([&](auto done) { client_->list_group("g", {.page_size = 2}, done); });
  while (true) {
    ASSERT_TRUE(page) << page.error().message;
    for (const GroupMember& member : page->members) seen.insert(member.connection_id);
    if (page->next.empty()) break;
    const std::string next = page->next;
    page = run<GroupPage>([&](auto done) { client_->next_page(next, done); });
    ++pages;
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(pages, 3);
}

TEST_F(ServiceHubTest, PermissionsComeAndGo) {
  const auto a = connect("a");
  const auto may_send = [&](auto& c, auto done) {
    c.has_permission(Permission::SendToGroup, a->id, "g", done);
  };
  EXPECT_FALSE(yes(may_send));
  well([&](auto& c, auto done) { c.grant(Permission::SendToGroup, a->id, "g", done); });
  EXPECT_TRUE(yes(may_send));
  EXPECT_FALSE(yes(
      [&](auto& c, auto done) { c.has_permission(Permission::JoinLeaveGroup, a->id, "g", done); }));
  well([&](auto& c, auto done) { c.revoke(Permission::SendToGroup, a->id, "g", done); });
  EXPECT_FALSE(yes(may_send));
}

TEST_F(ServiceHubTest, ConnectionsAreClosedWithAReason) {
  const auto a = connect("a");
  const auto b = connect("b", {"g"});
  EXPECT_TRUE(yes([&](auto& c, auto done) { c.connection_exists(a->id, done); }));
  EXPECT_TRUE(yes([&](auto& c, auto done) { c.user_exists("a", done); }));
  EXPECT_FALSE(yes([&](auto& c, auto done) { c.user_exists("nobody", done); }));
  well([&](auto& c, auto done) { c.close_connection(a->id, "too loud", done); });
  ASSERT_TRUE(wait([&] { return !a->losses.empty(); }));
  EXPECT_NE(a->losses[0].find("too loud"), std::string::npos) << a->losses[0];
  well([&](auto& c, auto done) { c.close_group("g", {.excluded = {b->id}}, done); });
  EXPECT_TRUE(yes([&](auto& c, auto done) { c.connection_exists(b->id, done); }));
  well([&](auto& c, auto done) { c.close_user("b", {}, done); });
  ASSERT_TRUE(wait([&] { return !b->losses.empty(); }));
}

TEST_F(ServiceHubTest, TheHubIsHealthy) {
  EXPECT_TRUE(yes([](auto& c, auto done) { c.is_healthy(done); }));
}

}  // namespace
}  // namespace webpubsub::testing
