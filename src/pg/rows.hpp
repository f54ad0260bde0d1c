// What a statement answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pg/errors.hpp"
#include "pg/value.hpp"

struct pg_result;  // libpq's PGresult

namespace berth::pg {

struct ResultDeleter {
  void operator()(pg_result* result) const;
};
using ResultPtr = std::unique_ptr<pg_result, ResultDeleter>;

/// One row, a view into its Rows.
class Row {
 public:
  /// The value of a column; `get<std::optional<T>>` where NULL may be. A name that is not there, a NULL or a
  /// text that is no T is a fault of the program: Misuse is thrown. It names the column, not the value.
  template <typename T>
  T get(std::string_view column) const {
    try {
      return from_text<T>(text(column));
    } catch (const Misuse& misuse) {
      throw Misuse(std::string("column \"").append(column).append("\": ") + misuse.what());
    }
  }

 private:
  friend class Rows;  // and its Iterator
  Row(const pg_result* result, int index) : result_(result), index_(index) {}
  std::optional<std::string_view> text(std::string_view column) const;

  const pg_result* result_;
  int index_;
};

/// All rows, held in memory: a statement that can answer many has a LIMIT. Rows must outlive the loop over
/// them, so keep the result in a variable: `for (auto& row : *connection.exec(...))` frees it before the
/// first turn.
class Rows {
 public:
  class Iterator {
   public:
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const pg_result* result, int index) : result_(result), index_(index) {}
    Row operator*() const { return {result_, index_}; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++index_;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const pg_result* result_ = nullptr;
    int index_ = 0;
  };

  explicit Rows(ResultPtr result);

  std::size_t size() const { return static_cast<std::size_t>(count_); }
  bool empty() const { return count_ == 0; }
  /// Throws Misuse when there is no such row.
  Row operator[](std::size_t index) const;
  Row front() const { return (*this)[0]; }
  Iterator begin() const { return {result_.get(), 0}; }
  Iterator end() const { return {result_.get(), count_}; }

  /// Rows that INSERT, UPDATE, DELETE touched or SELECT found.
  std::int64_t affected() const;

 private:
  ResultPtr result_;
  int count_;
};

}  // namespace berth::pg
