#include "base/base64.hpp"

#include <sodium.h>

#include <algorithm>

namespace berth {
namespace {

std::string encode(const unsigned char* bytes, std::size_t count, int variant) {
  std::string text(sodium_base64_encoded_len(count, variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes, count, variant);
  text.resize(text.size() - 1);  // the terminating zero
  return text;
}

std::string encode(std::string_view bytes, int variant) {
  return encode(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), variant);
}

/// `ignored` may be null: nothing is.
std::optional<std::string> decode(std::string_view text, const char* ignored, int variant) {
  // libsodium takes bytes beyond ASCII for '+' and '/'.
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return std::nullopt;
  }
  std::string bytes(text.size() / 4 * 3 + 2, '\0');
  std::size_t count = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), ignored, &count, &end, variant) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  bytes.resize(count);
  return bytes;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  return encode(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<std::string> base64_decode(std::string_view text) {
  constexpr const char* kBlank = " \t\r\n";
  // The zero that ends kBlank would be one of its characters.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (auto padded = decode(text, kBlank, sodium_base64_VARIANT_ORIGINAL)) return padded;
  return decode(text, kBlank, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

std::string base64_url_encode(std::string_view bytes) {
  return encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string base64_url_encode(std::span<const std::byte> bytes) {
  return encode(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<std::string> base64_url_decode(std::string_view text) {
  return decode(text, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

}  // namespace berth
