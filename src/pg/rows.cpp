#include "pg/rows.hpp"

#include <libpq-fe.h>

#include <charconv>

namespace berth::pg {

void ResultDeleter::operator()(pg_result* result) const {
  PQclear(result);
}

std::optional<std::string_view> Row::text(std::string_view column) const {
  const int columns = PQnfields(result_);
  for (int i = 0; i < columns; ++i) {
    if (column != PQfname(result_, i)) continue;
    if (PQgetisnull(result_, index_, i) != 0) return std::nullopt;
    return std::string_view(PQgetvalue(result_, index_, i),
                            static_cast<std::size_t>(PQgetlength(result_, index_, i)));
  }
  throw Misuse("no such column in the answer");
}

Rows::Rows(ResultPtr result) : result_(std::move(result)), count_(PQntuples(result_.get())) {}

Row Rows::operator[](std::size_t index) const {
  if (index >= size()) throw Misuse("row " + std::to_string(index) + " of " + std::to_string(size()));
  return {result_.get(), static_cast<int>(index)};
}

std::int64_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());  // "" for statements that touch no rows
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

}  // namespace berth::pg
