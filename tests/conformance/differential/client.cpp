// Our client as a program, for a test in another language: it reads actions from standard input
// and tells what came of them, and what the client was told, one line of JSON each.
//
//   {"id":1,"do":"send","group":"g","type":"text","data":"hi","ack":true}
//   {"id":1,"ok":true}   {"told":"group","group":"g","from":"ann","type":"text","data":"hi"}

#include "webpubsub/client/client.h"

#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <rapidjson/document.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/log.h"
#include "net/event_loop.h"
#include "webpubsub/protocol/json_text.h"

namespace {

using namespace webpubsub;

class StderrSink final : public LogSink {
 public:
  void write(const LogRecord& record) override {
    std::cerr << record.event << ": " << record.message << '\n';
  }
};

void say(const std::string& line) { std::cout << line << std::endl; }

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string_view name_of(DataType type) {
  switch (type) {
    case DataType::Json:
      return "json";
    case DataType::Text:
      return "text";
    case DataType::Binary:
      return "binary";
    case DataType::Protobuf:
      return "protobuf";
  }
  return "";
}

/// As the wire has it: JSON as it is, text as a string, bytes as base64.
std::string members(const Data& data) {
  std::string value = data.bytes;
  if (data.type == DataType::Text) value = json_string(data.bytes);
  if (data.type == DataType::Binary || data.type == DataType::Protobuf) {
    value = json_string(base64_encode(data.bytes));
  }
  return R"("type":")" + std::string(name_of(data.type)) + R"(","data":)" + value;
}

class Teller final : public ClientListener {
 public:
  void on_connected(const Connected& frame) override {
    say(R"({"told":"connected","user":)" + json_string(frame.user_id) + "}");
  }
  void on_disconnected(const Error&, std::optional<std::chrono::milliseconds>) override {
    say(R"({"told":"disconnected"})");
  }
  void on_stopped() override { say(R"({"told":"stopped"})"); }
  void on_group_message(const GroupMessage& message) override {
    say(R"({"told":"group","group":)" + json_string(message.group) + R"(,"from":)" +
        json_string(message.from_user_id) + "," + members(message.data) + "}");
  }
  void on_server_message(const ServerMessage& message) override {
    say(R"({"told":"server",)" + members(message.data) + "}");
  }
  void on_rejoin_failed(std::string_view group, const Error&) override {
    say(R"({"told":"rejoin-failed","group":)" + json_string(group) + "}");
  }
};

class Actor {
 public:
  Actor(net::EventLoop& loop, Log& log) : loop_(loop), log_(log) {}

  void act(const rapidjson::Value& action) {
    const std::string what = text(action, "do");
    const auto found = actions().find(what);
    if (found == actions().end()) {
      std::cerr << "unknown action " << what << '\n';
      std::exit(EXIT_FAILURE);
    }
    found->second(*this, action);
  }

 private:
  using Action = std::function<void(Actor&, const rapidjson::Value&)>;

  static const std::map<std::string, Action>& actions() {
    static const std::map<std::string, Action> all{
        {"start", &Actor::start},   {"stop", &Actor::stop}, {"join", &Actor::join},
        {"leave", &Actor::leave},   {"send", &Actor::send}, {"event", &Actor::send_event},
        {"invoke", &Actor::invoke}, {"open", &Actor::open}, {"write", &Actor::write_to_stream},
        {"end", &Actor::end},
    };
    return all;
  }

  static std::string text(const rapidjson::Value& action, const char* name) {
    const auto found = action.FindMember(name);
    if (found == action.MemberEnd() || !found->value.IsString()) return "";
    return {found->value.GetString(), found->value.GetStringLength()};
  }
  static bool flag(const rapidjson::Value& action, const char* name) {
    const auto found = action.FindMember(name);
    return found != action.MemberEnd() && found->value.IsTrue();
  }
  static DataType type(const rapidjson::Value& action) {
    const std::string name = text(action, "type");
    if (name == "json") return DataType::Json;
    return name == "binary" ? DataType::Binary : DataType::Text;
  }
  static Completion answer(const rapidjson::Value& action) {
    return [id = action["id"].GetInt()](const Result<void>& outcome) {
      tell(id, outcome.has_value());
    };
  }
  static void tell(int id, bool ok) {
    say(R"({"id":)" + std::to_string(id) + R"(,"ok":)" + (ok ? "true}" : "false}"));
  }

