#include "bridge/store/recovery.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/store/files.h"
#include "bridge/store/keys.h"

namespace gateway {

namespace fs = std::filesystem;
using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

constexpr std::size_t kKeptAside = 2;
// A memory's worth of log becomes a table before an old log can go.
constexpr off_t kReserveBytes = 6 * 1024 * 1024;

std::string dated(const std::string& directory, webpubsub::WallTime now) {
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32] = "";
  std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts);
  auto name = directory + ".damaged-" + text;
  std::error_code ignored;
  for (int i = 2; fs::exists(name, ignored); ++i) {
    name = directory + ".damaged-" + text + "-" + std::to_string(i);
  }
  return name;
}

/// A second name for every file where the file system has such, else a copy. LevelDB never changes
/// a file that is complete.
Result<void> copy_files(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directory(to, error);
  if (error) return Error{Errc::Io, "cannot make " + to + ": " + error.message()};
  fs::permissions(to, fs::perms::owner_all, error);
  for (const auto& entry : entries_of(from)) {
    if (!entry.is_regular_file(error) || entry.path().filename() == "LOCK") continue;
    const auto target = fs::path(to) / entry.path().filename();
    fs::create_hard_link(entry.path(), target, error);
    if (error) fs::copy_file(entry.path(), target, error);
    if (error)
      return Error{Errc::Io, "cannot set " + target.string() + " aside: " + error.message()};
  }
  return {};
}

/// Those set aside earlier take space, too. Their names are in the order of their dates.
void forget_oldest(const std::string& directory) {
  std::error_code ignored;
  const auto prefix = fs::path(directory).filename().string() + ".damaged-";
  std::vector<fs::path> aside;
  for (const auto& entry : entries_of(fs::path(directory).parent_path())) {
    if (entry.path().filename().string().starts_with(prefix)) aside.push_back(entry.path());
  }
  std::sort(aside.begin(), aside.end());
  for (std::size_t i = 0; i + kKeptAside < aside.size(); ++i) fs::remove_all(aside[i], ignored);
}

/// LevelDB's repair keeps what it could not use, which is set aside already.
void remove_lost(const std::string& directory) {
  std::error_code ignored;
  fs::remove_all(directory + "/lost", ignored);
}

Result<void> check_version(Database& database) {
  const auto version = database.get(keys::kFormat);
  if (version == keys::kFormatVersion) return {};
  if (!version) {
    return database.put(keys::kFormat, keys::kFormatVersion, Database::Write::Synced);
  }
  database.close();
  return Error{Errc::Unavailable,
               database.directory() + " was written by a newer version of the gateway"};
}

}  // namespace

Result<std::optional<Recovery>> recover(Database& database, const std::string& reason,
                                        webpubsub::WallTime now) {
  database.close();
  const auto& directory = database.directory();
  Recovery recovery{.set_aside = dated(directory, now), .reason = reason};
  if (auto copied = copy_files(directory, recovery.set_aside); !copied) return copied.error();
  forget_oldest(directory);
  const bool repaired = database.repair().has_value() && !database.open();
  remove_lost(directory);
  if (!repaired) {
    recovery.started_empty = true;
    std::error_code error;
    fs::remove_all(directory, error);
    if (const auto trouble = database.open()) return trouble->error;
  }
  if (auto version = check_version(database); !version) return version.error();
  return std::optional(std::move(recovery));
}

Result<std::optional<Recovery>> open_or_recover(Database& database, webpubsub::WallTime now,
                                                const std::function<void()>& damaged) {
  std::error_code error;
  const auto parent = fs::path(database.directory()).parent_path();
  if (fs::create_directories(parent, error)) {
    fs::permissions(parent, fs::perms::owner_all, error);
  }
  const auto trouble = database.open();
  if (trouble && trouble->damaged) {
    if (damaged) damaged();
    return recover(database, trouble->error.message, now);
  }
  if (trouble) return trouble->error;
  if (auto version = check_version(database); !version) return version.error();
  return std::optional<Recovery>();
}

void Reserve::fill() {
  std::error_code error;
  if (fs::exists(path_, error)) return;
  const auto space = fs::space(fs::path(path_).parent_path(), error);
  if (error || space.available < static_cast<std::uintmax_t>(kReserveBytes) * 3) return;
  const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  const bool filled = posix_fallocate(file, 0, kReserveBytes) == 0;
  close(file);
  if (!filled) fs::remove(path_, error);
}

// With fill() there is as much left.
bool Reserve::has_room() const {
  std::error_code error;
  const auto space = fs::space(fs::path(path_).parent_path(), error);
  return !error && space.available >= static_cast<std::uintmax_t>(kReserveBytes) * 2;
}

bool Reserve::release() {
  std::error_code error;
  return fs::remove(path_, error);
}

}  // namespace gateway
