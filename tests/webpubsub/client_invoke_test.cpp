// Events with an answer, and what travels beside a payload.

#include "client_fixture.h"

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ClientInvokeTest : public ClientTest {
 protected:
  std::uint64_t invoke(const std::string& name) {
    return client_->invoke(
        "look.up", DataType::Json, "{}", [this, name](const Result<Data>& answer) {
          told_.push_back(name + " " +
                          (answer ? answer->bytes : std::string(to_string(answer.error().code))));
          if (!answer) last_ = answer.error();
        });
  }
};

TEST_F(ClientInvokeTest, TheAnswerComesBackToWhoAsked) {
  connect();
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    const auto& asked = std::get<Invoke>(frame);
    side.send(InvokeResponse{
        asked.invocation_id, true, Data{DataType::Text, "to " + asked.invocation_id}, {}, {}});
  };
  invoke("a");
  invoke("b");
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  EXPECT_THAT(told_, ElementsAre("a to 1", "b to 2"));
  EXPECT_EQ(
      service_->side().texts[0],
      R"({"type":"invoke","invocationId":"1","target":"event","event":"look.up","dataType":"json","data":{}})");
}

TEST_F(ClientInvokeTest, ARefusalIsTold) {
  connect();
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    side.send(InvokeResponse{std::get<Invoke>(frame).invocation_id, false, {}, "Forbidden", "no"});
  };
  invoke("a");
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a unauthorized"));
}

TEST_F(ClientInvokeTest, ACancelledOneIsToldToTheServiceAndItsAnswerIgnored) {
  connect();
  const auto id = invoke("a");
  client_->cancel_invocation(id);
  client_->cancel_invocation(id);
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 2; }));
  EXPECT_EQ(service_->side().texts[1], R"({"type":"cancelInvocation","invocationId":"1"})");
  service_->side().send(InvokeResponse{"1", true, Data{DataType::Text, "late"}, {}, {}});
  settle();
  EXPECT_THAT(told_, ElementsAre("a cancelled"));
}

TEST_F(ClientInvokeTest, OneWithoutAnAnswerRunsIntoItsTimeout) {
  options_.invoke_timeout = 20ms;
  connect();
  invoke("a");
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a timeout"));
}

TEST_F(ClientInvokeTest, ALostSocketEndsThemAll) {
  options_.codec = &json_reliable_codec();
  service_->on_open = [](ServiceSide& side) { side.send(Connected{"id", "user", "token"}); };
  connect();
  invoke("a");
  invoke("b");
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 2; }));
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  EXPECT_THAT(told_, ElementsAre("a unavailable", "b unavailable"));
}

TEST_F(ClientInvokeTest, WithoutAConnectionItFailsOnALaterLap) {
  make_client();
  invoke("a");
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a unavailable"));
}

TEST_F(ClientInvokeTest, MetadataAndTtlTravelWithASend) {
  connect();
  EXPECT_EQ(
      client_->send_to_group("g", DataType::Text, "x",
                             {.ttl_seconds = 60, .metadata = {{"site", "7"}, {"a", "\""}}}, {}),
      Offer::Accepted);
  ASSERT_TRUE(wait([&] { return !service_->side().texts.empty(); }));
  EXPECT_EQ(service_->side().texts[0],
            R"({"type":"sendToGroup","group":"g","dataType":"text","data":"x","ttlSeconds":60,)"
            R"("metadata":{"site":"7","a":"\""}})");
}

TEST_F(ClientInvokeTest, MetadataAndTtlBeyondTheLimitsStayHere) {
  connect();
  EXPECT_EQ(client_->send_to_group("g", DataType::Text, "x", {.ttl_seconds = 301}, note("ttl")),
            Offer::Accepted);
  EXPECT_EQ(
      client_->send_to_group("g", DataType::Text, "x", {.metadata = {{"a b", ""}}}, note("key")),
      Offer::Accepted);
  EXPECT_EQ(client_->send_to_group("g", DataType::Text, "x",
                                   {.metadata = {{"k", std::string(1025, 'x')}}}, note("value")),
            Offer::Accepted);
  ASSERT_TRUE(wait([&] { return told_.size() == 3; }));
  EXPECT_THAT(
      told_, ElementsAre("ttl invalid argument", "key invalid argument", "value invalid argument"));
  EXPECT_THAT(service_->side().texts, IsEmpty());
}

}  // namespace
}  // namespace webpubsub
