// Names that people type and others read: of reservations, tokens, people, teams, device classes.
#pragma once

#include <optional>
#include <string_view>

namespace berth {

/// Characters that a reader does not see as what they are: control characters, line and paragraph separators,
/// and those that turn the direction of what follows, so that a name reads as another.
bool misleads(char32_t code);

struct NameFault {
  std::string_view limit;
  std::string_view message;  // continues "Name "
};
/// Nothing for an empty text: whether there has to be a name is another question.
std::optional<NameFault> fault_of_name(std::string_view text);

}  // namespace berth
