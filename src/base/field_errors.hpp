// Everything that is wrong with an input, gathered, so that it is told at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace berth {

/// More are counted and not kept.
inline constexpr std::size_t kMaxFieldErrors = 50;

class FieldErrors {
 public:
  void add(std::string field, std::string value, std::string limit, std::string message);
  bool empty() const { return fields_.empty(); }
  bool has(std::string_view field) const;
  /// kInvalid with all of them; the message is the first one's, and says how many more there are. Asked
  /// without any, it is a fault of ours.
  Error error() const;
  /// The same with all sentences in a row as the message, for inputs that have a handful of fields.
  Error error_in_full() const;

 private:
  std::vector<FieldError> fields_;
  std::size_t left_out_ = 0;
};

}  // namespace berth
