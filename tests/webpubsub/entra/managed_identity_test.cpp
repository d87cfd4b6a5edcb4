// How each platform is asked for the machine's identity, to the byte.

#include "entra_fixture.h"

namespace webpubsub::testing {
namespace {

constexpr char kResource[] = "resource=https%3A%2F%2Fwebpubsub.azure.com";

class ManagedIdentityTest : public EntraTest {
 protected:
  std::string query_of(std::size_t request) const { return service_.requests[request].query; }
  ManagedIdentityOptions arc() const {
    ManagedIdentityOptions options;
    options.identity_endpoint = service_.endpoint() + "/metadata/identity/oauth2/token";
    options.arc_key_folder = folder_.file("tokens");
    std::filesystem::create_directory(options.arc_key_folder);
    return options;
  }
  void challenge(const std::string& file) {
    service_.answers.push_back(
        {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=" + file}}});
  }
};

TEST_F(ManagedIdentityTest, AVirtualMachineAsksItsMetadataService) {
  ManagedIdentityOptions options;
  options.metadata_endpoint = service_.endpoint();
  options.client_id = "user assigned";
  const auto source = make_managed_identity_source(*loop_, options);
  answer_with_token();
  ASSERT_TRUE(ask(*source));
  EXPECT_EQ(service_.requests[0].method, "GET");
  EXPECT_EQ(service_.requests[0].path, "/metadata/identity/oauth2/token");
  EXPECT_EQ(query_of(0),
            "api-version=2018-02-01&" + std::string(kResource) + "&client_id=user%20assigned");
  EXPECT_EQ(header(0, "metadata"), "true");
}

TEST_F(ManagedIdentityTest, AppServiceWantsItsHeader) {
  ManagedIdentityOptions options;
  options.identity_endpoint = service_.endpoint() + "/msi/token";
  options.identity_header = Secret("header-secret");
  const auto source = make_managed_identity_source(*loop_, options);
  service_.answers.push_back(
      {.body = R"({"access_token":"an-entra-token","expires_on":"4000000000"})"});
  ASSERT_TRUE(ask(*source));
  EXPECT_EQ(service_.requests[0].path, "/msi/token");
  EXPECT_EQ(query_of(0), "api-version=2019-08-01&" + std::string(kResource));
  EXPECT_EQ(header(0, "x-identity-header"), "header-secret");
  EXPECT_EQ(header(0, "metadata"), "");
}

TEST_F(ManagedIdentityTest, ArcWantsWhatStandsInAFile) {
  const auto options = arc();
  folder_.write("tokens/a.key", "key-in-file");
  challenge(options.arc_key_folder + "/a.key");
  answer_with_token();
  const auto source = make_managed_identity_source(*loop_, options);
  const auto token = ask(*source);
  ASSERT_TRUE(token) << token.error().message;
  ASSERT_EQ(service_.requests.size(), 2U);
  EXPECT_EQ(query_of(0), "api-version=2020-06-01&" + std::string(kResource));
  EXPECT_EQ(header(0, "metadata"), "true");
  EXPECT_EQ(header(0, "authorization"), "");
  EXPECT_EQ(header(1, "authorization"), "Basic key-in-file");
  EXPECT_EQ(header(1, "metadata"), "true");
}

TEST_F(ManagedIdentityTest, ArcMakesUsReadNoOtherFile) {
  const auto options = arc();
  folder_.write("secret.key", "not yours");
  folder_.write("tokens/a.txt", "not a key");
  folder_.write("tokens/large.key", std::string(5000, 'k'));
  for (const std::string& file :
       {folder_.file("secret.key"), options.arc_key_folder + "/../secret.key",
        options.arc_key_folder + "/a.txt", options.arc_key_folder + "/large.key",
        std::string("/etc/shadow"), std::string()}) {
    challenge(file);
    const auto source = make_managed_identity_source(*loop_, options);
    const auto token = ask(*source);
    ASSERT_FALSE(token) << file;
    EXPECT_EQ(token.error().message, "Azure Arc named no key file in " + options.arc_key_folder);
  }
  for (const auto& request : service_.requests) {
    EXPECT_FALSE(net::find_header(request.headers, "authorization"));
  }
}

TEST_F(ManagedIdentityTest, ARefusalIsTold) {
  ManagedIdentityOptions options;
  options.metadata_endpoint = service_.endpoint();
  const auto source = make_managed_identity_source(*loop_, options);
  service_.answers.push_back(
      {.status = 400,
       .body = R"({"error":"invalid_request","error_description":"Identity not found"})"});
  const auto token = ask(*source);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().message,
            "the managed identity endpoint refused a token with status 400: invalid_request: "
            "Identity not found");
}

TEST_F(ManagedIdentityTest, TheEnvironmentNamesThePlatform) {
  ASSERT_EQ(setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:41741/MSI/token", 1), 0);
  ASSERT_EQ(setenv("IDENTITY_HEADER", "from-environment", 1), 0);
  const auto options = ManagedIdentityOptions::from_environment();
  EXPECT_EQ(options.identity_endpoint, "http://127.0.0.1:41741/MSI/token");
  EXPECT_EQ(options.identity_header.reveal(), "from-environment");
  unsetenv("IDENTITY_ENDPOINT");
  unsetenv("IDENTITY_HEADER");
  EXPECT_EQ(ManagedIdentityOptions::from_environment().identity_endpoint, "");
}

TEST_F(ManagedIdentityTest, GoesWhileItAsks) {
  auto source = make_managed_identity_source(*loop_, arc());
  service_.answers.push_back({.status = 0});
  source->access_token([](const Result<AccessToken>&) { FAIL() << "nobody is there"; });
  ASSERT_TRUE(gateway::support::run_until(*loop_, [&] { return service_.requests.size() == 1; }));
  source.reset();
  loop_->run_once(std::chrono::milliseconds(0));
}

}  // namespace
}  // namespace webpubsub::testing
