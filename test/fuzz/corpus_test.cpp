// Every fuzzer on its seeds and on a few mutations of each, without libFuzzer: always the same ones, so that
// what fails here fails again. `make fuzz` looks further.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "fuzz.hpp"
#include "fuzzers.hpp"

namespace berth::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr int kMutationsPerFuzzer = 400;
constexpr int kMostChanges = 4;
constexpr std::size_t kLongestBytes = 16'384;

struct Seed {
  std::string file;
  std::string bytes;
};

std::vector<Seed> seeds_of(const std::string& fuzzer) {
  std::vector<Seed> seeds;
  for (const auto& entry : fs::directory_iterator(fs::path(BERTH_FUZZ_CORPUS) / fuzzer)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    seeds.push_back({entry.path().filename().string(), text.str()});
  }
  std::ranges::sort(seeds, {}, &Seed::file);
  return seeds;
}

class Mutator {
 public:
  Mutator(const std::vector<Seed>& seeds, std::uint32_t seed) : seeds_(&seeds), random_(seed) {}

  std::string next() {
    auto bytes = any_seed();
    for (auto left = 1 + below(kMostChanges); left > 0; --left) change(bytes);
    if (bytes.size() > kLongestBytes) bytes.resize(kLongestBytes);
    return bytes;
  }

 private:
  // The engine's numbers are laid down by the standard, the distributions' are not.
  std::size_t below(std::size_t bound) { return random_() % bound; }
  const std::string& any_seed() { return (*seeds_)[below(seeds_->size())].bytes; }
  std::string piece_of(const std::string& bytes) {
    const auto from = below(bytes.size() + 1);
    return bytes.substr(from, below(32));
  }

  void change(std::string& bytes) {
    using namespace std::string_view_literals;
    constexpr auto kTelling = "\"\\{}[]():;,.-+=&?%/ \t\r\n\0\x7f\xff\xc3#*'0129eEnN"sv;
    const auto at = below(bytes.size() + 1);
    switch (below(7)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
        break;
      case 1:
        bytes.insert(at, 1, kTelling[below(kTelling.size())]);
        break;
      case 2:
        bytes.erase(at, 1 + below(16));
        break;
      case 3:
        bytes.insert(at, piece_of(bytes));
        break;
      case 4:
        bytes.insert(at, piece_of(any_seed()));
        break;
      case 5:
        if (at < bytes.size()) bytes[at] = kTelling[below(kTelling.size())];
        break;
      default:
        bytes.resize(at);
    }
  }

  const std::vector<Seed>* seeds_;
  std::mt19937 random_;
};

class EveryFuzzer : public testing::TestWithParam<Fuzzer> {
 protected:
  void run(const std::string& what, const std::string& bytes) {
    keep(bytes);
    try {
      GetParam().run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    } catch (const std::exception& broken) {
      FAIL() << what << ": " << broken.what() << "\nThe input is in " << kept().string();
    }
  }

  void TearDown() override {
    if (!HasFailure()) fs::remove(kept());
  }

 private:
  fs::path kept() const {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    return fs::path(BERTH_FUZZ_SCRATCH) / test.substr(0, test.find('/')).append("_").append(GetParam().name);
  }
  /// The input outlives a crash of the program.
  void keep(const std::string& bytes) const {
    fs::create_directories(kept().parent_path());
    std::ofstream(kept(), std::ios::binary) << bytes;
  }
};

TEST_P(EveryFuzzer, HoldsForItsSeeds) {
  const auto seeds = seeds_of(GetParam().name);
  ASSERT_FALSE(seeds.empty());
  for (const auto& seed : seeds) {
    run(seed.file, seed.bytes);
    if (HasFatalFailure()) return;
  }
}

TEST_P(EveryFuzzer, HoldsForMutations) {
  const auto seeds = seeds_of(GetParam().name);
  ASSERT_FALSE(seeds.empty());
  Mutator mutator(seeds, 20261122);
  for (int i = 0; i < kMutationsPerFuzzer; ++i) {
    run("mutation " + std::to_string(i), mutator.next());
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, EveryFuzzer, testing::ValuesIn(all_fuzzers()),
                         [](const auto& fuzzer) { return std::string(fuzzer.param.name); });

}  // namespace
}  // namespace berth::fuzz
