#include "poolfile/rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/display_name.hpp"
#include "base/quantity.hpp"
#include "model/cluster.hpp"

namespace berth::poolfile {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_dns_label(std::string_view text) {
  const auto plain = [](char c) { return is_lower(c) || is_digit(c); };
  return !text.empty() && text.size() <= 63 && plain(text.front()) && plain(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return plain(c) || c == '-'; });
}

bool is_dns_name(std::string_view text) {
  if (text.size() > 253) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!is_dns_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

/// Of one maker alone: what nodes offer is looked for under this prefix, and quotas and policies shut what is
/// under it. A unit under another one would wait for its device for ever.
constexpr std::string_view kResourcePrefix = "nvidia.com/";

bool is_resource_name(std::string_view text) {
  if (!text.starts_with(kResourcePrefix)) return false;
  const auto name = text.substr(kResourcePrefix.size());
  const auto plain = [](char c) { return is_lower(c) || is_upper(c) || is_digit(c); };
  return !name.empty() && name.size() <= 63 && plain(name.front()) && plain(name.back()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return plain(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_title(std::string_view text) {
  return check_name({"title", "A title", 100}, text).has_value();
}

bool is_title_or_empty(std::string_view text) {
  return text.empty() || is_title(text);
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), is_upper);
}

bool is_annual_cost(std::string_view text) {
  const auto amount = parse_money(text);
  return amount && amount->value <= kMostAnnualCostMicros;
}

bool is_time_zone(std::string_view text) {
  const auto fits = [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+';
  };
  return !text.empty() && text.size() <= 64 && is_upper(text.front()) &&
         std::all_of(text.begin(), text.end(), fits);
}

/// The bytes of an IPv4 or IPv6 address.
std::optional<std::vector<unsigned char>> address_bytes(std::string_view text) {
  const std::string copy(text);
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1)
    return std::vector(bytes.begin(), bytes.begin() + 4);
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return std::vector(bytes.begin(), bytes.end());
  return std::nullopt;
}

std::optional<int> small_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || !is_digit(text.front()) || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

bool is_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto bytes = address_bytes(text.substr(0, slash));
  const auto length = small_number(text.substr(slash + 1));
  if (!bytes || !length || *length > static_cast<int>(bytes->size()) * 8) return false;
  for (int bit = *length; bit < static_cast<int>(bytes->size()) * 8; ++bit) {
    const auto byte = (*bytes)[static_cast<std::size_t>(bit / 8)];
    if ((byte >> (7 - bit % 8)) & 1) return false;  // an address inside the range, where the range was meant
  }
  return true;
}

bool is_address_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto port = small_number(text.substr(colon + 1));
  auto address = text.substr(0, colon);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  const auto bytes = address_bytes(address);
  return port && *port >= 1 && *port <= 65535 && bytes && (bytes->size() == 16) == bracketed;
}

bool is_printable(std::string_view text, std::size_t most) {
  return text.size() <= most &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

bool is_image(std::string_view text) {
  return !text.empty() && is_printable(text, 512);
}
bool is_proxy_url(std::string_view text) {
  return text.empty() ||
         (is_printable(text, 512) && (text.starts_with("http://") || text.starts_with("https://")));
}
/// No user, query or fragment.
bool is_plain_url(std::string_view text, std::string_view scheme) {
  if (!text.starts_with(scheme) || text.size() > 512) return false;
  text.remove_prefix(scheme.size());
  return !text.starts_with('/') && !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:[]/").find(c) != std::string_view::npos;
  });
}
/// What a kubeconfig's `server` may be.
bool is_api_url(std::string_view text) {
  return text.empty() || is_plain_url(text, "https://");
}
bool is_portal_url(std::string_view text) {
  return text.empty() || is_plain_url(text, "https://") || is_plain_url(text, "http://");
}
bool is_base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
         c == '=';
}
/// Whole PEM blocks of certificates and nothing besides them: no key, and nothing that a YAML reader could
/// take for something else.
bool is_pem_certificates(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  constexpr std::size_t kMaxLine = 76;
  std::size_t whole = 0;
  std::size_t lines_of_block = 0;
  bool inside = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!inside) {
      if (line.empty()) continue;
      if (line != kBegin) return false;
      inside = true;
      lines_of_block = 0;
    } else if (line == kEnd) {
      if (lines_of_block == 0) return false;
      inside = false;
      ++whole;
    } else {
      if (line.empty() || line.size() > kMaxLine || !std::ranges::all_of(line, is_base64)) return false;
      ++lines_of_block;
    }
  }
  return whole != 0 && !inside;
}
bool is_api_authority(std::string_view text) {
  if (text.empty() || text == model::kSystemAuthority) return true;
  return text.size() <= kMaxApiAuthorityBytes && is_pem_certificates(text);
}
bool is_no_proxy(std::string_view text) {
  return is_printable(text, 2048);
}
bool is_url_scheme(std::string_view text) {
  return text == "http" || text == "https";
}
bool is_flavour(std::string_view text) {
  return text == "kubernetes" || text == "openshift";
}
bool is_pod_security(std::string_view text) {
  return text == "baseline" || text == "restricted";
}
bool is_dns_name_or_empty(std::string_view text) {
  return text.empty() || is_dns_name(text);
}

