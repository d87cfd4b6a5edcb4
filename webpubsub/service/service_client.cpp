#include "webpubsub/service/service_client.h"

#include <list>
#include <utility>

#include "net/url.h"
#include "webpubsub/protocol/json_text.h"
#include "webpubsub/protocol/names.h"
#include "webpubsub/service/client_access.h"
#include "webpubsub/service/group_page.h"
#include "webpubsub/service/rest_exchange.h"

namespace webpubsub {

namespace {

constexpr int kMaxPageSize = 200;
constexpr int kLongestTtl = 300;  // seconds

Error invalid(std::string what) { return Error{Errc::InvalidArgument, std::move(what)}; }

/// Groups, users and connections: anything but nothing, which would be another operation.
Result<void> check_name(std::string_view what, std::string_view name) {
  if (name.empty()) return invalid("the " + std::string(what) + " is empty");
  return {};
}

Result<void> check_group(std::string_view group) {
  if (!is_valid_group_name(group)) return invalid("a group name has 1 to 1024 characters");
  return {};
}

Result<void> check_message(const Data& data, const ServiceSendOptions& options) {
  if (data.type == DataType::Json && !is_valid_json(data.bytes)) {
    return invalid("the message is not JSON");
  }
  if (data.type == DataType::Protobuf) return invalid("REST sends carry no protobuf messages");
  if (data.bytes.size() > kMaxServiceMessage) return invalid("the message is larger than 1 MiB");
  const auto ttl = options.ttl.value_or(std::chrono::seconds(0)).count();
  if (ttl < 0 || ttl > kLongestTtl) {
    return invalid("the TTL is from 0 to 300 seconds");
  }
  return {};
}

std::string_view name_of(Permission permission) {
  return permission == Permission::SendToGroup ? "sendToGroup" : "joinLeaveGroup";
}

class RestClient final : public ServiceClient {
 public:
  RestClient(net::EventLoop& loop, ServiceClientOptions options)
      : loop_(loop), options_(std::move(options)) {}

  void send_to_all(const Data& data, const ServiceSendOptions& options, Done<void> done) override {
    send(hub_path().word(":send"), {}, data, options, std::move(done));
  }
  void send_to_group(std::string_view group, const Data& data, const ServiceSendOptions& options,
                     Done<void> done) override {
    send(group_path(group).word(":send"), check_group(group), data, options, std::move(done));
  }
  void send_to_user(std::string_view user, const Data& data, const ServiceSendOptions& options,
                    Done<void> done) override {
    send(user_path(user).word(":send"), check_name("user id", user), data, options,
         std::move(done));
  }
  void send_to_connection(std::string_view id, const Data& data, const ServiceSendOptions& options,
                          Done<void> done) override {
    send(connection_path(id).word(":send"), check_name("connection id", id), data, options,
         std::move(done));
  }

  void connection_exists(std::string_view id, Done<bool> done) override {
    ask("HEAD", connection_path(id), check_name("connection id", id), std::move(done));
  }
  void group_exists(std::string_view group, Done<bool> done) override {
    ask("HEAD", group_path(group), check_group(group), std::move(done));
  }
  void user_exists(std::string_view user, Done<bool> done) override {
    ask("HEAD", user_path(user), check_name("user id", user), std::move(done));
  }

  void close_connection(std::string_view id, std::string_view reason, Done<void> done) override {
    change("DELETE", connection_path(id).parameter("reason", reason),
           check_name("connection id", id), std::move(done));
  }
  void close_all(const CloseOptions& options, Done<void> done) override {
    close(hub_path(), {}, options, std::move(done));
  }
  void close_group(std::string_view group, const CloseOptions& options, Done<void> done) override {
    close(group_path(group), check_group(group), options, std::move(done));
  }
  void close_user(std::string_view user, const CloseOptions& options, Done<void> done) override {
    close(user_path(user), check_name("user id", user), options, std::move(done));
  }

  void list_group(std::string_view group, const ListOptions& options,
                  Done<GroupPage> done) override;
  void next_page(std::string_view next, Done<GroupPage> done) override;

