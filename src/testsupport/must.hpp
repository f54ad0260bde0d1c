#pragma once

#include <stdexcept>
#include <utility>

#include "base/result.hpp"

namespace berth::testsupport {

/// The value; else an exception with the error's text, which ends the test: set-up cannot go on without it.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
inline void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message);
}

}  // namespace berth::testsupport
