// Bytes of any length, sealed to a public key: written and read in pieces, so that neither side holds all of
// it.
//
//   16  "berth-backup-1\r\n"
//   32  the public key that it is sealed to
//   80  the stream's own key, sealed to that one (crypto_box_seal)
//   24  the stream's head (crypto_secretstream_xchacha20poly1305), bound to all of the above
//   then pieces: 4 bytes, the length of what follows, highest first; the piece, encrypted
//
// A piece is one byte that says how its bytes are kept (0: as they are; 1: 4 bytes, their length, then zlib's
// form of them) and the bytes. The last one says inside its seal that it is the last. So what is cut off,
// changed, left out, put in or in another order anywhere is told, and nothing after such a place is handed
// on.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "backup/keys.hpp"
#include "base/result.hpp"

namespace berth::backup {

inline constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

/// Takes all of it, or says why not.
using Sink = std::function<Status(std::string_view bytes)>;
/// Fills what it can of it, at least one byte; 0 at the end.
using Source = std::function<Result<std::size_t>(std::span<char> room)>;

/// Of one stream. Whoever wrote it can read it back by this, without the private key.
class StreamKey {
 public:
  StreamKey() = default;
  ~StreamKey();
  StreamKey(const StreamKey&) = delete;
  StreamKey& operator=(const StreamKey&) = delete;
  std::array<std::byte, kKeyBytes>& bytes() { return bytes_; }
  const std::array<std::byte, kKeyBytes>& bytes() const { return bytes_; }

 private:
  std::array<std::byte, kKeyBytes> bytes_{};
};

class Sealer {
 public:
  /// Makes the stream's key and writes what stands before the first piece. `key` has to outlive nothing.
  static Result<Sealer> begin(Sink sink, const PublicKey& to, Random& random, StreamKey& key);
  ~Sealer();
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) = delete;

  Status write(std::string_view bytes);
  /// Nothing may be written after it. Without it what was written has no end, and is refused by whoever
  /// reads.
  Status finish();

 private:
  struct State;
  explicit Sealer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Opener {
 public:
  /// kMalformed where this is no such stream; kInvalid where it is sealed to another key.
  static Result<Opener> begin(Source source, const PrivateKey& key);
  static Result<Opener> begin(Source source, const StreamKey& key);
  ~Opener();
  Opener(Opener&&) noexcept;
  Opener& operator=(Opener&&) = delete;

  /// The next piece, which lives until the next call; empty at the end, which is told only when the last
  /// piece was it and nothing follows. kMalformed with the place for what was cut off or changed.
  Result<std::string_view> next();

  const PublicKey& sealed_to() const;

 private:
  struct State;
  explicit Opener(std::unique_ptr<State> state);
  static Result<std::unique_ptr<State>> begin_with(Source source);
  static Result<Opener> start(std::unique_ptr<State> state, const StreamKey& key);
  std::unique_ptr<State> state_;
};

}  // namespace berth::backup
