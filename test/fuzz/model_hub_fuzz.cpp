// What a Hub answers, and an hf:// address: paths become names of files, hashes become them too, and what a
// Link or a Content-Range says decides what is asked and written next.
#include "fuzz.hpp"
#include "modelcache/content_range.hpp"
#include "modelcache/listing.hpp"
#include "modelcache/pieces.hpp"
#include "modelcache/publish.hpp"
#include "modelcache/refusals.hpp"
#include "modelcache/source.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using berth::fuzz::require;
  namespace models = berth::modelcache;
  const auto text = berth::fuzz::text_of(bytes, size);

  if (const auto source = models::parse_source(text)) {
    require(models::parse_source(source->text()) == *source);
    require(source->folder().find('/') == std::string::npos &&
            source->revision.find("..") == std::string::npos);
    require(source->revision.front() != '/' && source->revision.size() <= models::kMaxRevisionBytes);
  } else {
    require(source.error().fields.size() == 1 && source.error().message.size() < 500);
  }

  models::Listing listing;
  if (listing.add_page(text)) {
    if (const auto files = std::move(listing).whole()) {
      for (const auto& file : *files) {
        require(file.size >= 0 && file.size <= models::kMaxFileBytes);
        require(models::is_hex(file.hash, 64) || models::is_hex(file.hash, 40));
        require(models::fault_of_path(file.path).empty() && file.path.size() <= models::kMaxPathBytes);
        require(("/" + file.path + "/").find("/../") == std::string::npos && file.path.front() != '/');
        require(models::link_target(file.path, file.hash).ends_with("../blobs/" + file.hash));
      }
    }
  }
  if (const auto commit = models::parse_commit(text)) require(models::is_commit(*commit));
  if (const auto query = models::next_query(text)) {
    for (const char c : *query) require(c > ' ' && c <= '~' && c != '#');
  }
  if (const auto range = models::parse_content_range(text))
    require(range->first >= 0 && range->first <= range->last &&
            (!range->total || range->last < *range->total));
  require(models::retry_after(text) >= 0);

  constexpr std::int64_t kSize = 1000;
  constexpr std::int64_t kPiece = 64;
  models::Pieces pieces(kSize, kPiece);
  if (pieces.read_notes(text, "h"))
    require(pieces.done_bytes() <= kSize && pieces.front() <= pieces.done_bytes());
  return 0;
}
