// A connection without a socket, for what only needs to know who is where.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "hub/connection.h"

namespace webpubsub::hub {

class FakeConnection : public Connection {
 public:
  explicit FakeConnection(std::string id, std::string user_id = {},
                          std::vector<std::string> private_roles = {})
      : Connection({.id = std::move(id),
                    .user_id = std::move(user_id),
                    .private_roles = std::move(private_roles)}) {}

  bool deliver(SharedMessage& /*message*/) override { return true; }
  void close_as_too_slow() override {}
  void close_by_application(std::string_view /*reason*/) override {}

  std::vector<std::string> group_names() const {
    std::vector<std::string> names;
    for (const Group* group : groups()) names.push_back(group->name);
    return names;
  }
};

}  // namespace webpubsub::hub
