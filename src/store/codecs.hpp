// How the model's words travel in SQL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/ids.hpp"
#include "model/lifecycle.hpp"
#include "model/permissions.hpp"
#include "pg/pg.hpp"
#include "store/newer_version.hpp"

namespace berth::store {

/// A word of the model as the database has it. It may be one that a newer version wrote and this one does not
/// know, which is no fault of the program: whoever reads it has to say what then (`known` does).
template <typename T>
struct Word {
  std::string text;
  std::optional<T> known;
};

/// `made by a newer version: step "cache_warm"`.
Error newer_version(std::string_view what, std::string_view word);

/// The word in `column`, which is called `what` for people; kUnavailable (slug kNewerVersion) when this
/// version does not know it.
template <typename T>
Result<T> known(const pg::Row& row, std::string_view column, std::string_view what) {
  auto word = row.get<Word<T>>(column);
  if (!word.known) return fail(newer_version(what, word.text));
  return *word.known;
}
template <typename T>
Result<T> known(const pg::Row& row, std::string_view column) {
  return known<T>(row, column, column);
}

}  // namespace berth::store

namespace berth::pg {

template <typename Tag>
struct Codec<model::RowId<Tag>> {
  static std::string write(model::RowId<Tag> id) { return Codec<std::int64_t>::write(id.value); }
  static model::RowId<Tag> read(std::string_view text) { return {Codec<std::int64_t>::read(text)}; }
};

template <typename Tag>
struct Codec<model::UuidId<Tag>> {
  static std::string write(const model::UuidId<Tag>& id) { return id.value; }
  static model::UuidId<Tag> read(std::string_view text) { return {std::string(text)}; }
};

/// A word of the model that the database keeps as text, by its own to_string and parser. It is written as it
/// is and read as a store::Word.
template <typename T, std::optional<T> (*parser)(std::string_view)>
struct WordCodec {
  static std::string write(T value) { return std::string(to_string(value)); }
  static std::optional<T> parse(std::string_view text) { return parser(text); }
};

template <typename T>
struct Codec<store::Word<T>> {
  static store::Word<T> read(std::string_view text) { return {std::string(text), Codec<T>::parse(text)}; }
};

template <>
struct Codec<model::ReservationState> : WordCodec<model::ReservationState, model::parse_reservation_state> {};
template <>
struct Codec<model::SessionPhase> : WordCodec<model::SessionPhase, model::parse_session_phase> {};
template <>
struct Codec<model::StepName> : WordCodec<model::StepName, model::parse_step_name> {};
template <>
struct Codec<model::StepState> : WordCodec<model::StepState, model::parse_step_state> {};
template <>
struct Codec<model::Mode> : WordCodec<model::Mode, model::parse_mode> {};
template <>
struct Codec<model::Role> : WordCodec<model::Role, model::parse_role> {};

}  // namespace berth::pg
