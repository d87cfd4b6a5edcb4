// A gateway that gets another configuration, and its links to the broker.

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "config/difference.h"
#include "config/load.h"
#include "daemon/gateway.h"
#include "tests/daemon/event_loop_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/mosquitto.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

constexpr const char* kBlockingRule =
    "rules: [{name: meters, topic: m/#, group: g, qos: 1, store: disk, offline: {max: 10, "
    "overflow: "
    "block}}]\n";

class GatewayReload : public EventLoopTest {
 protected:
  Settings settings(const std::string& text) const {
    const auto file = folder_.write(
        "gateway.yaml",
        text + "status: {listen: off}\nstore: {directory: " + folder_.file("data") + "}\n");
    auto loaded = config::load(file, {.variable = {}, .host_name = "bench", .machine_id = "m"});
    if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
      ADD_FAILURE() << problems->front().text();
      return {};
    }
    return std::get<Settings>(loaded);
  }
  void create(const std::string& text) {
    auto gateway = Gateway::create(*loop_, settings(text), log_);
    ASSERT_TRUE(gateway) << gateway.error().message;
    gateway_ = std::move(*gateway);
  }
  webpubsub::Result<void> reload(const std::string& text) {
    const auto next = settings(text);
    return gateway_->reload(next, config::difference(gateway_->settings(), next));
  }
  static std::string mqtt(std::uint16_t port) {
    return "mqtt: {broker: \"mqtt://127.0.0.1:" + std::to_string(port) + "\"}\n";
  }
  static std::string hub(std::uint16_t port) {
    return "hub: {listen: \"127.0.0.1:" + std::to_string(port) + "\"}\n";
  }

  support::TempFolder folder_{};
  std::unique_ptr<Gateway> gateway_{};
};

TEST_F(GatewayReload, ARefusedOneLeavesNoLinkBehind) {
  const auto taken = support::listen_on();
  const auto nobody = mqtt(support::free_port());
  create(nobody + hub(0));
  EXPECT_FALSE(reload(nobody + hub(support::port_of(taken)) + kBlockingRule));
  EXPECT_EQ(gateway_->snapshot().links.size(), 2U);
  ASSERT_TRUE(reload(nobody + hub(0) + kBlockingRule));
  EXPECT_EQ(gateway_->snapshot().links.size(), 3U);
}

TEST_F(GatewayReload, AnotherCertificateHasAnotherEnd) {
  support::TestAuthority authority;
  const auto use = [&](const support::TestAuthority::Pair& pair) {
    for (const auto& [from, to] : {std::pair{pair.certificate_file, "certificate.pem"},
                                   std::pair{pair.key_file, "key.pem"}}) {
      std::filesystem::copy_file(from, folder_.file(to),
                                 std::filesystem::copy_options::overwrite_existing);
    }
  };
  use(authority.issue("DNS:one", 3));
  create("mqtt: {broker: 'mqtts://127.0.0.1:" + std::to_string(support::free_port()) +
         "', tls: {certificate_file: certificate.pem, key_file: key.pem}}\n" + hub(0));
  const auto end = [this] {
    const auto credentials = gateway_->snapshot().credentials;
    const auto mqtt = std::find_if(credentials.begin(), credentials.end(),
                                   [](const auto& one) { return one.link == "mqtt"; });
    return mqtt == credentials.end() ? webpubsub::WallTime{} : mqtt->expires.value();
  };
  const auto before = end();
  use(authority.issue("DNS:two", 300));
  const auto same = gateway_->settings();
  ASSERT_TRUE(gateway_->reload(
      same, {{.kind = config::Change::Kind::Secret, .key = "mqtt.tls.certificate_file"}}));
  EXPECT_GT(end() - before, std::chrono::hours(24 * 290));
}

/// Once its link has fetched what the broker has kept, and ended the session.
TEST_F(GatewayReload, AStoreThatOpensLateTellsOfTheSessionOfAnEarlierProcess) {
  const support::Mosquitto broker;
  const auto all_are_up = [this] {
    const auto links = gateway_->snapshot().links;
    return std::all_of(links.begin(), links.end(), [](const auto& link) { return link.up; });
  };
  create(mqtt(broker.port()) + hub(0) + kBlockingRule);
  gateway_->start();
  ASSERT_TRUE(serve_until(all_are_up));
  ASSERT_EQ(gateway_->snapshot().links.size(), 3U);
  gateway_.reset();

  const auto data = folder_.file("data");
  std::filesystem::rename(data, data + ".away");
  folder_.write("data", "a disk that is not there");
  create(mqtt(broker.port()) + hub(0) +
         "rules: [{name: meters, topic: m/#, group: g, qos: 1, store: disk}]\n");
  gateway_->start();
  ASSERT_TRUE(serve_until(all_are_up));
  EXPECT_EQ(gateway_->snapshot().links.size(), 2U);
  std::filesystem::remove(data);
  std::filesystem::rename(data + ".away", data);
  // The store is tried again every few seconds, and the broker may be slow to send what it has.
  const auto patiently_until = [this](std::size_t links) {
    const auto there = [&] { return gateway_->snapshot().links.size() == links; };
    return serve_until(there) || serve_until(there) || serve_until(there);
  };
  EXPECT_TRUE(patiently_until(3));
  EXPECT_TRUE(patiently_until(2));
}

}  // namespace
}  // namespace gateway
