// Lists in pages. A cursor is opaque to whoever carries it and stays good while rows come and go.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::store {

inline constexpr int kDefaultPageItems = 100;
inline constexpr int kMaxPageItems = 500;

struct PageRequest {
  int limit = kDefaultPageItems;  // 1 to kMaxPageItems
  std::string cursor;             // as given in `next`; empty: from the start
};

template <typename T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next;
};

/// Where a page ended: the instant and id of its last row, by which lists are ordered, newest first.
struct Mark {
  Instant at;
  std::string id;
  bool operator==(const Mark&) const = default;
};
std::string to_cursor(const Mark& mark);
/// Empty for an empty cursor; kInvalid (field "cursor") for one that to_cursor did not make, or not of such
/// an id.
enum class MarkId { kUuid, kNumber };
Result<std::optional<Mark>> parse_cursor(std::string_view cursor, MarkId kind);
/// What it says of one that it did not make.
Error no_cursor(std::string_view cursor);

/// kInvalid (field "limit") outside 1 to kMaxPageItems.
Status check_limit(int limit);

/// For a list that was read with one item more than asked for: the item too many says that there is a next
/// page. `mark_of(item)` is an item's place in the order.
template <typename T, typename MarkOf>
Page<T> cut_page(std::vector<T> items, int limit, MarkOf mark_of) {
  Page<T> page{std::move(items), std::nullopt};
  if (page.items.size() > static_cast<std::size_t>(limit)) {
    page.items.pop_back();
    page.next = to_cursor(mark_of(page.items.back()));
  }
  return page;
}

}  // namespace berth::store
