#include "base/clock.hpp"

#include <sodium.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "base/base64.hpp"

namespace berth {

Instant SystemClock::now() const {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

void SystemRandom::fill(std::span<std::byte> bytes) {
  // Idempotent and thread safe; without it the generator may not be seeded.
  if (sodium_init() < 0) std::abort();
  randombytes_buf(bytes.data(), bytes.size());
}

void SeededRandom::fill(std::span<std::byte> bytes) {
  for (auto& byte : bytes) {  // splitmix64
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    byte = static_cast<std::byte>((mixed ^ (mixed >> 31U)) & 0xffU);
  }
}

std::string random_uuid(Random& random) {
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kHex[std::to_integer<std::size_t>(bytes[i] >> 4U)]);
    text.push_back(kHex[std::to_integer<std::size_t>(bytes[i] & std::byte{0x0f})]);
  }
  return text;
}

std::string random_name_part(Random& random, std::size_t count) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  while (text.size() < count) {
    std::array<std::byte, 1> byte{};
    random.fill(byte);
    const auto value = std::to_integer<std::size_t>(byte[0]);
    // 252 is the largest multiple of 36 below 256: beyond it the first letters would come up more often.
    if (value < 252) text.push_back(kLetters[value % kLetters.size()]);
  }
  return text;
}

std::string random_secret(Random& random, std::size_t bytes) {
  std::vector<std::byte> raw(bytes);
  random.fill(raw);
  return base64_url_encode(raw);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex_digit) return false;
  }
  return true;
}

}  // namespace berth