  void add_connection_to_group(std::string_view group, std::string_view id,
                               Done<void> done) override {
    change("PUT", group_path(group).word("connections").name(id), check_member(group, id),
           std::move(done));
  }
  void add_user_to_group(std::string_view group, std::string_view user, Done<void> done) override {
    change("PUT", user_path(user).word("groups").name(group), check_member(group, user),
           std::move(done));
  }
  void remove_connection_from_group(std::string_view group, std::string_view id,
                                    Done<void> done) override {
    change("DELETE", group_path(group).word("connections").name(id), check_member(group, id),
           std::move(done));
  }
  void remove_user_from_group(std::string_view group, std::string_view user,
                              Done<void> done) override {
    change("DELETE", user_path(user).word("groups").name(group), check_member(group, user),
           std::move(done));
  }
  void remove_connection_from_all_groups(std::string_view id, Done<void> done) override {
    change("DELETE", connection_path(id).word("groups"), check_name("connection id", id),
           std::move(done));
  }
  void remove_user_from_all_groups(std::string_view user, Done<void> done) override {
    change("DELETE", user_path(user).word("groups"), check_name("user id", user), std::move(done));
  }
  void add_connections_to_groups(const std::vector<std::string>& groups, std::string_view filter,
                                 Done<void> done) override {
    change_groups(":addToGroups", groups, filter, std::move(done));
  }
  void remove_connections_from_groups(const std::vector<std::string>& groups,
                                      std::string_view filter, Done<void> done) override {
    change_groups(":removeFromGroups", groups, filter, std::move(done));
  }

  void grant(Permission permission, std::string_view id, std::string_view group,
             Done<void> done) override {
    change("PUT", permission_path(permission, id, group), check_member(group, id), std::move(done));
  }
  void revoke(Permission permission, std::string_view id, std::string_view group,
              Done<void> done) override {
    change("DELETE", permission_path(permission, id, group), check_member(group, id),
           std::move(done));
  }
  void has_permission(Permission permission, std::string_view id, std::string_view group,
                      Done<bool> done) override {
    ask("HEAD", permission_path(permission, id, group), check_member(group, id), std::move(done));
  }

  void is_healthy(Done<bool> done) override;
  void client_access(const ClientTokenOptions& options, Done<ClientAccess> done) override;

 private:
  ClientAccessPlace where() const { return {options_.connection_string, options_.hub}; }
  RestPath hub_path() const { return RestPath().word("hubs").name(options_.hub); }
  RestPath group_path(std::string_view group) const {
    return hub_path().word("groups").name(group);
  }
  RestPath user_path(std::string_view user) const { return hub_path().word("users").name(user); }
  RestPath connection_path(std::string_view id) const {
    return hub_path().word("connections").name(id);
  }
  RestPath permission_path(Permission permission, std::string_view id,
                           std::string_view group) const {
    RestPath path = hub_path().word("permissions").word(name_of(permission));
    return path.word("connections").name(id).parameter("targetName", group);
  }
  static Result<void> check_member(std::string_view group, std::string_view member) {
    if (auto checked = check_group(group); !checked) return checked;
    return check_name("connection or user id", member);
  }

  void send(RestPath path, const Result<void>& name, const Data& data,
            const ServiceSendOptions& options, Done<void> done);
  void close(RestPath path, const Result<void>& name, const CloseOptions& options, Done<void> done);
  void change_groups(std::string_view word, const std::vector<std::string>& groups,
                     std::string_view filter, Done<void> done);
  void change(std::string method, RestPath path, const Result<void>& valid, Done<void> done);
  void ask(std::string method, RestPath path, const Result<void>& valid, Done<bool> done);
  void ask_for_page(RestPath path, Done<GroupPage> done);

  void start(const Result<void>& valid, RestRequest request, RestExchange::Done done);
  void fail_later(Error error, RestExchange::Done done);

