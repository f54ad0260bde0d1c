// How C++ values travel as PostgreSQL's text form, in both directions.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/quantity.hpp"

namespace berth::pg {

/// One parameter as text; empty is NULL. The server infers the type from where it stands in the statement.
using Param = std::optional<std::string>;
using Params = std::vector<Param>;

/// One type's text form. Specialise it for a type of your own:
///   static std::string write(const T&);
///   static T read(std::string_view);   // throws Misuse when the text is no T; must not repeat the text
template <typename T>
struct Codec;

namespace detail {

std::string write_integer(std::int64_t value);
std::int64_t read_integer(std::string_view text, std::int64_t least, std::int64_t most);
/// `{"a","b",NULL}`, every element quoted.
std::string write_array(const std::vector<Param>& elements);
/// One dimension, lower bound 1: anything else is a Misuse.
std::vector<Param> read_array(std::string_view text);
[[noreturn]] void fault_null();

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  (std::is_signed_v<T> || sizeof(T) < sizeof(std::int64_t));

}  // namespace detail

template <detail::Integer T>
struct Codec<T> {
  static std::string write(T value) { return detail::write_integer(static_cast<std::int64_t>(value)); }
  static T read(std::string_view text) {
    return static_cast<T>(detail::read_integer(text, static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                                               static_cast<std::int64_t>(std::numeric_limits<T>::max())));
  }
};

template <>
struct Codec<std::string> {
  static std::string write(std::string_view value) { return std::string(value); }
  static std::string read(std::string_view text) { return std::string(text); }
};

template <>
struct Codec<std::string_view> {  // a parameter only: read as std::string, which outlives the rows
  static std::string write(std::string_view value) { return std::string(value); }
};

template <>
struct Codec<bool> {
  static std::string write(bool value) { return value ? "t" : "f"; }
  static bool read(std::string_view text);
};

template <>
struct Codec<double> {
  static std::string write(double value);
  static double read(std::string_view text);
};

/// timestamptz. Finite, and from 1970 on when read.
template <>
struct Codec<Instant> {
  static std::string write(Instant value) { return format_rfc3339(value); }
  static Instant read(std::string_view text);
};

/// tstzrange, always `[)` with both ends.
template <>
struct Codec<Window> {
  static std::string write(const Window& value);
  static Window read(std::string_view text);
};

/// json or jsonb.
template <>
struct Codec<json::value> {
  static std::string write(const json::value& value) { return json::serialize(value); }
  static json::value read(std::string_view text);
};

/// bytea.
template <>
struct Codec<std::vector<std::byte>> {
  static std::string write(const std::vector<std::byte>& value);
  static std::vector<std::byte> read(std::string_view text);
};

/// CPU, memory, money: their whole number.
template <typename Tag>
struct Codec<Amount<Tag>> {
  static std::string write(Amount<Tag> value) { return detail::write_integer(value.value); }
  static Amount<Tag> read(std::string_view text) { return {Codec<std::int64_t>::read(text)}; }
};

/// A value as parameter. An empty optional is NULL; a string literal is text.
template <typename T>
Param to_param(const T& value) {
  if constexpr (std::same_as<T, std::nullopt_t>) {
    return std::nullopt;
  } else if constexpr (detail::kIsOptional<T>) {
    return value ? to_param(*value) : Param();
  } else if constexpr (std::convertible_to<T, std::string_view>) {
    return std::string(std::string_view(value));
  } else {
    return Codec<T>::write(value);
  }
}

/// The value of a column's text.
template <typename T>
T from_text(const std::optional<std::string_view>& text) {
  if constexpr (detail::kIsOptional<T>) {
    if (!text) return std::nullopt;
    return from_text<typename T::value_type>(text);
  } else {
    if (!text) detail::fault_null();
    return Codec<T>::read(*text);
  }
}

/// Arrays of one dimension; elements may be optional.
template <typename T>
struct Codec<std::vector<T>> {
  static std::string write(const std::vector<T>& values) {
    std::vector<Param> elements;
    elements.reserve(values.size());
    for (const T& value : values) elements.push_back(to_param<T>(value));
    return detail::write_array(elements);
  }
  static std::vector<T> read(std::string_view text) {
    std::vector<T> values;
    for (const auto& element : detail::read_array(text)) values.push_back(from_text<T>(element));
    return values;
  }
};

/// `params(id, name, std::nullopt)`: one set of parameters, for a batch.
template <typename... Args>
Params params(const Args&... args) {
  Params all;
  all.reserve(sizeof...(args));
  (all.push_back(to_param(args)), ...);
  return all;
}

}  // namespace berth::pg
