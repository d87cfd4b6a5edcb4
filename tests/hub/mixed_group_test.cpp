// Members of all kinds in one group: each gets what was published in its own form (reference,
// section 4.4), with what travels beside it.

#include <map>

#include <gmock/gmock.h>

#include "hub/event_handler.h"
#include "hub_fixture.h"
#include "net/http_client.h"
#include "webpubsub/auth/roles.h"

namespace webpubsub::hub {
namespace {

using testing::HasSubstr;

/// What a member received, with the kind of frame.
class Member : public TestSocket {
 public:
  void on_message(net::MessageType type, std::string_view payload) override {
    types.push_back(type);
    TestSocket::on_message(type, payload);
  }
  std::deque<net::MessageType> types;
};

class MixedGroup : public HubFixture {
 protected:
  void SetUp() override {
    start_hub();
    json_ = join(kJsonSubprotocol);
    protobuf_ = join(kProtobufSubprotocol);
    raw_ = join("");
  }

  std::unique_ptr<Member> join(std::string_view subprotocol) {
    auto made = std::make_unique<Member>();
    auto socket = net::connect_websocket(
        *loop_,
        {.url = client_url({.roles = {std::string(kSendToAny)}, .groups = {"g"}}),
         .subprotocol = std::string(subprotocol)},
        *made);
    EXPECT_TRUE(socket);
    made->socket = std::move(*socket);
    run_until([&] { return subprotocol.empty() ? made->open : !made->messages.empty(); });
    made->messages.clear();
    made->types.clear();
    return made;
  }

  void publish(Member& sender, const Codec& codec, const SendToGroup& frame) {
    std::string bytes;
    codec.encode(frame, bytes);
    EXPECT_EQ(sender.socket->send(
                  codec.is_binary() ? net::MessageType::Binary : net::MessageType::Text, bytes),
              Offer::Accepted);
    run_until([&] {
      return !json_->messages.empty() && !protobuf_->messages.empty() && !raw_->messages.empty();
    });
  }

  GroupMessage take(Member& member, const Codec& codec) {
    const auto frame = codec.decode_downstream(member.messages.front());
    member.messages.pop_front();
    member.types.pop_front();
    EXPECT_TRUE(frame);
    const auto* message = frame ? std::get_if<GroupMessage>(&*frame) : nullptr;
    EXPECT_NE(message, nullptr);
    return message != nullptr ? *message : GroupMessage{};
  }

  std::unique_ptr<Member> json_;
  std::unique_ptr<Member> protobuf_;
  std::unique_ptr<Member> raw_;
};

TEST_F(MixedGroup, EachMemberGetsEachKindOfDataInItsForm) {
  const Data kinds[] = {{DataType::Text, "h\xC3\xA9llo"},
                        {DataType::Json, R"({"t":21.50})"},
                        {DataType::Binary, std::string("\0\xFF", 2)},
                        {DataType::Protobuf, "\x0A\x03x/y"}};
  for (const Data& data : kinds) {
    SCOPED_TRACE(static_cast<int>(data.type));
    // The JSON subprotocol has no way to publish an Any.
    if (data.type == DataType::Protobuf) {
      publish(*protobuf_, protobuf_codec(), {.group = "g", .data = data});
    } else {
      publish(*json_, json_codec(), {.group = "g", .data = data});
    }
    EXPECT_EQ(take(*json_, json_codec()).data, data);
    EXPECT_EQ(take(*protobuf_, protobuf_codec()).data, data);
    const bool is_text = data.type == DataType::Text || data.type == DataType::Json;
    EXPECT_EQ(raw_->types.front(), is_text ? net::MessageType::Text : net::MessageType::Binary);
    EXPECT_EQ(raw_->messages.front(), data.bytes);
    raw_->messages.clear();
    raw_->types.clear();
  }
}

TEST_F(MixedGroup, MetadataOfAClientReachesJsonAndProtobufMembers) {
  const StringMap metadata{{"trace", "t1"}, {"unit", "Cel"}};
  publish(*json_, json_codec(),
          {.group = "g", .data = {DataType::Text, "x"}, .metadata = metadata});
  EXPECT_EQ(take(*json_, json_codec()).metadata, metadata);
  auto seen = take(*protobuf_, protobuf_codec()).metadata;
  std::sort(seen.begin(), seen.end());  // a map has no order on that wire
  EXPECT_EQ(seen, metadata);
}

TEST_F(MixedGroup, MetadataOfTheRestApiComesInHeaders) {
  const std::string path = "/api/hubs/chat/groups/g/:send";
  const auto parsed = parse_connection_string(hub_->connection_string().reveal());
  TokenClaims claims{.audience = hub_->endpoint() + path};
  claims.issued = wall_now();
  claims.expires = claims.issued + std::chrono::minutes(5);
  const auto send = [&](net::Headers headers) {
    headers.emplace_back("Authorization", "Bearer " + sign_token(claims, parsed->access_key));
    headers.emplace_back("Content-Type", "text/plain");
    std::optional<int> status;
    const auto call = net::start_http_request(
        *loop_, {.method = "POST", .url = hub_->endpoint() + path, .headers = headers, .body = "x"},
        [&](const Result<net::HttpResponse>& answer) { status = answer ? answer->status : 0; });
    run_until([&] { return status.has_value(); });
    return status.value_or(0);
  };
  EXPECT_EQ(send({{"X-WebPubSub-Metadata-Trace", "t1"}}), 202);
  run_until([&] { return !json_->messages.empty() && !protobuf_->messages.empty(); });
  const StringMap expected{{"trace", "t1"}};
  EXPECT_EQ(take(*json_, json_codec()).metadata, expected);
  EXPECT_EQ(take(*protobuf_, protobuf_codec()).metadata, expected);
  EXPECT_EQ(send({{"X-WebPubSub-Metadata-a", std::string(2000, 'x')}}), 400);
}

}  // namespace
}  // namespace webpubsub::hub
