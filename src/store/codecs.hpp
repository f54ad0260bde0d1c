// How the model's words travel in SQL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/ids.hpp"
#include "model/lifecycle.hpp"
#include "model/permissions.hpp"
#include "pg/pg.hpp"

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

/// A word of the model that the database keeps as text, by its own to_string and parser.
template <typename T, std::optional<T> (*parse)(std::string_view)>
struct WordCodec {
  static std::string write(T value) { return std::string(to_string(value)); }
  static T read(std::string_view text) {
    const auto value = parse(text);
    if (!value) throw Fault("a word that the model does not know");
    return *value;
  }
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
