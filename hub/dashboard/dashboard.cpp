#include "hub/dashboard/dashboard.h"

#include <string>

#include "hub/dashboard/files.h"

namespace webpubsub::hub::dashboard {

namespace {

// Only our own scripts and styles run, nothing is fetched from elsewhere, nobody frames the page.
// ws: and wss: because the socket's host and port come from negotiate, not from the page.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const File* find(std::string_view path) {
  for (const File& file : files()) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

net::Headers headers_for(const File& file) {
  return {
      {"Content-Type", std::string(file.type)},
      {"ETag", std::string(file.tag)},
      {"Cache-Control", "no-cache"},  // keep it, but ask: names stay the same over updates
      {"Content-Security-Policy", std::string(kContentSecurityPolicy)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
}

}  // namespace

std::optional<net::HttpResponse> asset(std::string_view path, std::string_view if_none_match) {
  const File* file = find(path);
  if (file == nullptr) return std::nullopt;
  // A list of tags, weak ones too ("W/..."): ours is quoted, so finding it as it stands is enough.
  if (if_none_match.find(file->tag) != if_none_match.npos) {
    return net::HttpResponse{.status = 304, .headers = headers_for(*file)};
  }
  return net::HttpResponse{
      .status = 200, .headers = headers_for(*file), .body = std::string(file->bytes)};
}

}  // namespace webpubsub::hub::dashboard
