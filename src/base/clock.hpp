// The two things a decision may not reach for by itself: time and chance. They are handed in.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/instant.hpp"

namespace berth {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
};

/// The operating system's generator, fit for secrets.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

/// Repeatable, for tests and simulation. Never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> bytes) override;

 private:
  std::uint64_t state_;
};

/// A version 4 UUID in its canonical lower-case form.
std::string random_uuid(Random& random);
/// `count` characters of a-z and 0-9, e.g. for names in a cluster. About 5.1 bits each.
std::string random_name_part(Random& random, std::size_t count);
/// `bytes` random bytes as URL-safe base64 without padding, for secrets.
std::string random_secret(Random& random, std::size_t bytes);

/// True for the canonical form that `random_uuid` gives (any version).
bool is_uuid(std::string_view text);

}  // namespace berth
