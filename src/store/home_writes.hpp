// Homes that outlive their sessions: what the reconciler writes of them.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "store/control_rows.hpp"

namespace berth::store {

// As the functions of ControlRows say.
Result<std::optional<std::string>> keep_home(pg::Transaction& transaction, const model::SessionId& session,
                                             const FoundHome& home);
Result<bool> leave_home(pg::Transaction& transaction, const model::SessionId& session,
                        const std::string& home);
Result<bool> let_home_go(pg::Transaction& transaction, const std::string& home);
Status close_home(pg::Transaction& transaction, const std::string& home);
Result<std::set<std::string>> read_home_ids(pg::Connection& connection);

}  // namespace berth::store
