#include "daemon/verbs/schema.h"

#include "config/load.h"
#include "daemon/exit_codes.h"

namespace gateway {

int schema(std::ostream& out) {
  out << config::json_schema();
  out.flush();
  return out.good() ? exit_code::kOk : exit_code::kIo;
}

}  // namespace gateway
