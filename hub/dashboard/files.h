// The files of the page as the build made them: see embed.cmake.

#pragma once

#include <span>
#include <string_view>

namespace webpubsub::hub::dashboard {

struct File {
  std::string_view path;  // of a request, such as "/dashboard/main.js"
  std::string_view type;  // Content-Type
  std::string_view tag;   // ETag, quotes included: changes with the bytes
  std::string_view bytes;
};

std::span<const File> files() noexcept;

}  // namespace webpubsub::hub::dashboard
