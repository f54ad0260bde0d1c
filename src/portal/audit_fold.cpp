#include "portal/audit_fold.hpp"

#include <algorithm>

#include "http/address.hpp"

namespace berth::portal {
namespace {

constexpr std::string_view kStranger = "nobody";

}  // namespace

AuditFold::Key AuditFold::key_of(const store::Author& author, const store::AuditNote& note) {
  auto address = http::address_group(author.source_ip);
  return {author.actor == kStranger ? address : author.actor,
          author.actor,
          author.token,
          std::move(address),
          note.action,
          note.object_type,
          note.object_id};
}

AuditFold::Key AuditFold::within_bounds(Key key) const {
  if (open_.contains(key)) return key;
  const auto mine = of_one_.find(key.who);
  if (mine != of_one_.end() && mine->second >= kMostOfOne) {
    key.token.clear();
    key.address.clear();
    key.object_id = kOthers;
  }
  if (open_.size() >= kMost) {
    // No user can stand for all of them.
    key = {"", std::string(kStranger), "", "", std::move(key.action), std::move(key.object_type), kOthers};
  }
  return key;
}

AuditFold::Entry& AuditFold::entry_of(const Key& key, Steady::time_point now) {
  const auto [entry, is_new] = open_.try_emplace(key);
  if (is_new) {
    entry->second.until = now + kWindow;
    entry->second.waiting.note.count = 0;
    ++of_one_[key.who];
  }
  return entry->second;
}

std::vector<AuditFold::Row> AuditFold::take(const store::Author& author, const store::AuditNote& note,
                                            Instant at, Steady::time_point now) {
  auto rows = due(now);
  auto row = Row{author, note};
  const auto asked = key_of(author, note);
  const auto key = within_bounds(asked);
  if (key != asked) {
    row.author.actor = key.actor;
    row.author.token = key.token;
    row.note.object_id = key.object_id;
    if (key.who.empty()) row.author.source_ip.clear();
  }
  if (!open_.contains(key)) {
    entry_of(key, now);
    rows.push_back(std::move(row));
    return rows;
  }
  auto& entry = entry_of(key, now);
  const auto count = entry.waiting.note.count + 1;
  const auto since = count == 1 ? std::optional(at) : entry.waiting.note.since;
  entry.waiting = std::move(row);
  entry.waiting.note.count = count;
  entry.waiting.note.since = since;
  return rows;
}

std::vector<AuditFold::Row> AuditFold::due(Steady::time_point now, bool everything) {
  std::vector<Row> rows;
  for (auto it = open_.begin(); it != open_.end();) {
    if (!everything && now < it->second.until) {
      ++it;
      continue;
    }
    if (it->second.waiting.note.count > 0) rows.push_back(std::move(it->second.waiting));
    if (const auto mine = of_one_.find(it->first.who); --mine->second == 0) of_one_.erase(mine);
    it = open_.erase(it);
  }
  return rows;
}

bool AuditFold::is_due(Steady::time_point now) const {
  return std::any_of(open_.begin(), open_.end(), [&](const auto& one) { return now >= one.second.until; });
}

void AuditFold::give_back(const Row& row, Steady::time_point now) {
  auto& waiting = entry_of(within_bounds(key_of(row.author, row.note)), now).waiting;
  const auto count = waiting.note.count;
  if (count == 0) {
    waiting = row;
  } else {
    waiting.note.count = count + row.note.count;
    waiting.note.since = std::min(waiting.note.since, row.note.since);
  }
}

}  // namespace berth::portal
