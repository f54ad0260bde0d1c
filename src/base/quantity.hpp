// Amounts of CPU, memory, storage and money. A type each, so that none is taken for another.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/saturating.hpp"

namespace berth {

/// A whole number of one thing. What it makes impossible:
/// - an overflow: sums, differences and products stop at the ends of the type. The whole of too many loads is
///   more than any node has, and never wraps around to what looks like an empty one;
/// - cores taken for GiB, or for a bare number: it adds and compares with its own kind only.
/// What it does not: going below zero, because a change of a load is an amount too. And an amount that was
/// stopped at an end has forgotten by how much it went past: taking away what was added does not lead back.
template <typename Tag>
struct Amount {
  std::int64_t value = 0;

  constexpr auto operator<=>(const Amount&) const = default;
  constexpr Amount operator+(Amount other) const { return {saturating_add(value, other.value)}; }
  constexpr Amount operator-(Amount other) const { return {saturating_subtract(value, other.value)}; }
  constexpr Amount operator*(std::int64_t times) const { return {saturating_multiply(value, times)}; }
  constexpr Amount& operator+=(Amount other) { return *this = *this + other; }
  constexpr Amount& operator-=(Amount other) { return *this = *this - other; }
};

using CpuMilli = Amount<struct CpuMilliTag>;        // thousandths of a core
using Gib = Amount<struct GibTag>;                  // 2^30 bytes, of memory or storage
using MoneyMicros = Amount<struct MoneyMicrosTag>;  // millionths of a currency unit

/// What a reservation holds of a node besides units.
struct Load {
  CpuMilli cpu;
  Gib memory;
  Gib storage;
  bool operator==(const Load&) const = default;
  Load operator+(const Load& other) const {
    return {cpu + other.cpu, memory + other.memory, storage + other.storage};
  }
  Load operator-(const Load& other) const {
    return {cpu - other.cpu, memory - other.memory, storage - other.storage};
  }
  Load operator*(std::int64_t times) const { return {cpu * times, memory * times, storage * times}; }
};

/// "15" or "15.5": cores with at most three decimals.
std::string format_cores(CpuMilli cpu);
/// Kubernetes quantities: "15" or "15500m"; "92Gi".
std::string kube_cpu(CpuMilli cpu);
std::string kube_gib(Gib amount);

/// "12345.67": at most six decimals, none that is a trailing zero, no sign but for amounts below zero.
std::string format_money(MoneyMicros amount);
/// What format_money writes, and "12345.670" too. Empty for anything else: a sign, an exponent, no digit
/// before or behind the point, more than twelve digits before it or six behind it.
std::optional<MoneyMicros> parse_money(std::string_view text);

}  // namespace berth
