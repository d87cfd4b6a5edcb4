// The service's REST API, for a program that acts as the application's server: sends to clients,
// manages groups, connections and permissions, makes tokens.
//
// Source: reference "Web PubSub data plane REST API". Everything is asynchronous on the event
// loop. Each operation calls `done` exactly once, on a later lap; a client that is destroyed gives
// its operations up without a call.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/event_loop.h"
#include "net/tls_options.h"
#include "webpubsub/auth/connection_string.h"
#include "webpubsub/auth/token_source.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

struct ServiceClientOptions {
  ConnectionString connection_string{};
  /// In place of an access key: see entra/entra.h. Its tokens go over https only, except to this
  /// machine.
  std::shared_ptr<TokenSource> token_source{};
  std::string hub{};
  std::string api_version = "2024-12-01";
  /// Requests go to this scheme, host and port instead of the endpoint's, which tokens still name.
  std::string reverse_proxy_endpoint{};
  net::TlsClientOptions tls{};
  std::string proxy{};                        // http://[user:password@]host:port
  std::chrono::milliseconds timeout{10'000};  // of one attempt
  /// Attempts after the first. What the service refuses for being busy (429, 503) is tried again in
  /// any case; after a lost connection or another 5xx only what may be done twice: a repeated send
  /// could arrive twice.
  int max_retries = 3;
  BackoffOptions retry_wait{std::chrono::milliseconds(800), std::chrono::milliseconds(800),
                            std::chrono::seconds(60)};
  /// Operations under way at a time; more are refused with ResourceExhausted.
  std::size_t max_operations = 1000;
};

/// Which of the receivers are meant.
struct ServiceSendOptions {
  std::vector<std::string> excluded{};        // connection ids
  std::string filter{};                       // see filter_text.h; empty: everybody
  std::optional<std::chrono::seconds> ttl{};  // 0 to 300 s
};

struct CloseOptions {
  std::vector<std::string> excluded{};  // connection ids
  std::string reason{};                 // told to the clients
};

struct GroupMember {
  std::string connection_id{};
  std::string user_id{};  // empty: anonymous
  bool operator==(const GroupMember&) const = default;
};

struct ListOptions {
  int page_size = 0;  // 1 to 200; 0: the service's choice
  int top = 0;        // of all pages together; 0: no limit
};

struct GroupPage {
  std::vector<GroupMember> members{};
  std::string next{};  // for next_page(); empty: this was the last
};

enum class Permission : std::uint8_t { JoinLeaveGroup, SendToGroup };

struct ClientTokenOptions {
  std::string user_id{};
  std::vector<std::string> roles{};
  std::vector<std::string> groups{};
  std::chrono::minutes lifetime{60};  // at least 1
  bool mqtt = false;                  // for an MQTT client's endpoint
};

struct ClientAccess {
  Secret url{};    // wss://.../client/hubs/{hub}?access_token=...
  Secret token{};  // by itself
};

class ServiceClient {
 public:
  template <class T>
  using Done = std::function<void(Result<T>)>;

  /// Errors: InvalidArgument for a hub name, endpoint or limit that cannot be.
  static Result<std::unique_ptr<ServiceClient>> create(net::EventLoop& loop,
                                                       ServiceClientOptions options);
  virtual ~ServiceClient() = default;

  // All of these fail with: InvalidArgument for arguments that the service would refuse (nothing is
  // sent) and for status 400; Unauthorized for 401 and 403; NotFound; Unavailable and Timeout when
  // there was no answer or a 5xx; ResourceExhausted for 409, 413 and 429. service_code is the HTTP
  // status, the message begins with the service's own code ("Error.BadRequest: ..."), and
  // service_error() of service_error.h gives the three apart.

  virtual void send_to_all(const Data& data, const ServiceSendOptions& options,
                           Done<void> done) = 0;
  virtual void send_to_group(std::string_view group, const Data& data,
                             const ServiceSendOptions& options, Done<void> done) = 0;
  /// `options.excluded` means nothing here.
  virtual void send_to_user(std::string_view user, const Data& data,
                            const ServiceSendOptions& options, Done<void> done) = 0;
  /// Of `options` only the TTL means something here.
  virtual void send_to_connection(std::string_view id, const Data& data,
                                  const ServiceSendOptions& options, Done<void> done) = 0;

  virtual void connection_exists(std::string_view id, Done<bool> done) = 0;
  virtual void group_exists(std::string_view group, Done<bool> done) = 0;
  virtual void user_exists(std::string_view user, Done<bool> done) = 0;

  virtual void close_connection(std::string_view id, std::string_view reason, Done<void> done) = 0;
  virtual void close_all(const CloseOptions& options, Done<void> done) = 0;
  virtual void close_group(std::string_view group, const CloseOptions& options,
                           Done<void> done) = 0;
  virtual void close_user(std::string_view user, const CloseOptions& options, Done<void> done) = 0;

  virtual void list_group(std::string_view group, const ListOptions& options,
                          Done<GroupPage> done) = 0;
  /// What `page.next` of the page before leads to.
  virtual void next_page(std::string_view next, Done<GroupPage> done) = 0;

  /// NotFound when there is no such connection, or the user has none.
  virtual void add_connection_to_group(std::string_view group, std::string_view id,
                                       Done<void> done) = 0;
  virtual void add_user_to_group(std::string_view group, std::string_view user,
                                 Done<void> done) = 0;
  virtual void remove_connection_from_group(std::string_view group, std::string_view id,
                                            Done<void> done) = 0;
  virtual void remove_user_from_group(std::string_view group, std::string_view user,
                                      Done<void> done) = 0;
  virtual void remove_connection_from_all_groups(std::string_view id, Done<void> done) = 0;
  virtual void remove_user_from_all_groups(std::string_view user, Done<void> done) = 0;
  /// Every connection that matches; an empty filter means all of the hub.
  virtual void add_connections_to_groups(const std::vector<std::string>& groups,
                                         std::string_view filter, Done<void> done) = 0;
  virtual void remove_connections_from_groups(const std::vector<std::string>& groups,
                                              std::string_view filter, Done<void> done) = 0;

  virtual void grant(Permission permission, std::string_view id, std::string_view group,
                     Done<void> done) = 0;
  virtual void revoke(Permission permission, std::string_view id, std::string_view group,
                      Done<void> done) = 0;
  virtual void has_permission(Permission permission, std::string_view id, std::string_view group,
                              Done<bool> done) = 0;

  /// Whether the service answers; needs no key.
  virtual void is_healthy(Done<bool> done) = 0;

  /// Signed here with an access key; with a token source the service makes it.
  virtual void client_access(const ClientTokenOptions& options, Done<ClientAccess> done) = 0;
};

}  // namespace webpubsub
