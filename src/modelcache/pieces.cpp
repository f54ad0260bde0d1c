#include "modelcache/pieces.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::modelcache {
namespace {

std::string heading(std::int64_t size, std::int64_t piece_bytes, std::string_view hash) {
  return fmt::format("berth pieces 1 {} {} {}\n", size, piece_bytes, hash);
}

}  // namespace

Pieces::Pieces(std::int64_t size, std::int64_t piece_bytes)
    : size_(size),
      piece_bytes_(piece_bytes),
      states_(static_cast<std::size_t>((size + piece_bytes - 1) / piece_bytes), State::kMissing) {}

Piece Pieces::piece(std::size_t number) const {
  const auto offset = static_cast<std::int64_t>(number) * piece_bytes_;
  return {.number = number, .offset = offset, .length = std::min(piece_bytes_, size_ - offset)};
}

std::int64_t Pieces::done_bytes() const {
  auto bytes = static_cast<std::int64_t>(done_) * piece_bytes_;
  if (!states_.empty() && states_.back() == State::kDone)
    bytes -= piece_bytes_ - piece(states_.size() - 1).length;
  return bytes;
}

std::optional<Piece> Pieces::take() {
  while (search_ < states_.size() && states_[search_] != State::kMissing) ++search_;
  if (search_ == states_.size()) return std::nullopt;
  states_[search_] = State::kTaken;
  ++taken_;
  return piece(search_);
}

void Pieces::give_back(std::size_t number) {
  if (states_[number] != State::kTaken) return;
  states_[number] = State::kMissing;
  --taken_;
  search_ = std::min(search_, number);
}

void Pieces::done(std::size_t number) {
  if (states_[number] == State::kDone) return;
  if (states_[number] == State::kTaken) --taken_;
  states_[number] = State::kDone;
  ++done_;
  while (front_ < states_.size() && states_[front_] == State::kDone) ++front_;
}

std::string Pieces::notes(std::string_view hash) const {
  auto text = heading(size_, piece_bytes_, hash);
  for (const auto state : states_) text += state == State::kDone ? kNoted : '.';
  return text;
}

std::size_t Pieces::notes_offset(std::int64_t size, std::int64_t piece_bytes, std::string_view hash) {
  return heading(size, piece_bytes, hash).size();
}

bool Pieces::read_notes(std::string_view text, std::string_view hash) {
  const auto begin = heading(size_, piece_bytes_, hash);
  if (!text.starts_with(begin) || text.size() != begin.size() + states_.size()) return false;
  text.remove_prefix(begin.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == kNoted) done(i);
  }
  return true;
}

}  // namespace berth::modelcache
