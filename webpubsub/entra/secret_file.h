// Secrets that stand in files.

#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace webpubsub {

/// The file's text without white space at its end. Errors: InvalidArgument when it cannot be
/// read, is empty or larger than 64 KiB.
Result<Secret> read_secret_text(const std::string& file);

}  // namespace webpubsub
