// Many statements in one round trip.
#pragma once

#include <cstddef>
#include <vector>

#include "pg/settings.hpp"
#include "pg/value.hpp"

namespace berth::pg {

/// Statements that travel together, in order, as one unit: outside a transaction all of them happen or none;
/// inside one, an error aborts it like that of any statement (set a savepoint before).
class Batch {
 public:
  /// Beyond this a batch is refused with kTooLarge: all of it is held in memory, on both sides.
  static constexpr std::size_t kMaxStatements = 10'000;

  struct Statement {
    Query query;
    Params params;
  };

  template <typename... Args>
  void add(const Query& query, const Args&... args) {
    statements_.push_back({query, params(args...)});
  }

  std::size_t size() const { return statements_.size(); }
  const std::vector<Statement>& statements() const { return statements_; }

 private:
  std::vector<Statement> statements_;
};

}  // namespace berth::pg
