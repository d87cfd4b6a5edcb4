// TLS to the broker: who is believed and who is not.

#include <string>

#include <gtest/gtest.h>

#include "tests/bridge/mqtt/engine_fixture.h"
#include "tests/support/certificates.h"

namespace gateway {
namespace {

using support::Mosquitto;
using support::TestAuthority;

std::string server_config(const TestAuthority& authority, const TestAuthority::Pair& pair) {
  return "allow_anonymous true\ncafile " + authority.ca_file() + "\ncertfile " +
         pair.certificate_file + "\nkeyfile " + pair.key_file + "\n";
}

class Tls : public EngineTest {
 protected:
  static MqttOptions tls_options(const Mosquitto& broker, const std::string& host,
                                 const TestAuthority& trusted) {
    auto options = options_for("mqtts://" + host + ":" + std::to_string(broker.port()), "gateway");
    options.tls.ca_file = trusted.ca_file();
    return options;
  }
  /// Why a connection with `options` is not made.
  std::string refusal(MqttOptions options) {
    Peer gateway(*loop_, log_, std::move(options), {});
    gateway.engine->start();
    EXPECT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
    EXPECT_TRUE(gateway.link.connects.empty());
    return gateway.link.disconnects.empty() ? "" : gateway.link.disconnects[0].message;
  }

  TestAuthority authority_{};
  TestAuthority stranger_{};
};

TEST_F(Tls, ConnectsToAHostItCanVerify) {
  const auto pair = authority_.issue("DNS:localhost");
  Mosquitto broker(server_config(authority_, pair));
  Peer gateway(*loop_, log_, tls_options(broker, "localhost", authority_), {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  EXPECT_TRUE(gateway.publish({"a", std::string(100'000, 'x'), 1}));
  EXPECT_TRUE(gateway.received_at_least(1));
}

TEST_F(Tls, ConnectsToAnAddressInTheCertificate) {
  const auto pair = authority_.issue("IP:127.0.0.1");
  Mosquitto broker(server_config(authority_, pair));
  Peer gateway(*loop_, log_, tls_options(broker, "127.0.0.1", authority_), {});
  EXPECT_TRUE(gateway.connect());
}

TEST_F(Tls, RefusesAnUnknownAuthority) {
  const auto pair = authority_.issue("DNS:localhost");
  Mosquitto broker(server_config(authority_, pair));
  const auto why = refusal(tls_options(broker, "localhost", stranger_));
  EXPECT_NE(why.find("not signed by a trusted CA"), std::string::npos) << why;
}

TEST_F(Tls, RefusesTheWrongHost) {
  const auto pair = authority_.issue("DNS:elsewhere.example");
  Mosquitto broker(server_config(authority_, pair));
  const auto why = refusal(tls_options(broker, "localhost", authority_));
  EXPECT_NE(why.find("another host name"), std::string::npos) << why;
}

TEST_F(Tls, RefusesABrokerWithoutTls) {
  Mosquitto broker;
  EXPECT_FALSE(refusal(tls_options(broker, "localhost", authority_)).empty());
}

TEST_F(Tls, ShowsItsOwnCertificate) {
  const auto pair = authority_.issue("DNS:localhost");
  Mosquitto broker(server_config(authority_, pair) + "require_certificate true\n");
  EXPECT_FALSE(refusal(tls_options(broker, "localhost", authority_)).empty());
  auto options = tls_options(broker, "localhost", authority_);
  const auto own = authority_.issue("DNS:gateway");
  options.tls.certificate_file = own.certificate_file;
  options.tls.key_file = own.key_file;
  Peer gateway(*loop_, log_, std::move(options), {});
  EXPECT_TRUE(gateway.connect());
}

}  // namespace
}  // namespace gateway