/// A label's name or value, as Kubernetes has it: 1 to 63 characters.
bool is_label_word(std::string_view text) {
  const auto plain = [](char c) { return is_lower(c) || is_upper(c) || is_digit(c); };
  return !text.empty() && text.size() <= 63 && plain(text.front()) && plain(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return plain(c) || c == '-' || c == '_' || c == '.'; });
}
bool is_label_with_value(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  auto name = text.substr(0, equals);
  if (const auto slash = name.find('/'); slash != std::string_view::npos) {
    if (!is_dns_name(name.substr(0, slash))) return false;
    name = name.substr(slash + 1);
  }
  return is_label_word(name) && is_label_word(text.substr(equals + 1));
}

}  // namespace

const TextRule kDnsLabel{is_dns_label, "1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends"};
const TextRule kDnsName{is_dns_name, "a DNS name in lower case, at most 253 characters"};
const TextRule kResourceName{is_resource_name,
                             "nvidia.com/ and a name of 1 to 63 characters, such as nvidia.com/gpu or "
                             "nvidia.com/mig-1g.24gb"};
const TextRule kTitle{is_title, "1 to 100 characters without control characters, some of it to be seen"};
const TextRule kTitleOrEmpty{is_title_or_empty,
                             "at most 100 characters without control characters, some of it to be seen"};
const TextRule kCurrency{is_currency, "three letters such as EUR"};
const TextRule kMoney{is_annual_cost, "text such as \"12345.67\", 0 to 5000000000 with at most 6 decimals"};
const TextRule kTimeZone{is_time_zone, "the name of a time zone, such as Europe/Berlin or UTC"};
const TextRule kCidr{is_cidr, "a range such as 10.128.0.0/14, with no bits set beyond its length"};
const TextRule kAddressAndPort{is_address_and_port,
                               "an address and port such as 192.0.2.10:6443 or [2001:db8::1]:6443"};
const TextRule kUrlScheme{is_url_scheme, "http or https"};
const TextRule kFlavour{is_flavour, "kubernetes or openshift"};
const TextRule kPodSecurity{is_pod_security, "baseline or restricted"};
const TextRule kImage{is_image, "an image reference of 1 to 512 characters without spaces"};
const TextRule kProxyUrl{is_proxy_url, "an http:// or https:// URL of at most 512 characters, or nothing"};
const TextRule kApiUrl{
    is_api_url, "an https:// URL of at most 512 characters without user, query or fragment, or nothing"};
const TextRule kPortalUrl{is_portal_url,
                          "an http:// or https:// URL of at most 512 characters without user, query or "
                          "fragment, or nothing"};
const TextRule kApiAuthority{is_api_authority,
                             "PEM certificates of at most 32 KiB in all, the word system, or nothing"};
const TextRule kNoProxy{is_no_proxy, "at most 2048 characters without spaces"};
const TextRule kDnsNameOrEmpty{is_dns_name_or_empty, "a DNS name in lower case, or nothing"};
const TextRule kLabelIs{is_label_with_value, "one label with its value, such as app=nvidia-dcgm-exporter"};

}  // namespace berth::poolfile
