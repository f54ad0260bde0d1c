#pragma once

#include <tl/expected.hpp>

#include "base/error.hpp"

namespace berth {

/// A value, or the expected failure that stood in its way.
template <typename T>
using Result = tl::expected<T, Error>;

/// The result of something that is done for its effect.
using Status = tl::expected<void, Error>;

/// `return fail(Code::kNotFound, "no pool named lab");`
inline tl::unexpected<Error> fail(Code code, std::string message, std::string slug = {}) {
  return tl::unexpected<Error>(Error{.code = code, .message = std::move(message), .slug = std::move(slug)});
}

/// `return fail(within("read pools", rows.error()));`
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace berth
