// A yardstick for start-up: reads the files it is given and parses them with tree-sitter-python, nothing else.
//
//   parse_only FILE...           parses each file once
//   parse_only --times N FILE... the same N times, and prints the milliseconds of the fastest round
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <tree_sitter/api.h>

extern "C" const TSLanguage* tree_sitter_python(void);

int main(int argc, char** argv) {
  int rounds = 1;
  int first = 1;
  if (argc > 2 && std::strcmp(argv[1], "--times") == 0) {
    rounds = std::atoi(argv[2]);
    first = 3;
  }
  std::vector<std::string> texts;
  for (int i = first; i < argc; ++i) {
    std::FILE* file = std::fopen(argv[i], "rb");
    if (file == nullptr) return 2;
    std::string text;
    char buffer[65536];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, count);
    std::fclose(file);
    texts.push_back(std::move(text));
  }
  TSParser* parser = ts_parser_new();
  if (!ts_parser_set_language(parser, tree_sitter_python())) return 2;
  double best = 1e300;
  unsigned long nodes = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (const std::string& text : texts) {
      TSTree* tree = ts_parser_parse_string(parser, nullptr, text.data(), static_cast<uint32_t>(text.size()));
      nodes += ts_node_descendant_count(ts_tree_root_node(tree));
      ts_tree_delete(tree);
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (took.count() < best) best = took.count();
  }
  ts_parser_delete(parser);
  if (rounds > 1) std::printf("%.3f\n", best);
  return nodes > 0 ? 0 : 1;
}
