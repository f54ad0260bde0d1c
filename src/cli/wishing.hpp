// `berth extend` inside a workspace, where nobody is signed in: a wish, and its answer in words.
#pragma once

#include <optional>
#include <string>

#include "cli/extension.hpp"
#include "cli/session_facts.hpp"
#include "said/said.hpp"

namespace berth::cli {

/// Until when `extend` is to let the workspace's own reservation go on. `ref` is what was typed in the
/// reservation's place: inside, a length will do ("1h"). kInvalid for another reservation's name, and where
/// nothing says how long.
Result<Instant> wished_end(const std::string& ref, const TypedExtension& typed, const SessionFacts& facts,
                           Instant now);

/// That more was given than asked for; empty where it was not.
std::optional<std::string> more_than_wished(Instant wished, const SessionFacts& before, Instant end);
/// Why not, and how far it could go.
std::string refusal_text(const said::Answer& answer, Instant now);

/// Does it, as a command of its own; `output` is "table" or "json". Empty outside of a workspace, and where
/// somebody signed in names another reservation: then it is the portal's to do.
struct Wished {
  std::string ref;
  TypedExtension typed;
  bool dry_run = false;
  std::string output;
};
std::optional<int> extend_from_inside(const Wished& wished);

}  // namespace berth::cli
