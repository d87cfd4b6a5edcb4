#include "config/sections/sections.h"

namespace gateway::config {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLeast = 1024 * 1024;
constexpr std::size_t kMost =
    sizeof(std::size_t) < 8 ? std::size_t{2} << 30U : std::size_t{1} << 40U;

void read_sync(const Value& sync, StoreOptions& store) {
  if (sync.node() != nullptr && sync.node()->text == "always") {
    store.sync = milliseconds(0);
    return;
  }
  assign(store.sync, sync.duration(milliseconds(10), milliseconds(60'000)));
}

}  // namespace

void read_store(Section store, Settings& settings) {
  const auto directory = store.at("directory");
  if (const auto text = directory.text()) {
    if (text->starts_with('/')) {
      settings.store.directory = *text;
    } else {
      directory.report_unexpected("an absolute path", *text);
    }
  }
  assign(settings.store.max_size, store.at("max_size").size(kLeast, kMost));
  read_sync(store.at("sync"), settings.store);
  store.finish();
}

}  // namespace gateway::config
