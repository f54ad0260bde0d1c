#include "portal/repeated.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <optional>

#include "base/gzip.hpp"
#include "base/text.hpp"

namespace berth::portal {

namespace {

/// What the first entry that is `wanted` says: whether it is taken or refused. Empty where there is none.
std::optional<bool> said_of(std::string_view header, std::string_view wanted) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    auto entry = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    while (!entry.empty() && entry.front() == ' ') entry.remove_prefix(1);
    const auto semicolon = entry.find(';');
    auto parameters = semicolon == std::string_view::npos ? std::string_view{} : entry.substr(semicolon);
    entry = entry.substr(0, semicolon);
    while (!entry.empty() && entry.back() == ' ') entry.remove_suffix(1);
    if (entry != wanted) continue;
    std::string weight(parameters);
    std::erase(weight, ' ');
    return weight != ";q=0" && !weight.starts_with(";q=0.0") && !weight.starts_with(";q=0;");
  }
  return std::nullopt;
}

}  // namespace

bool lists(std::string_view header, std::string_view wanted) {
  return said_of(header, wanted).value_or(false);
}

bool takes_gzip(std::string_view accepted) {
  const auto codings = in_lower_case(accepted);
  for (const auto* name : {"gzip", "x-gzip", "*"}) {
    if (const auto said = said_of(codings, name)) return *said;
  }
  return false;
}

std::string tag_of(std::string_view bytes) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  std::string tag;
  for (const auto byte : hash) tag += fmt::format("{:02x}", byte);
  return tag;
}

bool has_already(const http::Request& request, std::string_view tag) {
  const auto known = request.header("If-None-Match").value_or("");
  // A proxy that compresses by itself makes a strong tag a weak one.
  return known == "*" || lists(known, tag) || lists(known, fmt::format("W/{}", tag));
}

http::Response repeated(http::Response whole, const http::Request& request) {
  const bool compressed =
      whole.body.size() >= kCompressFromBytes && takes_gzip(request.header("Accept-Encoding").value_or(""));
  const auto tag = fmt::format("\"{}{}\"", tag_of(whole.body), compressed ? "-gz" : "");
  whole.headers.emplace_back("Cache-Control", "private, no-cache");
  whole.headers.emplace_back("ETag", tag);
  whole.headers.emplace_back("Vary", "Accept-Encoding");
  if (has_already(request, tag)) {
    whole.status = 304;
    whole.body.clear();
    std::erase_if(whole.headers, [](const auto& header) { return header.first == "Content-Type"; });
  } else if (compressed) {
    whole.body = gzip(whole.body);
    whole.headers.emplace_back("Content-Encoding", "gzip");
  }
  return whole;
}

}  // namespace berth::portal
