// A yardstick: reads the files it is given and parses them with tree-sitter-python, nothing else.
//
//   parse_only FILE...           parses each file once
//   parse_only --times N FILE... the same N times, and prints the milliseconds of the fastest round
//   parse_only --list FILE       the files that are named in FILE, one a line, on all cores, each read when its turn
//   comes
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <tree_sitter/api.h>

extern "C" const TSLanguage* tree_sitter_python(void);

namespace {

bool read(const char* path, std::string& text) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return false;
  char buffer[65536];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, count);
  std::fclose(file);
  return true;
}

unsigned long parse(TSParser* parser, const std::string& text) {
  TSTree* tree = ts_parser_parse_string(parser, nullptr, text.data(), static_cast<uint32_t>(text.size()));
  const unsigned long nodes = ts_node_descendant_count(ts_tree_root_node(tree));
  ts_tree_delete(tree);
  return nodes;
}

int parse_list(const char* path) {
  std::vector<std::string> files;
  std::ifstream list(path);
  for (std::string line; std::getline(list, line);) files.push_back(line);
  std::atomic<std::size_t> next{0};
  std::atomic<unsigned long> nodes{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      TSParser* parser = ts_parser_new();
      if (!ts_parser_set_language(parser, tree_sitter_python())) return;
      for (std::size_t at = next++; at < files.size(); at = next++) {
        std::string text;
        if (read(files[at].c_str(), text)) nodes += parse(parser, text);
      }
      ts_parser_delete(parser);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return nodes > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 1;
  int first = 1;
  if (argc > 2 && std::strcmp(argv[1], "--list") == 0) return parse_list(argv[2]);
  if (argc > 2 && std::strcmp(argv[1], "--times") == 0) {
    rounds = std::atoi(argv[2]);
    first = 3;
  }
  std::vector<std::string> texts;
  for (int i = first; i < argc; ++i) {
    texts.emplace_back();
    if (!read(argv[i], texts.back())) return 2;
  }
  TSParser* parser = ts_parser_new();
  if (!ts_parser_set_language(parser, tree_sitter_python())) return 2;
  double best = 1e300;
  unsigned long nodes = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (const std::string& text : texts) nodes += parse(parser, text);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (took.count() < best) best = took.count();
  }
  ts_parser_delete(parser);
  if (rounds > 1) std::printf("%.3f\n", best);
  return nodes > 0 ? 0 : 1;
}
