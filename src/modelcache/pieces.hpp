// Which pieces of a file are there, on their way, still to be fetched; and the notes from which that is known
// again after a cut. A piece is noted when its bytes are on the disk, so a cut costs what was on its way and
// no more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::modelcache {

struct Piece {
  std::size_t number = 0;
  std::int64_t offset = 0;
  std::int64_t length = 0;
  std::int64_t end() const { return offset + length; }
  bool operator==(const Piece&) const = default;
};

class Pieces {
 public:
  Pieces(std::int64_t size, std::int64_t piece_bytes);

  std::size_t count() const { return states_.size(); }
  Piece piece(std::size_t number) const;
  bool is_done(std::size_t number) const { return states_[number] == State::kDone; }
  bool whole() const { return done_ == states_.size(); }
  std::size_t on_their_way() const { return taken_; }
  std::int64_t done_bytes() const;
  /// Up to where the file is there without a gap.
  std::int64_t front() const { return std::min(size_, static_cast<std::int64_t>(front_) * piece_bytes_); }

  /// The first piece that nobody fetches; it is on its way then.
  std::optional<Piece> take();
  void give_back(std::size_t number);
  void done(std::size_t number);

  /// The notes' first line, and after it a character for each piece.
  std::string notes(std::string_view hash) const;
  static std::size_t notes_offset(std::int64_t size, std::int64_t piece_bytes, std::string_view hash);
  static constexpr char kNoted = '#';
  /// Marks as done what was noted. False where the notes are of another file, or none at all.
  bool read_notes(std::string_view text, std::string_view hash);

 private:
  enum class State : std::uint8_t { kMissing, kTaken, kDone };
  std::int64_t size_;
  std::int64_t piece_bytes_;
  std::vector<State> states_;
  std::size_t done_ = 0;
  std::size_t taken_ = 0;
  std::size_t front_ = 0;   // the first that is not done
  std::size_t search_ = 0;  // nothing before it is missing
};

}  // namespace berth::modelcache
