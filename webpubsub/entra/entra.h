// Access tokens from Microsoft Entra ID, for programs that have an identity there instead of the
// service's access key.
//
// Each source keeps its token and asks for the next one before it expires; questions that come in
// between wait for the same answer. Files are read anew for each token, so that rotated secrets
// and certificates are picked up. Errors: InvalidArgument for a file that cannot be used,
// Unauthorized when the identity was refused, Unavailable and Timeout when there was no answer.
//
// Sources: "OAuth 2.0 client credentials flow", "certificate credentials", "workload identity
// federation" and "managed identities: acquire a token" of Microsoft's identity documentation.

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/event_loop.h"
#include "net/tls_options.h"
#include "webpubsub/auth/token_source.h"

namespace webpubsub {

inline constexpr char kWebPubSubResource[] = "https://webpubsub.azure.com";

/// How tokens are asked for.
struct EntraConnection {
  std::string authority = "https://login.microsoftonline.com";  // other clouds have their own
  net::TlsClientOptions tls{};
  std::string proxy{};
  std::chrono::milliseconds timeout{10'000};
};

struct EntraApplication {
  std::string tenant_id{};
  std::string client_id{};
};

/// With a secret of the application, read from a file.
std::unique_ptr<TokenSource> make_client_secret_source(net::EventLoop& loop,
                                                       EntraApplication application,
                                                       std::string secret_file,
                                                       EntraConnection connection);

/// With the secret itself, for programs that get it in their environment.
std::unique_ptr<TokenSource> make_client_secret_source(net::EventLoop& loop,
                                                       EntraApplication application, Secret secret,
                                                       EntraConnection connection);

/// With a certificate of the application: PEM files; the RSA key may stand in the same one.
std::unique_ptr<TokenSource> make_client_certificate_source(net::EventLoop& loop,
                                                            EntraApplication application,
                                                            std::string certificate_file,
                                                            const std::string& key_file,
                                                            EntraConnection connection);

/// With a token that the platform (Kubernetes, for one) puts into a file.
std::unique_ptr<TokenSource> make_workload_identity_source(net::EventLoop& loop,
                                                           EntraApplication application,
                                                           std::string token_file,
                                                           EntraConnection connection);

/// The identity of the machine the program runs on.
struct ManagedIdentityOptions {
  std::string client_id{};  // of a user-assigned identity; empty: the machine's own
  /// App Service and Azure Arc tell these in the environment; without them the instance metadata
  /// service of virtual machines is asked.
  std::string identity_endpoint{};  // IDENTITY_ENDPOINT
  Secret identity_header{};         // IDENTITY_HEADER: App Service
  std::string metadata_endpoint = "http://169.254.169.254";
  std::string arc_key_folder = "/var/opt/azcmagent/tokens";
  std::chrono::milliseconds timeout{10'000};

  static ManagedIdentityOptions from_environment();
};

std::unique_ptr<TokenSource> make_managed_identity_source(net::EventLoop& loop,
                                                          ManagedIdentityOptions options);

}  // namespace webpubsub
