// The program webpubsub-hub, started and stopped as its user does.

#include <fstream>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.h"
#include "tests/daemon/child_process.h"
#include "tests/daemon/event_loop_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::HasSubstr;
using testing::Not;
using webpubsub::Result;
using webpubsub::net::HttpResponse;

constexpr const char* kReady = ";Version=1.0;";

/// The text of `output` between "Endpoint=" and ";".
std::string endpoint_in(const std::string& output) {
  const auto start = output.find("Endpoint=") + 9;
  return output.substr(start, output.find(';', start) - start);
}

class HubProgram : public EventLoopTest {
 protected:
  void TearDown() override { loop_.reset(); }

  int status_of(const std::string& url) {
    std::optional<Result<HttpResponse>> answer;
    const auto call = webpubsub::net::start_http_request(
        *loop_, {.url = url},
        [&answer](Result<HttpResponse> response) { answer = std::move(response); });
    EXPECT_TRUE(serve_until([&answer] { return answer.has_value(); }));
    return answer && *answer ? (*answer)->status : 0;
  }
};

TEST_F(HubProgram, PrintsWhatToCopyAndServesUntilItIsStopped) {
  for (const int signal : {SIGTERM, SIGINT}) {
    ChildProcess hub({GW_HUB, "--listen", "127.0.0.1:0"});
    const auto output = hub.output_with(kReady);
    ASSERT_TRUE(output) << hub.rest();
    const std::string endpoint = endpoint_in(*output);
    EXPECT_THAT(*output, HasSubstr("dashboard:         " + endpoint + "/\n"));
    EXPECT_THAT(*output,
                HasSubstr("connection string: Endpoint=" + endpoint + ";AccessKey=ABCDEF"));
    EXPECT_EQ(status_of(endpoint + "/api/health?api-version=2024-01-01"), 200);
    EXPECT_EQ(status_of(endpoint + "/"), 200);
    hub.signal(signal);
    EXPECT_EQ(hub.exit_code(), 0) << hub.rest();
  }
}

TEST_F(HubProgram, ShowsMetricsOnAPortOfTheirOwn) {
  ChildProcess hub({GW_HUB, "--listen", "127.0.0.1:0", "--status", "127.0.0.1:0", "--limit",
                    "connections=5", "--limit", "requests_per_address=0/s"});
  const auto output = hub.output_with("/metrics\n");
  ASSERT_TRUE(output) << hub.rest();
  const auto start = output->find("metrics:           ") + 19;
  const std::string url = output->substr(start, output->find('\n', start) - start);
  std::optional<Result<HttpResponse>> answer;
  const auto call = webpubsub::net::start_http_request(
      *loop_, {.url = url},
      [&answer](Result<HttpResponse> response) { answer = std::move(response); });
  ASSERT_TRUE(serve_until([&answer] { return answer.has_value(); }));
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_THAT((*answer)->body, HasSubstr("\nwpsgw_hub_connections 0\n"));
  EXPECT_THAT((*answer)->body, HasSubstr("\nwpsgw_hub_refused_total{reason=\"groups\"} 0\n"));
  const support::TempFolder folder;
  std::ofstream(folder.file("page")) << (*answer)->body;
  EXPECT_EQ(std::system(("/usr/bin/python3 " GW_CHECK_METRICS " " + folder.file("page")).c_str()),
            0);
  EXPECT_EQ(status_of(url.substr(0, url.size() - 7) + "livez"), 200);
  EXPECT_EQ(status_of(url.substr(0, url.size() - 7) + "readyz"), 200);
  EXPECT_EQ(status_of(url.substr(0, url.size() - 7) + "other"), 404);
  hub.signal(SIGTERM);
  EXPECT_EQ(hub.exit_code(), 0) << hub.rest();
}

TEST_F(HubProgram, ALimitThatMakesNoSenseIsAConfigurationError) {
  ChildProcess hub({GW_HUB, "--listen", "127.0.0.1:0", "--limit", "message_size=9GiB"});
  EXPECT_EQ(hub.exit_code(), 78);
  EXPECT_THAT(hub.rest(), HasSubstr("hub.limits.message_size"));
}

