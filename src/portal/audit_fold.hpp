// What is noted in the audit log however often somebody makes it happen: decided from what came and when,
// without a clock, a lock or a database of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/instant.hpp"
#include "store/audit.hpp"

namespace berth::portal {

/// The first of a kind is a row at once; those like it within the window are one row more, with their number,
/// when it is over. Of a kind: the same actor and token from the same address, the same action and object.
/// Who has more kinds open than one person comes to by mistake gets one row for all the rest of an action,
/// and so do all together.
class AuditFold {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kWindow{15};
  static constexpr std::size_t kMostOfOne = 64;
  static constexpr std::size_t kMost = 512;
  static constexpr const char* kOthers = "others";  // the object of a row for the rest

  struct Row {
    store::Author author;
    store::AuditNote note;
  };

  /// The rows to write now: this one if it is the first of its kind, after those whose window is over.
  std::vector<Row> take(const store::Author& author, const store::AuditNote& note, Instant at,
                        Steady::time_point now);
  /// Those whose window is over. `everything`: all that wait.
  std::vector<Row> due(Steady::time_point now, bool everything = false);
  bool is_due(Steady::time_point now) const;
  /// A row that could not be written waits with those to come.
  void give_back(const Row& row, Steady::time_point now);

 private:
  struct Key {
    std::string who;  // whose bound it counts for: an actor, or a stranger's address
    std::string actor, token, address, action, object_type, object_id;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    Steady::time_point until;
    Row waiting;  // note.count: how many; none yet where 0
  };

  static Key key_of(const store::Author& author, const store::AuditNote& note);
  Key within_bounds(Key key) const;
  Entry& entry_of(const Key& key, Steady::time_point now);

  std::map<Key, Entry> open_;
  std::map<std::string, std::size_t> of_one_;
};

}  // namespace berth::portal
