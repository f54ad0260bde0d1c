#include "tokenomics/derivation.hpp"

#include <algorithm>

#include "tokenomics/numbers.hpp"

namespace berth::tokenomics {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return (c >= '0' && c <= '9') || c == '.';
}

/// The number behind a symbol among what the quantity read; empty for a function or a word.
std::string number_behind(std::string_view symbol, Q by, const Evaluation& e) {
  for (const Reading& reading : e.readings()) {
    if (reading.by != by) continue;
    if (reading.is_input) {
      const InputInfo& input = info(static_cast<In>(reading.id));
      const bool is_number = input.domain.kind == Kind::kNumber || input.domain.kind == Kind::kWhole;
      if (is_number && input.symbol == symbol && e.inputs().has(input.id)) {
        return number_text(e.inputs()[input.id]);
      }
    } else {
      const QuantityInfo& quantity = info(static_cast<Q>(reading.id));
      if (quantity.symbol != symbol) continue;
      const auto value = e.known(quantity.id);
      return value ? number_text(*value) : "none";
    }
  }
  return {};
}

/// A piece of a formula: a symbol with the number behind it, or anything else as it stands.
struct Piece {
  std::string_view text;
  std::string number{};  // empty: not a symbol of what the quantity read
};

std::vector<Piece> pieces_of(std::string_view formula, Q by, const Evaluation& e) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < formula.size();) {
    std::size_t end = at + 1;
    if (is_letter(formula[at]) || is_digit(formula[at])) {
      while (end < formula.size() && (is_letter(formula[end]) || is_digit(formula[end]))) ++end;
    }
    // "1e6" is a number and not a symbol e6.
    const auto number = [&](std::size_t until) {
      return is_letter(formula[at]) ? number_behind(formula.substr(at, until - at), by, e) : std::string();
    };
    Piece piece{formula.substr(at, end - at), number(end)};
    // "x*" is a symbol where the quantity read one of that name, else a product.
    if (end < formula.size() && formula[end] == '*') {
      if (auto starred = number(end + 1); !starred.empty()) {
        piece = {formula.substr(at, end + 1 - at), std::move(starred)};
      }
    }
    at += piece.text.size();
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::string with_numbers(std::string_view formula, Q by, const Evaluation& e) {
  std::string text;
  for (const Piece& piece : pieces_of(formula, by, e))
    text += piece.number.empty() ? piece.text : piece.number;
  return text;
}

/// The symbols in words, each once: "computed from N_req = 3, W_max = 128000".
std::string computed_from(std::string_view words, Q by, const Evaluation& e) {
  std::string text(kComputed);
  std::vector<std::string_view> told;
  for (const Piece& piece : pieces_of(words, by, e)) {
    if (piece.number.empty() || std::ranges::find(told, piece.text) != told.end()) continue;
    text += told.empty() ? " from " : ", ";
    text += std::string(piece.text) + " = " + piece.number;
    told.push_back(piece.text);
  }
  return text;
}

}  // namespace

std::string unit_text(std::string_view unit, std::string_view currency) {
  constexpr std::string_view kMoney = "money";
  if (!unit.starts_with(kMoney)) return std::string(unit);
  return std::string(currency) + std::string(unit.substr(kMoney.size()));
}

json::object result_json(const Maybe<double>& result, std::string_view unit, std::string_view currency) {
  json::object out;
  if (result) {
    out["value"] = *result;
  } else {
    out["value"] = nullptr;
  }
  out["unit"] = unit_text(unit, currency);
  if (!result) out["reason"] = result.reason();
  return out;
}

json::object results_json(Evaluation& e, std::span<const Q> asked, std::string_view currency) {
  json::object out;
  for (const Q id : asked) out[info(id).name] = result_json(e.get(id), info(id).unit, currency);
  return out;
}

json::array derivation_json(const Evaluation& e, std::string_view currency) {
  json::array out;
  const std::vector<Q> order = e.order();
  out.reserve(order.size());
  for (const Q id : order) {
    const QuantityInfo& quantity = info(id);
    Wording wording;
    if (e.is_given(id)) {
      wording = {.formula = "given", .numbers = "given"};
    } else if (quantity.wording != nullptr) {
      wording = quantity.wording(e.inputs());
    }
    if (wording.formula.empty()) wording.formula = quantity.formula;
    if (wording.numbers.empty()) {
      wording.numbers =
          wording.in_words ? computed_from(wording.formula, id, e) : with_numbers(wording.formula, id, e);
    }
    json::object line{{"symbol", quantity.symbol},
                      {"name", quantity.name},
                      {"formula", wording.formula},
                      {"numbers", wording.numbers}};
    for (auto& member : result_json(e.known(id), quantity.unit, currency)) {
      line[member.key()] = std::move(member.value());
    }
    out.push_back(std::move(line));
  }
  return out;
}

json::value input_json(const Inputs& inputs, In id) {
  if (!inputs.has(id)) return nullptr;
  const Domain& domain = info(id).domain;
  const double value = inputs[id];
  if (domain.kind == Kind::kFlag) return value != 0;
  if (domain.kind == Kind::kChoice) return json::value(domain.choices[static_cast<std::size_t>(value)]);
  return value;
}

json::object used_inputs_json(const Evaluation& e) {
  json::object out;
  for (std::size_t index = 0; index < kInputCount; ++index) {
    if (!e.used()[index]) continue;
    out[info(input_at(index)).name] = input_json(e.inputs(), input_at(index));
  }
  return out;
}

}  // namespace berth::tokenomics