TEST_F(HubProgram, NeverShowsAKeyOfItsUsers) {
  const support::TempFolder folder;
  const std::string key = "plantedplantedplantedplantedplantedplanted";
  std::ofstream(folder.file("key")) << key << '\n';
  ChildProcess hub({GW_HUB, "--listen", "127.0.0.1:0", "--access-key-file", folder.file("key"),
                    "--log-level", "debug"});
  ASSERT_TRUE(hub.output_with(kReady)) << hub.rest();
  hub.signal(SIGTERM);
  EXPECT_EQ(hub.exit_code(), 0);
  EXPECT_THAT(hub.rest(), Not(HasSubstr("planted")));
  EXPECT_THAT(hub.rest(), HasSubstr("the key is in " + folder.file("key")));
}

TEST_F(HubProgram, TakesEventHandlersFromAFileAndNamesTheLineThatIsWrong) {
  const support::TempFolder folder;
  std::ofstream(folder.file("handlers"))
      << "# of this site\n\nchat=https://localhost/{event}?code=planted;system=connect\n";
  ChildProcess hub({GW_HUB, "--listen", "127.0.0.1:0", "--log-level", "debug", "--event-handler",
                    "@" + folder.file("handlers")});
  ASSERT_TRUE(hub.output_with(kReady)) << hub.rest();
  hub.signal(SIGTERM);
  EXPECT_EQ(hub.exit_code(), 0);
  EXPECT_THAT(hub.rest(), Not(HasSubstr("planted")));

  std::ofstream(folder.file("handlers"), std::ios::app) << "http://h/?code=planted;user=a b\n";
  ChildProcess refusing({GW_HUB, "--event-handler", "@" + folder.file("handlers")});
  EXPECT_EQ(refusing.exit_code(), 78);
  const std::string output = refusing.rest();
  EXPECT_THAT(output, HasSubstr("handlers:4: event handler: 'a b'"));
  EXPECT_THAT(output, Not(HasSubstr("planted")));
}

TEST_F(HubProgram, ServesNoPageWhenToldNotTo) {
  ChildProcess hub({GW_HUB, "--listen", "127.0.0.1:0", "--no-dashboard"});
  const auto output = hub.output_with(kReady);
  ASSERT_TRUE(output);
  EXPECT_THAT(*output, Not(HasSubstr("dashboard:")));
  EXPECT_EQ(status_of(endpoint_in(*output) + "/"), 404);
}

TEST_F(HubProgram, SaysWhenItsAddressIsTaken) {
  ChildProcess first({GW_HUB, "--listen", "127.0.0.1:0"});
  const auto output = first.output_with(kReady);
  ASSERT_TRUE(output);
  const std::string address = endpoint_in(*output).substr(std::string("http://").size());
  ChildProcess second({GW_HUB, "--listen", address});
  EXPECT_EQ(second.exit_code(), 73);
  EXPECT_THAT(second.rest(), HasSubstr(address.substr(address.find(':') + 1)));
}

struct Refusal {
  std::string name{};
  std::vector<std::string> arguments{};
  int exit_code = 0;
  std::string words{};
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class HubProgramRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(HubProgramRefusal, EndsWithTheRightCodeAndAReason) {
  std::vector<std::string> arguments{GW_HUB};
  arguments.insert(arguments.end(), GetParam().arguments.begin(), GetParam().arguments.end());
  ChildProcess hub(arguments);
  EXPECT_EQ(hub.exit_code(), GetParam().exit_code);
  EXPECT_THAT(hub.rest(), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    All, HubProgramRefusal,
    testing::Values(
        Refusal{"UnknownOption", {"--lissten", "x"}, 64, "--lissten"},
        Refusal{"CertificateWithoutKey", {"--tls-certificate", "x"}, 64, "--tls-key"},
        Refusal{"BadAddress", {"--listen", "localhost"}, 78, "'localhost'"},
        Refusal{"OpenToTheNetwork", {"--listen", "0.0.0.0:0"}, 78, "TLS"},
        Refusal{"NoKeyFile",
                {"--access-key-file", "/nonexistent/key"},
                78,
                "--access-key-file /nonexistent/key: "},
        Refusal{"SecondKeyAlone", {"--secondary-access-key-file", "x"}, 64, "--access-key-file"},
        Refusal{"BadEventHandler",
                {"--event-handler", "http://{hub}/"},
                78,
                "the host of a URL is fixed"},
        Refusal{"NoEventHandlerFile",
                {"--event-handler", "@/nonexistent/handlers"},
                78,
                "--event-handler @/nonexistent/handlers: "},
        Refusal{"Help", {"--help"}, 0, "Example: webpubsub-hub"},
        Refusal{"Version", {"--version"}, 0, "webpubsub-hub "}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace gateway
