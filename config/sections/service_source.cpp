// The sources of client access URLs: one of four, or none for the embedded hub.

#include <algorithm>
#include <array>

#include "config/addresses.h"
#include "config/secrets.h"
#include "config/sections/sections.h"

namespace gateway::config {
namespace {

constexpr std::size_t kMaxBody = 4096;

bool is_local(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return is_loopback(std::string(host));
}

/// A URL whose secrets nobody on the way can read.
std::optional<std::string> read_url(const Value& value, bool with_path, std::string_view example) {
  auto text = value.hidden_text();  // its query may hold a key
  if (!text || text->empty()) return std::nullopt;
  const auto url = parse_url(*text);
  const bool plain = url && url->scheme == "http" && is_local(url->host);
  const bool bare = url && (url->rest.empty() || url->rest == "/");
  if (!url || (url->scheme != "https" && !plain) || !url->user_information.empty() ||
      (!with_path && !bare)) {
    value.report("a URL such as " + std::string(example) +
                 " expected; http is good for this machine only");
    return std::nullopt;
  }
  if (!with_path && text->ends_with('/')) text->pop_back();
  return text;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789!#$%&'*+-.^_`|~") == std::string::npos;
}

void read_headers(const Value& value, webpubsub::net::Headers& headers) {
  for (const auto& [name, item] : value.members()) {
    auto text = item.hidden_text();
    if (!text) continue;
    const bool ours =
        name.size() == 13 && std::equal(name.begin(), name.end(), "authorization",
                                        [](char a, char b) { return (a | 0x20) == b; });
    if (ours) {
      item.report("this one goes into negotiate.authorization_file, or negotiate.authorization");
    } else if (!is_header_name(name)) {
      item.report("a header's name has letters, digits and '-'");
    } else {
      headers.push_back({name, std::move(*text)});
    }
  }
}

void read_negotiate(Section negotiate, Settings& settings) {
  webpubsub::NegotiateOptions options;
  const bool given = negotiate.given();
  const auto url =
      given ? negotiate.required("url", "https://app.example/negotiate") : negotiate.at("url");
  auto address = read_url(url, true, "https://app.example/negotiate");
  constexpr std::array<std::string_view, 2> kMethods{"GET", "POST"};
  const auto method = negotiate.at("method");
  if (const auto chosen = method.choice({kMethods[0], kMethods[1]})) {
    options.method = kMethods[*chosen];
  }
  read_headers(negotiate.at("headers"), options.headers);
  auto authorization = read_secret(negotiate, "authorization", "authorization_file");
  const auto body = negotiate.at("body");
  if (auto text = body.hidden_text(); text && !text->empty()) {
    if (options.method != "POST") {
      body.report("only a POST has one; method: POST");
    } else if (text->size() > kMaxBody) {
      body.report("at most 4096 bytes expected; got " + std::to_string(text->size()));
    } else {
      options.body = std::move(*text);
    }
  }
  assign(options.tls.ca_file, negotiate.at("ca_file").file_path());
  read_key_pair(negotiate, options.tls.certificate_file, options.tls.key_file);
  negotiate.finish();
  if (!given || !address) return;
  options.url = std::move(*address);
  settings.webpubsub.negotiate = std::move(options);
  if (!authorization) return;
  settings.webpubsub.negotiate_authorization = std::move(authorization->secret);
  settings.secret_files.negotiate_authorization = std::move(authorization->file);
}

/// Which of the ways to prove an identity are given.
std::vector<std::string_view> proofs(const EntraSettings& entra) {
  std::vector<std::string_view> given;
  if (!entra.client_secret_file.empty()) given.emplace_back("client_secret_file");
  if (!entra.certificate_file.empty()) given.emplace_back("certificate_file");
  if (!entra.token_file.empty()) given.emplace_back("token_file");
  if (entra.managed_identity) given.emplace_back("managed_identity");
  return given;
}

void check_proof(const Section& section, const EntraSettings& entra) {
  const auto given = proofs(entra);
  if (given.size() != 1) {
    section.self().report(given.empty()
                              ? "one of client_secret_file, certificate_file, token_file and "
                                "managed_identity is needed"
                              : std::string(given[0]) + " and " + std::string(given[1]) +
                                    " are given; keep one of them");
    return;
  }
  if (entra.managed_identity) return;
  if (entra.tenant_id.empty()) section.self().report("tenant_id is needed");
  if (entra.client_id.empty()) section.self().report("client_id is needed");
}

void read_entra(Section section, Settings& settings) {
  EntraSettings entra;
  const bool given = section.given();
  constexpr std::string_view kExample = "https://NAME.webpubsub.azure.com";
  auto endpoint = read_url(given ? section.required("endpoint", kExample) : section.at("endpoint"),
                           false, kExample);
  const auto problems = section.self().reading().problems.size();
  assign(entra.tenant_id, section.at("tenant_id").text());
  assign(entra.client_id, section.at("client_id").text());
  assign(entra.client_secret_file, section.at("client_secret_file").file_path());
  read_key_pair(section, entra.certificate_file, entra.key_file);
  assign(entra.token_file, section.at("token_file").file_path());
  assign(entra.managed_identity, section.at("managed_identity").boolean());
  if (auto url = read_url(section.at("authority"), false, "https://login.microsoftonline.com")) {
    entra.authority = std::move(*url);
  }
  const auto metadata = section.at("metadata_endpoint");
  if (auto text = metadata.text(); text && !text->empty()) {
    const auto url = parse_url(*text);
    if (!url || (url->scheme != "http" && url->scheme != "https") || !url->rest.empty()) {
      metadata.report_unexpected("a URL such as http://169.254.169.254", *text);
    } else {
      entra.metadata_endpoint = std::move(*text);
    }
  }
  section.finish();
  if (!given) return;
  // A file that is named and cannot be read was reported as that.
  if (section.self().reading().problems.size() == problems) check_proof(section, entra);
  if (!endpoint) return;
  entra.endpoint = std::move(*endpoint);
  settings.webpubsub.entra = std::move(entra);
}

}  // namespace

bool is_client_access_url(std::string_view text) {
  const auto url = parse_url(text);
  return url && (url->scheme == "wss" || url->scheme == "ws") && url->user_information.empty() &&
         !url->rest.empty();
}

void read_service_source(Section& webpubsub, Settings& settings) {
  auto url = read_secret(webpubsub, "client_access_url", "client_access_url_file");
  auto string = read_secret(webpubsub, "connection_string", "connection_string_file");
  const auto negotiate = webpubsub.at("negotiate").section();
  const auto entra = webpubsub.at("entra").section();
  read_negotiate(negotiate, settings);
  read_entra(entra, settings);
  if (url && string)
    return url->value.report("the connection string is given too; keep one of them");
  if (negotiate.given() && entra.given()) {
    return entra.self().report("negotiate is given too; keep one of them");
  }
  for (const auto* section : {&negotiate, &entra}) {
    if (!section->given() || (!url && !string)) continue;
    return section->self().report(
        std::string(url ? "the client access URL" : "the connection string") +
        " is given too; keep one of them");
  }
  if (string) {
    auto parsed = webpubsub::parse_connection_string(string->secret.reveal());
    if (!parsed) {
      string->value.report(parsed.error().message +
                           "; Endpoint=https://NAME.webpubsub.azure.com;AccessKey=KEY expected");
      return;
    }
    settings.webpubsub.connection_string = std::move(*parsed);
    settings.secret_files.connection_string = std::move(string->file);
  }
  if (url) {
    if (!is_client_access_url(url->secret.reveal())) {
      url->value.report(
          "a URL such as wss://NAME.webpubsub.azure.com/client/hubs/HUB?"
          "access_token=TOKEN expected; it is not shown here as it holds a token");
      return;
    }
    settings.webpubsub.client_access_url = std::move(url->secret);
    settings.secret_files.client_access_url = std::move(url->file);
  }
}

}  // namespace gateway::config
