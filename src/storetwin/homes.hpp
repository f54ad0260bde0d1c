// Kept homes of the twin, as migration 22 has them.
#pragma once

#include <optional>
#include <string>

#include "store/control_rows.hpp"
#include "storetwin/change.hpp"

namespace berth::storetwin::homes {

/// The open row of the home that the session has; null: it has none.
const HomeRow* of_session(const Tables& tables, const model::SessionId& session);
bool is_due(const Declared& declared, const HomeRow& row, Instant now);

void take(Change& change, const Declared& declared, const std::string& cluster,
          const model::SessionId& session);
void give_back(Change& change, const Declared& declared, const model::SessionId& session);
std::optional<std::string> keep(Change& change, const Declared& declared, const model::SessionId& session,
                                const store::FoundHome& found);
bool leave(Change& change, const Declared& declared, const model::SessionId& session,
           const std::string& home);
bool let_go(Change& change, const Declared& declared, const std::string& home);
void close(Change& change, const std::string& home);

}  // namespace berth::storetwin::homes
