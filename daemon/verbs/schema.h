// webpubsub-gateway schema: the JSON Schema of the configuration, as this build knows it.

#pragma once

#include <ostream>

namespace gateway {

/// Returns the exit code.
int schema(std::ostream& out);

}  // namespace gateway
