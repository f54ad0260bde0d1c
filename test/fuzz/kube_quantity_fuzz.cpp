// Kubernetes quantities: the one that compares them (manifests) and the one that calculates with them (the
// simulated cluster), each by itself and against the other.
#include "fuzz.hpp"
#include "manifests/amounts.hpp"
#include "simcluster/kube_quantity.hpp"

namespace {

using berth::fuzz::require;
using berth::manifests::same_quantity;
using berth::simcluster::Quantity;

void check_arithmetic(Quantity left, Quantity right) {
  require((left + right).milli == (right + left).milli);
  require((left - left).milli == 0);
  require((left < right) == (right > left));
}

}  // namespace

/// Two texts, a line each.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auto rest = berth::fuzz::text_of(bytes, size);
  const auto one = berth::fuzz::take_line(rest);
  const auto other = berth::fuzz::take_line(rest);

  require(same_quantity(one, one).value_or(true));
  require(same_quantity(one, other) == same_quantity(other, one));

  const auto left = berth::simcluster::parse_quantity(one);
  if (!left) {
    require(left.error().code == berth::Code::kInvalid && left.error().message.size() < 300);
    return 0;
  }
  require(berth::simcluster::read_quantity(berth::json::value(one)) == *left);
  const auto text = berth::simcluster::format_quantity(*left);
  const auto again = berth::simcluster::parse_quantity(text);
  require(again.has_value());
  // Whole bytes only, so a fraction of one is rounded up; anything else is exact.
  require(again->milli >= left->milli && again->milli - left->milli < 1000);
  if (left->notation != Quantity::Notation::kBinary) require(again->milli == left->milli);
  // Bytes that no binary suffix divides are written as a plain number, and read as a decimal one.
  if (again->notation == left->notation) require(berth::simcluster::format_quantity(*again) == text);

  const auto right = berth::simcluster::parse_quantity(other);
  if (!right) return 0;
  check_arithmetic(*left, *right);
  // Amounts that are the same are so for both, whatever is finer than a thousandth.
  if (same_quantity(one, other).value_or(false)) require(left->milli == right->milli);
  return 0;
}
