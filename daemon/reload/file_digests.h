// What files held when one last looked.

#pragma once

#include <map>
#include <string>
#include <vector>

namespace gateway {

class FileDigests {
 public:
  /// From now on of these, absolute paths that need not exist. Those known before stay as they were
  /// last seen.
  void set_files(const std::vector<std::string>& files);

  /// Looks again. Returns those that hold something else now.
  std::vector<std::string> look();

  std::vector<std::string> files() const;

 private:
  std::map<std::string, std::string> seen_{};  // file and the digest of its content
};

}  // namespace gateway
