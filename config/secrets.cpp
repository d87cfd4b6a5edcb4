#include "config/secrets.h"

#include "config/files.h"
#include "config/suggest.h"

namespace gateway::config {

using webpubsub::Errc;
using webpubsub::Secret;

std::optional<FoundSecret> read_secret(const Value& value) {
  const auto name = value.text();
  if (!name || name->empty()) return std::nullopt;
  auto path = resolve(*name, value.reading().directory);
  auto secret = read_secret_file(path);
  if (secret) return FoundSecret{std::move(*secret), std::move(path), value};
  const auto& error = secret.error();
  if (error.code == Errc::InvalidArgument) {
    value.report("a file with a secret on its only line expected; " + in_quotes(*name) + ": " +
                 error.message);
  } else if (error.code == Errc::ResourceExhausted) {
    value.report("a file of at most 64KiB expected; " + in_quotes(*name) + " is larger");
  } else {
    value.report(in_quotes(*name) + " cannot be read: " + error.message);
  }
  return std::nullopt;
}

std::optional<FoundSecret> read_secret(Section& section, std::string_view key,
                                       std::string_view file_key) {
  const auto value = section.at(key);
  const auto file_value = section.at(file_key);
  auto text = value.hidden_text();
  auto file = read_secret(file_value);
  const bool written = text && !text->empty();
  if (written && file) {
    file_value.report(std::string(key) + " is given too; keep one of them");
    return std::nullopt;
  }
  if (!written) return file;
  const bool from_environment = value.node()->text.find("${") != std::string::npos;
  value.reading().holds_secrets |= !from_environment;
  return FoundSecret{Secret(std::move(*text)), {}, value};
}

}  // namespace gateway::config
