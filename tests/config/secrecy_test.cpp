// Secrets reach no message and no description, whatever is wrong around them.

#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway::config {
namespace {

// Planted below; every part of it would be a leak.
constexpr std::string_view kSecret = "hunter2";

class Secrecy : public testing::TestWithParam<const char*> {};

TEST_P(Secrecy, OfWhatIsWrong) {
  const auto problems = problems_of(GetParam());
  EXPECT_FALSE(problems.empty());
  for (const auto& line : problems) EXPECT_EQ(line.find(kSecret), std::string::npos) << line;
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, Secrecy,
    testing::Values(
        "mqtt:\n  broker: mqtt://user:hunter2@host\n", "mqtt:\n  broker: user:hunter2@host\n",
        "mqtt:\n  password: [hunter2]\n", "mqtt:\n  password: ab${hunter2}cd\n",
        "mqtt:\n  password: ${x hunter2}\n", "mqtt:\n  password: ${hunter2\n",
        "mqtt:\n  password: \"hunter2\\n\"\n", "mqtt:\n  password: \"hunter2\\q\"\n",
        "mqtt:\n  password: \"hunter2\n", "mqtt:\n  password: @hunter2\n",
        "mqtt:\n  password: hunter2: x\n", "mqtt:\n  version: 5\n  password hunter2\n",
        "mqtt:\n  version: 5\n  password=hunter2\n", "mqtt:\n  version: 5\n  password=hunter2: x\n",
        "mqtt:\n  password: hunter2\n  password: hunter2\n",
        "mqtt:\n  version: 3.1.1\n  password: hunter2\n", "mqtt: password hunter2\n",
        "webpubsub:\n  connection_string: hunter2\n",
        "webpubsub:\n  connection_string: Endpoint=https://h;Acces=hunter2\n",
        "webpubsub:\n  connection_string: Endpoint=ftp://h;AccessKey=hunter2\n",
        "webpubsub:\n  connection_string: Endpoint=https://a/b;AccessKey=hunter2\n",
        "webpubsub:\n  connection_string: Endpoint=https://a;AccessKey=hunter2;Port=x\n",
        "webpubsub:\n  Endpoint=https://a;AccessKey=hunter2: x\n",
        "webpubsub:\n  hub: h\n  Endpoint=https://a;AccessKey=hunter2\n",
        "webpubsub:\n  client_access_url: https://h/?access_token=hunter2\n",
        "webpubsub:\n  client_access_url: hunter2\n",
        "webpubsub:\n  client_access_url: wss://x:hunter2@h/client\n",
        "webpubsub:\n  proxy: http://user:hunter2@proxy\n",
        "webpubsub:\n  proxy: socks5://user:hunter2@proxy:1080\n",
        "webpubsub:\n  proxy: user:hunter2@proxy:3128\n",
        "webpubsub:\n"
        "  connection_string: Endpoint=https://a.example;AccessKey=hunter2\n"
        "  client_access_url: wss://a.example/client/hubs/h?access_token=hunter2\n"));

TEST(SecrecyOfFiles, ThatAreWrong) {
  const support::TempFolder folder;
  folder.write("two", "hunter2\nhunter2\n");
  folder.write("url", "https://hunter2\n");
  const auto problems = problems_of_file(
      folder.write("gateway.yaml",
                   "mqtt: {password_file: two}\n"
                   "hub: {access_key_file: url}\n"
                   "webpubsub: {connection_string_file: url, client_access_url_file: two}\n"));
  EXPECT_EQ(problems.size(), 4U);
  for (const auto& line : problems) EXPECT_EQ(line.find(kSecret), std::string::npos) << line;
}

TEST(SecrecyOfFiles, InTheEffectiveConfiguration) {
  const support::TempFolder folder;
  folder.write("key", "hunter2-hunter2-hunter2-hunter2-hunter2");
  for (const auto* const text :
       {"mqtt: {password: hunter2}\n"
        "webpubsub: {connection_string: Endpoint=https://a;AccessKey=hunter2}\n",
        "webpubsub:\n"
        "  client_access_url: wss://a/client/hubs/h?x=hunter2&access_token=hunter2\n"
        "  proxy: http://user:hunter2@proxy:3128\n",
        "hub: {access_key_file: key}\n"}) {
    const auto settings = settings_of_file(folder.write("gateway.yaml", text));
    const auto description = describe(settings);
    EXPECT_EQ(description.find(kSecret), std::string::npos) << description;
  }
}

}  // namespace
}  // namespace gateway::config
