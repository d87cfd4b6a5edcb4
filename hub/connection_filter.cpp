#include "hub/connection_filter.h"

#include <algorithm>

#include "hub/connections.h"

namespace webpubsub::hub {

namespace {

class Subject final : public FilterSubject {
 public:
  explicit Subject(const Connection& connection) : connection_(connection) {}

  std::string_view user_id() const override { return connection_.user_id(); }
  std::string_view connection_id() const override { return connection_.id(); }
  std::string_view protocol() const override { return connection_.subprotocol(); }
  std::size_t group_count() const override { return connection_.groups().size(); }
  // A connection is in few groups.
  bool is_in_group(std::string_view name) const override {
    const auto& groups = connection_.groups();
    return std::any_of(groups.begin(), groups.end(),
                       [&](const Group* group) { return group->name == name; });
  }

 private:
  const Connection& connection_;
};

}  // namespace

bool matches(const Filter& filter, const Connection& connection) {
  return filter.matches(Subject(connection));
}

}  // namespace webpubsub::hub
