// Everything that is wrong with a file, gathered, so that it is told at once.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace berth::poolfile {

inline constexpr std::size_t kMaxFaults = 50;

class Faults {
 public:
  void add(std::string field, std::string value, std::string limit, std::string message);
  bool empty() const { return fields_.empty(); }
  std::size_t count() const { return fields_.size(); }
  /// kInvalid with all of them; the message is the first one's, and says how many more there are.
  Error error() const;

 private:
  std::vector<FieldError> fields_;
  std::size_t left_out_ = 0;
};

/// A value as an error shows it: short, strings without their quotes.
std::string shown(const json::value& value);

}  // namespace berth::poolfile
