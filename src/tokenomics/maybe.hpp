// A result, or why there is none. A break-even that does not exist is not 0, not infinite and not NaN.
#pragma once

#include <cassert>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace berth::tokenomics {

/// Why there is no result: a short sentence part without numbers ("the cloud price is not above ..."). Always
/// a literal, so that carrying it costs nothing and it never dangles.
class Reason {
 public:
  consteval Reason(const char* literal) : text_(literal) {}
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

template <typename T>
class Maybe {
 public:
  constexpr Maybe(T value) : value_(std::move(value)) {}
  constexpr Maybe(Reason reason) : reason_(reason.text()) {}

  constexpr explicit operator bool() const { return value_.has_value(); }
  /// Only when it exists.
  constexpr const T& operator*() const {
    assert(value_);
    return *value_;
  }
  constexpr const T* operator->() const {
    assert(value_);
    return &*value_;
  }
  constexpr T value_or(T other) const { return value_.value_or(std::move(other)); }
  /// Empty when it exists.
  constexpr std::string_view reason() const { return reason_; }
  /// The same absence of a result of another type; only when it does not exist.
  template <typename Other>
  constexpr Maybe<Other> none() const {
    assert(!value_);
    return Maybe<Other>::because(reason_);
  }
  /// For a reason handed on: `literal` must come from reason() of another Maybe.
  static constexpr Maybe because(std::string_view literal) { return Maybe(literal, nullptr); }

 private:
  constexpr Maybe(std::string_view reason, std::nullptr_t) : reason_(reason) {}

  std::optional<T> value_;
  std::string_view reason_;
};

/// `return none("the queue never empties");`
constexpr Reason none(Reason reason) {
  return reason;
}

}  // namespace berth::tokenomics
