// What the service says about an operation that failed, in its parts.

#pragma once

#include <string>

#include "base/result.h"

namespace webpubsub {

struct ServiceError {
  int status = 0;         // HTTP; 0 when there was no answer
  std::string code{};     // "Error.BadRequest", ...; empty when the service gave none
  std::string message{};  // its words, or ours when it said nothing
};

/// The parts of an error of a ServiceClient.
ServiceError service_error(const Error& error);

}  // namespace webpubsub
