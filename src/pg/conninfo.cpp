#include "pg/conninfo.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string_view>

namespace berth::pg {

bool carries_password(const std::string& conninfo) {
  struct Free {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
  };
  const std::unique_ptr<PQconninfoOption, Free> options(PQconninfoParse(conninfo.c_str(), nullptr));
  if (!options) return false;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view name = option->keyword;
    const bool secret = name == "password" || name == "sslpassword";
    if (secret && option->val != nullptr && *option->val != '\0') return true;
  }
  return false;
}

}  // namespace berth::pg
