// Everything that is wrong with a scenario, gathered, so that it is told at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace berth::tokenomics {

inline constexpr std::size_t kMaxFaults = 50;
inline constexpr std::size_t kMaxShownBytes = 80;

class Faults {
 public:
  void add(std::string field, std::string value, std::string limit, std::string message);
  bool empty() const { return fields_.empty(); }
  /// kInvalid with all of them; the message is the first one's, and says how many more there are.
  Error error() const;

 private:
  std::vector<FieldError> fields_;
  std::size_t left_out_ = 0;
};

/// A value as an error shows it: short, texts without their quotes.
std::string shown(const json::value& value);
std::string shown(std::string_view text);

}  // namespace berth::tokenomics
