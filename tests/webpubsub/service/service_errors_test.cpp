// Arguments that are refused here, and what the service's refusals become.

#include "recording_service.h"
#include "webpubsub/service/service_error.h"

namespace webpubsub::testing {
namespace {

using std::chrono_literals::operator""s;

const Data kText{DataType::Text, "hi"};

class ServiceErrors : public ServiceTest {
 protected:
  /// The error of an operation that must not reach the service.
  template <class T, class Operate>
  std::string refused(Operate&& operate) {
    const auto client = make_client();
    const auto outcome = run<T>([&](auto done) { operate(*client, done); });
    EXPECT_FALSE(outcome);
    EXPECT_TRUE(service_.requests.empty());
    if (outcome) return "no error";
    EXPECT_EQ(outcome.error().code, Errc::InvalidArgument);
    return outcome.error().message;
  }
};

TEST_F(ServiceErrors, BadArgumentsAreNotSent) {
  EXPECT_EQ(refused<void>([](auto& c, auto done) { c.send_to_group(" ", kText, {}, done); }),
            "a group name has 1 to 1024 characters");
  EXPECT_EQ(refused<void>([](auto& c, auto done) { c.send_to_user("", kText, {}, done); }),
            "the user id is empty");
  EXPECT_EQ(refused<void>([](auto& c, auto done) { c.close_connection("", "", done); }),
            "the connection id is empty");
  EXPECT_EQ(refused<void>([](auto& c, auto done) {
              c.send_to_all({DataType::Json, "{"}, {}, done);
            }),
            "the message is not JSON");
  EXPECT_EQ(refused<void>([](auto& c, auto done) {
              c.send_to_all({DataType::Text, std::string(1024 * 1024 + 1, 'x')}, {}, done);
            }),
            "the message is larger than 1 MiB");
  EXPECT_EQ(refused<void>([](auto& c, auto done) { c.send_to_all(kText, {.ttl = 301s}, done); }),
            "the TTL is from 0 to 300 seconds");
  EXPECT_EQ(refused<void>([](auto& c, auto done) { c.send_to_all(kText, {.ttl = -1s}, done); }),
            "the TTL is from 0 to 300 seconds");
  EXPECT_EQ(refused<void>([](auto& c, auto done) { c.add_connections_to_groups({}, "", done); }),
            "no group is named");
  EXPECT_EQ(
      refused<GroupPage>([](auto& c, auto done) { c.list_group("g", {.page_size = 201}, done); }),
      "a page has 1 to 200 members, and top is not negative");
  for (const char* link : {"", "x", "http://host/", "http://host/api/hubs/other/groups/g?a=b",
                           "http://host/api/hubs/test/groups/g/connections"}) {
    EXPECT_EQ(refused<GroupPage>([&](auto& c, auto done) { c.next_page(link, done); }),
              "this leads to no page of a group")
        << link;
  }
}

TEST_F(ServiceErrors, ClientsThatCannotBeAreNotMade) {
  const auto message = [&](ServiceClientOptions options) {
    const auto client = ServiceClient::create(*loop_, std::move(options));
    return client ? "no error" : client.error().message;
  };
  ServiceClientOptions bad_hub = options();
  bad_hub.hub = "1x";
  EXPECT_EQ(message(bad_hub), "\"1x\" is no hub name");
  ServiceClientOptions no_endpoint = options();
  no_endpoint.connection_string.endpoint.clear();
  EXPECT_EQ(message(no_endpoint), "there is no endpoint");
  ServiceClientOptions bad_proxy = options();
  bad_proxy.reverse_proxy_endpoint = "nowhere";
  EXPECT_NE(message(bad_proxy), "no error");
}

TEST_F(ServiceErrors, AnswersBecomeErrorsWithStatusCodeAndMessage) {
  struct Row {
    int status;
    Errc code;
  };
  ServiceClientOptions once = options();
  once.max_retries = 0;
  const auto client = make_client(std::move(once));
  for (const Row& row :
       {Row{400, Errc::InvalidArgument}, Row{401, Errc::Unauthorized}, Row{403, Errc::Unauthorized},
        Row{404, Errc::NotFound}, Row{409, Errc::ResourceExhausted},
        Row{413, Errc::ResourceExhausted}, Row{429, Errc::ResourceExhausted},
        Row{500, Errc::Unavailable}, Row{503, Errc::Unavailable}, Row{302, Errc::Protocol}}) {
    service_.answers.push_back(
        {.status = row.status, .body = R"({"code":"Error.X","message":"Because."})"});
    const auto outcome =
        run<void>([&](auto done) { client->add_connection_to_group("g", "c", done); });
    ASSERT_FALSE(outcome) << row.status;
    EXPECT_EQ(outcome.error().code, row.code) << row.status;
    EXPECT_EQ(outcome.error().service_code, row.status);
    EXPECT_EQ(outcome.error().message, "Error.X: Because.");
    const ServiceError parts = service_error(outcome.error());
    EXPECT_EQ(parts.status, row.status);
    EXPECT_EQ(parts.code, "Error.X");
    EXPECT_EQ(parts.message, "Because.");
  }
}

TEST(ServiceErrorParts, OfErrorsThatSayLess) {
  const auto said_nothing =
      service_error({Errc::Unavailable, "the service answered with 500", 500});
  EXPECT_EQ(said_nothing.code, "");
  EXPECT_EQ(said_nothing.message, "the service answered with 500");
  const auto code_alone = service_error({Errc::InvalidArgument, "Error.Y", 400});
  EXPECT_EQ(code_alone.code, "Error.Y");
  EXPECT_EQ(code_alone.message, "");
  const auto no_answer = service_error({Errc::Timeout, "silence: none", 0});
  EXPECT_EQ(no_answer.status, 0);
  EXPECT_EQ(no_answer.code, "");
  EXPECT_EQ(no_answer.message, "silence: none");
}

TEST_F(ServiceErrors, AListThatIsTooLongForAUrlIsRefusedInSoManyWords) {
  const auto client = make_client();
  const ServiceSendOptions many{.excluded = std::vector<std::string>(100, std::string(22, 'x'))};
  const auto outcome = run<void>([&](auto done) { client->send_to_all(kText, many, done); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::InvalidArgument);
  EXPECT_NE(outcome.error().message.find("2000 is the most"), std::string::npos);
  EXPECT_TRUE(service_.requests.empty());
}

TEST_F(ServiceErrors, AnswersWithoutWordsAreErrorsToo) {
  ServiceClientOptions once = options();
  once.max_retries = 0;
  const auto client = make_client(std::move(once));
  const auto message_for = [&](net::HttpResponse answer) {
    service_.answers.push_back(std::move(answer));
    const auto outcome = run<void>([&](auto done) { client->send_to_all(kText, {}, done); });
    return outcome ? "no error" : outcome.error().message;
  };
  EXPECT_EQ(message_for({.status = 400}), "the service answered with status 400");
  EXPECT_EQ(message_for({.status = 400, .body = "<html>"}), "the service answered with status 400");
  EXPECT_EQ(message_for({.status = 400, .headers = {{"x-ms-error-code", "Error.Y"}}}), "Error.Y");
  EXPECT_EQ(message_for({.status = 400, .body = R"(["code"])"}),
            "the service answered with status 400");
  const std::string long_body = R"({"code":"C","message":")" + std::string(100'000, 'm') + R"("})";
  EXPECT_LT(message_for({.status = 400, .body = long_body}).size(), 600U);
}

TEST_F(ServiceErrors, AbsenceIsAnAnswerWhereItWasAskedFor) {
  const auto client = make_client();
  service_.answers.push_back({.status = 404});
  const auto exists = run<bool>([&](auto done) { client->group_exists("g", done); });
  ASSERT_TRUE(exists);
  EXPECT_FALSE(*exists);
  service_.answers.push_back({.status = 500});
  service_.answers.push_back({.status = 400});
  EXPECT_FALSE(run<bool>([&](auto done) { client->group_exists("g", done); }));
}

TEST_F(ServiceErrors, AListThatMakesNoSenseIsAnError) {
  const auto client = make_client();
  for (const char* body :
       {"", "[]", "{}", R"({"value":5})", R"({"value":[5]})", R"({"value":[{"userId":"u"}]})"}) {
    service_.answers.push_back({.body = body});
    const auto page = run<GroupPage>([&](auto done) { client->list_group("g", {}, done); });
    ASSERT_FALSE(page) << body;
    EXPECT_EQ(page.error().code, Errc::Protocol);
  }
}

}  // namespace
}  // namespace webpubsub::testing
