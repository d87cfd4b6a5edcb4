#include "config/sections/sections.h"

namespace gateway::config {

void read_key_pair(Section& tls, std::string& certificate_file, std::string& key_file) {
  const auto certificate = tls.at("certificate_file");
  const auto key = tls.at("key_file");
  // Not the paths read: a file that is named but unreadable was reported as that.
  const auto named = [](const Value& value, std::string& path) {
    const auto problems = value.reading().problems.size();
    if (auto found = value.file_path()) path = std::move(*found);
    return !path.empty() || value.reading().problems.size() > problems;
  };
  const bool has_certificate = named(certificate, certificate_file);
  const bool has_key = named(key, key_file);
  if (has_certificate && !has_key) certificate.report("key_file is required with it");
  if (has_key && !has_certificate) key.report("certificate_file is required with it");
}

}  // namespace gateway::config