  net::EventLoop& loop_;
  const ServiceClientOptions options_;
  std::list<std::unique_ptr<RestExchange>> running_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

/// An operation without an answer but its status.
RestExchange::Done for_status(ServiceClient::Done<void> done) {
  return [done = std::move(done)](const Result<net::HttpResponse>& answer) {
    done(answer ? Result<void>() : Result<void>(answer.error()));
  };
}

void RestClient::send(RestPath path, const Result<void>& name, const Data& data,
                      const ServiceSendOptions& options, Done<void> done) {
  path.parameters("excluded", options.excluded).parameter("filter", options.filter);
  if (options.ttl) path.parameter("messageTtlSeconds", std::to_string(options.ttl->count()));
  RestRequest request{.method = "POST",
                      .path = std::move(path),
                      .content_type = std::string(content_type_of(data.type)),
                      .body = data.bytes};
  start(name ? check_message(data, options) : name, std::move(request),
        for_status(std::move(done)));
}

void RestClient::close(RestPath path, const Result<void>& name, const CloseOptions& options,
                       Done<void> done) {
  path.word(":closeConnections").parameters("excluded", options.excluded);
  path.parameter("reason", options.reason);
  change("POST", std::move(path), name, std::move(done));
}

void RestClient::change_groups(std::string_view word, const std::vector<std::string>& groups,
                               std::string_view filter, Done<void> done) {
  Result<void> valid = groups.empty() ? Result<void>(invalid("no group is named")) : Result<void>();
  RestRequest request{.method = "POST",
                      .path = hub_path().word(word),
                      .content_type = "application/json",
                      .body = "{\"groups\":[",
                      .may_repeat = true};
  for (const std::string& group : groups) {
    if (auto checked = check_group(group); !checked) valid = checked;
    if (&group != &groups.front()) request.body += ',';
    append_json_string(request.body, group);
  }
  request.body += ']';
  if (!filter.empty()) {
    request.body += ",\"filter\":";
    append_json_string(request.body, filter);
  }
  request.body += '}';
  start(valid, std::move(request), for_status(std::move(done)));
}

void RestClient::change(std::string method, RestPath path, const Result<void>& valid,
                        Done<void> done) {
  RestRequest request{.method = std::move(method), .path = std::move(path), .may_repeat = true};
  start(valid, std::move(request), for_status(std::move(done)));
}

void RestClient::ask(std::string method, RestPath path, const Result<void>& valid,
                     Done<bool> done) {
  constexpr int kNotFound = 404;
  RestRequest request{.method = std::move(method),
                      .path = std::move(path),
                      .may_repeat = true,
                      .answers_by_absence = true};
  start(valid, std::move(request),
        [done = std::move(done)](const Result<net::HttpResponse>& answer) {
          done(answer ? Result<bool>(answer->status != kNotFound) : Result<bool>(answer.error()));
        });
}

void RestClient::list_group(std::string_view group, const ListOptions& options,
                            Done<GroupPage> done) {
  RestPath path = group_path(group).word("connections");
  if (options.page_size > 0) path.parameter("maxpagesize", std::to_string(options.page_size));
  if (options.top > 0) path.parameter("top", std::to_string(options.top));
  Result<void> valid = check_group(group);
  if (options.page_size < 0 || options.page_size > kMaxPageSize || options.top < 0) {
    valid = invalid("a page has 1 to 200 members, and top is not negative");
  }
  if (valid) {
    ask_for_page(std::move(path), std::move(done));
  } else {
    fail_later(valid.error(), [done = std::move(done)](const Result<net::HttpResponse>& answer) {
      done(answer.error());
    });
  }
}

// Only the path and query of the link count: a token of ours goes to no other host.
void RestClient::next_page(std::string_view next, Done<GroupPage> done) {
  auto url = net::parse_url(next, "http", "https");
  const std::size_t question = url ? url->target.find('?') : std::string::npos;
  if (!url || question == std::string::npos || !url->target.starts_with(hub_path().path() + "/")) {
    fail_later(invalid("this leads to no page of a group"),
               [done = std::move(done)](const Result<net::HttpResponse>& answer) {
                 done(answer.error());
               });
    return;
  }
  ask_for_page(RestPath(url->target.substr(0, question), url->target.substr(question + 1)),
               std::move(done));
}

void RestClient::ask_for_page(RestPath path, Done<GroupPage> done) {
  RestRequest request{.method = "GET", .path = std::move(path), .may_repeat = true};
  start({}, std::move(request), [done = std::move(done)](const Result<net::HttpResponse>& answer) {
    done(answer ? parse_group_page(answer->body) : Result<GroupPage>(answer.error()));
  });
}

void RestClient::is_healthy(Done<bool> done) {
  RestRequest request{.method = "HEAD", .path = RestPath().word("health"), .needs_token = false};
  start({}, std::move(request), [done = std::move(done)](const Result<net::HttpResponse>& answer) {
    const bool was_answered = answer || answer.error().service_code != 0;
    done(was_answered ? Result<bool>(answer.has_value()) : Result<bool>(answer.error()));
  });
}

void RestClient::start(const Result<void>& valid, RestRequest request, RestExchange::Done done) {
  if (!valid) return fail_later(valid.error(), std::move(done));
  if (running_.size() >= options_.max_operations) {
    return fail_later({Errc::ResourceExhausted, "too many operations are under way"},
                      std::move(done));
  }
  if (request.path.query().find("api-version=") == std::string::npos) {
    request.path.parameter("api-version", options_.api_version);
  }
  const auto place = running_.emplace(running_.end());
  *place = std::make_unique<RestExchange>(
      loop_, options_, std::move(request),
      [this, place, done = std::move(done)](Result<net::HttpResponse> answer) {
        const auto finished = std::move(*place);
        running_.erase(place);
        done(std::move(answer));
      });
}

void RestClient::fail_later(Error error, RestExchange::Done done) {
  loop_.defer([alive = std::weak_ptr<char>(alive_), error = std::move(error),
               done = std::move(done)]() mutable {
    if (!alive.expired()) done(std::move(error));
  });
}

void RestClient::client_access(const ClientTokenOptions& options, Done<ClientAccess> done) {
  Result<void> valid;
  for (const std::string& group : options.groups) {
    if (auto checked = check_group(group); !checked) valid = checked;
  }
  if (options.lifetime < std::chrono::minutes(1))
    valid = invalid("a token lives at least a minute");
  if (valid && !options_.token_source) {
    loop_.defer([alive = std::weak_ptr<char>(alive_), access = sign_client_access(where(), options),
                 done = std::move(done)]() mutable {
      if (!alive.expired()) done(std::move(access));
    });
    return;
  }
  RestPath path = hub_path().word(":generateToken").parameter("userId", options.user_id);
  path.parameters("role", options.roles).parameters("group", options.groups);
  path.parameter("minutesToExpire", std::to_string(options.lifetime.count()));
  if (options.mqtt) path.parameter("clientType", "mqtt");
  RestRequest request{.method = "POST", .path = std::move(path), .may_repeat = true};
  start(
      valid, std::move(request),
      [this, mqtt = options.mqtt, done = std::move(done)](const Result<net::HttpResponse>& answer) {
        done(answer ? parse_client_access(where(), mqtt, answer->body)
                    : Result<ClientAccess>(answer.error()));
      });
}

/// As the other SDKs have it, but for tests and side-cars on this machine.
bool may_carry_foreign_tokens(const ServiceClientOptions& options) {
  const std::string& target = options.reverse_proxy_endpoint.empty()
                                  ? options.connection_string.endpoint
                                  : options.reverse_proxy_endpoint;
  const auto url = net::parse_url(target, "http", "https");
  return url &&
         (url->tls || url->host == "localhost" || url->host == "127.0.0.1" || url->host == "::1");
}

}  // namespace

Result<std::unique_ptr<ServiceClient>> ServiceClient::create(net::EventLoop& loop,
                                                             ServiceClientOptions options) {
  if (!is_valid_hub_name(options.hub)) return invalid("\"" + options.hub + "\" is no hub name");
  if (options.connection_string.endpoint.empty()) return invalid("there is no endpoint");
  if (options.token_source && !may_carry_foreign_tokens(options)) {
    return invalid("tokens of a token source go over https only");
  }
  if (options.max_retries < 0 || options.max_operations == 0) {
    return invalid("max_retries is at least 0, max_operations at least 1");
  }
  std::string& proxy = options.reverse_proxy_endpoint;
  if (!proxy.empty()) {
    auto url = net::parse_url(proxy, "http", "https");
    if (!url) return url.error();
    while (proxy.ends_with('/')) proxy.pop_back();
  }
  return std::unique_ptr<ServiceClient>(std::make_unique<RestClient>(loop, std::move(options)));
}

}  // namespace webpubsub
