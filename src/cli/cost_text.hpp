// Answers of the token economics library as people read them.
#pragma once

#include <string>

#include "base/json.hpp"

namespace berth::cli {

struct CostShown {
  bool derivation = false;
  bool curves = false;  // the points of curves, a hundred lines each
};

/// Sentences, results, tables, notes.
std::string answer_text(const json::object& answer, const CostShown& shown);
/// The catalogue's inputs, group by group.
std::string inputs_text(const json::object& catalogue);

}  // namespace berth::cli
