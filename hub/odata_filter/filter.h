// Filters of the REST API: which connections a send, or a change of groups, is meant for.
//
// The service's subset of OData (reference: "OData filter syntax in Azure Web PubSub"). A filter
// is parsed and checked once per request, then asked about each connection.
//
// Where the reference is silent: lengths and positions count UTF-16 units, as the service does;
// tolower and toupper change ASCII letters; concat takes null for an empty string; substring stops
// at the ends of its text.

#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace webpubsub::hub {

struct FilterExpression;

/// What a filter may look at.
class FilterSubject {
 public:
  virtual std::string_view user_id() const = 0;  ///< Empty: null.
  virtual std::string_view connection_id() const = 0;
  virtual std::string_view protocol() const = 0;  ///< Subprotocol; empty: null.
  virtual bool is_in_group(std::string_view group) const = 0;
  virtual std::size_t group_count() const = 0;

 protected:
  ~FilterSubject() = default;
};

class Filter {
 public:
  /// Errors: InvalidArgument, with a message for the caller of the API.
  static Result<Filter> parse(std::string_view text);
  ~Filter();
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;

  bool matches(const FilterSubject& subject) const;

 private:
  explicit Filter(std::unique_ptr<FilterExpression> root);
  std::unique_ptr<FilterExpression> root_;
};

}  // namespace webpubsub::hub
