// Names that people type and others read: of reservations, tokens, people, teams, device classes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth {

/// Characters that a reader does not see as what they are: control characters, line and paragraph separators,
/// and those that turn the direction of what follows, so that a name reads as another.
bool misleads(char32_t code);

/// Characters that take no room: with one of them inside, a name looks the same as another one. Joiners and
/// variation selectors are none of them: writing and emoji need those.
bool hides(char32_t code);

/// What people count: a byte that is none of UTF-8 counts as one.
std::size_t characters_of(std::string_view text);

struct NameFault {
  std::string limit;
  std::string message;  // continues "Name "
};
/// Nothing for an empty text: whether there has to be a name is another question.
std::optional<NameFault> fault_of_name(std::string_view text);
/// For what is no prose, such as an e-mail address: nothing in it that cannot be seen, blanks among it.
std::optional<NameFault> fault_of_address(std::string_view text);

/// What a field takes that somebody names something by: 1 to `most` characters and no fault_of_name.
struct NameRule {
  std::string_view field;
  std::string_view what;  // begins the sentence: "A team's name"
  std::size_t most;       // characters
};
/// kInvalid with field, value and limit.
Status check_name(const NameRule& rule, std::string_view text);

}  // namespace berth