  void start(const rapidjson::Value& action) {
    credential_ = make_url_credential(Secret(text(action, "url")));
    ClientOptions options;
    options.codec = find_codec(text(action, "subprotocol"));
    options.keep_alive_interval = std::chrono::milliseconds(0);
    options.keep_alive_timeout = std::chrono::milliseconds(0);
    client_ = Client::create(loop_, *credential_, options, teller_, log_);
    client_->start();
    tell(action["id"].GetInt(), true);
  }
  void stop(const rapidjson::Value& action) {
    client_->stop();
    tell(action["id"].GetInt(), true);
  }
  void join(const rapidjson::Value& action) {
    client_->join_group(text(action, "group"), answer(action));
  }
  void leave(const rapidjson::Value& action) {
    client_->leave_group(text(action, "group"), answer(action));
  }
  void send(const rapidjson::Value& action) {
    const Offer offer = client_->send_to_group(
        text(action, "group"), type(action), text(action, "data"),
        {.no_echo = flag(action, "noEcho"), .acknowledged = flag(action, "ack")}, answer(action));
    if (offer != Offer::Accepted) tell(action["id"].GetInt(), false);
  }
  void send_event(const rapidjson::Value& action) {
    const Offer offer =
        client_->send_event(text(action, "event"), type(action), text(action, "data"),
                            flag(action, "ack"), answer(action));
    if (offer != Offer::Accepted) tell(action["id"].GetInt(), false);
  }
  void invoke(const rapidjson::Value& action) {
    client_->invoke(
        text(action, "event"), type(action), text(action, "data"),
        [id = action["id"].GetInt()](const Result<Data>& reply) {
          if (!reply) return tell(id, false);
          say(R"({"id":)" + std::to_string(id) + R"(,"ok":true,)" + members(*reply) + "}");
        });
  }
  void open(const rapidjson::Value& action) {
    stream_ = client_->open_stream(
        text(action, "group"), {.no_echo = flag(action, "noEcho")},
        [](const Result<void>& outcome) {
          say(outcome ? R"({"told":"stream","ok":true})" : R"({"told":"stream","ok":false})");
        });
    tell(action["id"].GetInt(), true);
  }
  void write_to_stream(const rapidjson::Value& action) {
    const Offer offer = client_->write_stream(stream_, type(action), text(action, "data"));
    tell(action["id"].GetInt(), offer == Offer::Accepted);
  }
  void end(const rapidjson::Value& action) {
    std::optional<StreamFailure> failure;
    if (flag(action, "failed")) {
      failure = StreamFailure{text(action, "message"), text(action, "code")};
    }
    client_->end_stream(stream_, failure);
    tell(action["id"].GetInt(), true);
  }

  net::EventLoop& loop_;
  Log& log_;
  Teller teller_{};
  std::unique_ptr<Credential> credential_{};
  std::unique_ptr<Client> client_{};  // goes before its credential
  std::string stream_{};
};

/// Hands each complete line of `input` to the actor.
void act_on_lines(std::string& input, Actor& actor) {
  for (auto end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
    rapidjson::Document action;
    action.Parse(input.data(), end);
    if (action.HasParseError()) std::exit(EXIT_FAILURE);
    actor.act(action);
    input.erase(0, end + 1);
  }
}

}  // namespace

int main() {
  StderrSink sink;
  Log log(sink, LogLevel::Warning);
  const auto loop = std::move(net::EventLoop::create(log)).value();
  Actor actor(*loop, log);
  std::string pending;
  const int input = dup(STDIN_FILENO);
  const auto lines = net::FdWatcher::watch(*loop, input, [&] {
    char chunk[4096];
    const auto size = read(input, chunk, sizeof chunk);
    if (size <= 0) return loop->stop();
    pending.append(chunk, static_cast<std::size_t>(size));
    act_on_lines(pending, actor);
  });
  if (!lines) return EXIT_FAILURE;
  loop->run();
  return EXIT_SUCCESS;
}
