// `check`: every loss of the files and folders that were named, on all cores; what is said comes in the order of the
// files, whichever thread is first.
#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/lint/deep_thread.h"
#include "lib/report/report.h"
#include "rules/rules.h"
#include "tool/commands/check_file.h"
#include "tool/commands/commands.h"
#include "tool/inputs.h"
#include "tool/output.h"

// Of tcmalloc, where it is linked.
extern "C" void MallocExtension_ReleaseFreeMemory() __attribute__((weak));
extern "C" int MallocExtension_GetNumericProperty(const char* property, std::size_t* value) __attribute__((weak));

namespace shapelint::tool {
namespace {

// Results that wait for an earlier file, at most: a slow file must not let the results of all others pile up.
constexpr std::size_t kWindow = 512;

// What was freed goes back to the system once it is much: the arrays of one loss may be as large as all that follows,
// and what is given back after every loss is taken again for the next.
void release_free_memory() {
  constexpr std::size_t kKept = std::size_t{64} << 20U;
  std::size_t free = 0;
  if (MallocExtension_ReleaseFreeMemory != nullptr && MallocExtension_GetNumericProperty != nullptr &&
      MallocExtension_GetNumericProperty("tcmalloc.pageheap_free_bytes", &free) != 0 && free > kKept)
    MallocExtension_ReleaseFreeMemory();
}

// Checks items on several threads and gives their results in order.
class Pool {
 public:
  Pool(const std::vector<CheckItem>& items, const CheckContext& context, std::size_t jobs)
      : items_(items), context_(context), results_(items.size()) {
    shared_.cxx = context.line.cxx;
    for (const std::string& target : context.line.targets)
      if (is_folder(target)) shared_.folders.push_back(absolute_folder(target));
    if (jobs < 2) return;
    for (std::size_t i = 0; i < jobs; ++i) threads_.emplace_back([this] { work(); });
    // None was to be had: this thread does the work.
    if (std::ranges::none_of(threads_, &DeepThread::is_started)) threads_.clear();
  }

  /// The result of the next item.
  FileResult next() {
    const std::size_t index = given_;
    if (threads_.empty()) {
      ++given_;
      return check_item(items_[index], context_, shared_);
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return results_[index].has_value(); });
    FileResult result = std::move(*results_[index]);
    results_[index].reset();
    ++given_;
    changed_.notify_all();
    return result;
  }

 private:
  void work() {
    while (true) {
      std::size_t index = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return taken_ >= items_.size() || taken_ < given_ + kWindow; });
        if (taken_ >= items_.size()) return;
        index = taken_++;
      }
      FileResult result = check_item(items_[index], context_, shared_);
      if (result.summary.losses > 0) release_free_memory();
      const std::lock_guard lock(mutex_);
      results_[index].emplace(std::move(result));
      changed_.notify_all();
    }
  }

  const std::vector<CheckItem>& items_;
  const CheckContext& context_;
  SharedModules shared_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<FileResult>> results_;
  std::size_t taken_ = 0;
  std::size_t given_ = 0;
  std::deque<DeepThread> threads_;  // last: they use what stands above
};

class Check {
 public:
  Check(const CommandLine& line, Output& output)
      : line_(line),
        output_(output),
        configs_(line),
        folders_(folders()),
        sarif_(all_rules(), SHAPELINT_VERSION, {folders_.current, folders_.current}) {}

  int run() {
    const std::vector<std::string> arguments =
        line_.targets.empty() ? std::vector<std::string>{project_root()} : line_.targets;
    std::vector<CheckItem> items;
    for (std::size_t i = 0; i < arguments.size(); ++i) add_items(arguments[i], i, items);
    const CheckContext context{line_, configs_, output_.style(), folders_};
    Pool pool(items, context, std::min<std::size_t>(jobs(), items.size()));
    for (const CheckItem& item : items) take(item, pool.next());
    for (const Folder& folder : below_) warn_of_nothing(folder);
    return finish();
  }

 private:
  // A folder that was named.
  struct Folder {
    std::string path;
    std::size_t argument = 0;
    std::size_t files = 0;
    std::size_t losses = 0;
    bool has_problems = false;
  };

  // The folder that names are relative to, and for GitHub the repository's, of which this one may be a part.
  static Folders folders() {
    std::error_code error;
    const std::string current = std::filesystem::current_path(error).string();
    const char* workspace = std::getenv("GITHUB_WORKSPACE");
    return {current, workspace != nullptr && *workspace == '/' ? workspace : current};
  }

  std::size_t jobs() const {
    return line_.jobs > 0 ? static_cast<std::size_t>(line_.jobs) : std::max(1U, std::thread::hardware_concurrency());
  }

  bool is(OutputFormat format) const { return line_.format == format; }

  void fail(const std::string& message, const std::string& path = {}) {
    // An option that fits no target says so once.
    if (!said_.insert(message).second) return;
    output_.error(message);
    if (is(OutputFormat::github)) output_.write(github_problem(message));
    if (is(OutputFormat::sarif)) sarif_.add_problem(Severity::error, message, path);
  }

  void add_items(const std::string& argument, std::size_t index, std::vector<CheckItem>& items) {
    const Input input = parse_input(argument);
    if (input.path == "-" || !is_folder(input.path)) {
      if (input.is_whole() && !seen_.insert(input.path).second) return;
      items.push_back({input, false, index});
      return;
    }
    if (!input.is_whole()) {
      fail(fmt::format("'{}' is a folder; name a file", input.path));
      ++summary_.failed;
      return;
    }
    const auto config = configs_.nearest(input.path);
    if (!config) {
      fail(config.error());
      ++summary_.failed;
      return;
    }
    std::vector<Exclusion> exclusions = {{line_.exclude, {}}};
    if (*config != nullptr) exclusions.push_back({(*config)->exclude, (*config)->folder});
    std::vector<std::string> problems;
    const std::vector<std::string> files = sources_below(input.path, exclusions, problems);
    for (const std::string& problem : problems) {
      fail(problem);
      ++summary_.failed;
    }
    below_.push_back({input.path, index, files.size(), 0, !problems.empty()});
    for (const std::string& path : files) {
      if (seen_.insert(path).second) items.push_back({{.path = path, .qualname = {}, .line = 0}, true, index});
    }
  }

  void warn_of_nothing(const Folder& folder) {
    if (folder.losses > 0 || folder.has_problems || line_.quiet) return;
    output_.warning(folder.files == 0
                        ? fmt::format("no .py, .pyi, .ipynb or .loss file in '{}'", folder.path)
                        : fmt::format("no loss function in '{}' ({} looked at)", folder.path,
                                      folder.files == 1 ? "1 file" : fmt::format("{} files", folder.files)));
  }

  void take(const CheckItem& item, const FileResult& result) {
    for (const FileResult::Message& message : result.messages) say(message);
    has_internal_error_ = has_internal_error_ || result.internal_error;
    add(summary_, result.summary);
    for (Folder& folder : below_)
      if (folder.argument == item.argument) folder.losses += result.summary.losses;
    std::vector<Finding> fresh;
    for (std::size_t i = 0; i < result.shown.size(); ++i) {
      const FileResult::Shown& one = result.shown[i];
      // One bug in a helper of several files is one finding, of the file that led there first.
      if (!found_.emplace(one.rule, one.place).second) continue;
      ++summary_.by_rule[one.rule];
      ++(one.severity == Severity::error     ? summary_.errors
         : one.severity == Severity::warning ? summary_.warnings
                                             : summary_.advice);
      if (line_.statistics) continue;
      if (is(OutputFormat::sarif)) fresh.push_back(result.findings[i]);
      else if (is(OutputFormat::json)) json_.push_back(one.text);
      else if (is(OutputFormat::github)) annotations_.emplace_back(one.severity, one.text);
      else output_.write(one.text);
    }
    if (!fresh.empty()) sarif_.add(fresh, result.file.session->sources());
    if (!is(OutputFormat::json) && !is(OutputFormat::sarif)) output_.flush();
  }

  void say(const FileResult::Message& message) {
    switch (message.kind) {
      case FileResult::Message::Kind::error: return fail(message.text, message.path);
      case FileResult::Message::Kind::note: return output_.note(message.text);
      case FileResult::Message::Kind::warning: break;
    }
    if (!message.at) return output_.warning(message.text);
    output_.warning(fmt::format("{}:{}: {}", message.path, message.place, message.text));
    if (!is(OutputFormat::sarif)) return;
    const bool is_in_cell = message.place.starts_with("cell ");
    sarif_.add_problem(Severity::warning, is_in_cell ? message.place + ": " + message.text : message.text, message.path,
                       *message.at);
  }

  int finish() {
    const bool is_data = is(OutputFormat::json) || is(OutputFormat::json_lines) || is(OutputFormat::sarif);
    // GitHub shows the first ten of a step.
    std::ranges::stable_sort(annotations_, [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [severity, text] : annotations_) output_.write(text);
    if (line_.statistics)
      output_.write(is_data ? statistics_json(summary_) : statistics_text(summary_, all_rules(), output_.style()));
    else if (is(OutputFormat::json)) output_.write(json_array(json_));
    else if (is(OutputFormat::sarif)) output_.write(sarif_.text());
    if (!is_data && !line_.quiet) output_.write(summary_text(summary_, output_.style()));
    const bool has_findings = summary_.errors + summary_.warnings > 0 && !line_.exit_zero;
    const int code = summary_.failed > 0 ? kUsage : has_findings ? kFindings : kClean;
    return output_.finish(has_internal_error_ ? kInternalError : code);
  }

  const CommandLine& line_;
  Output& output_;
  Configs configs_;
  Folders folders_;
  SarifLog sarif_;
  CheckSummary summary_;
  std::vector<std::string> json_;
  std::vector<std::pair<Severity, std::string>> annotations_;
  std::vector<Folder> below_;
  std::set<std::string> seen_;
  std::set<std::string> said_;
  std::set<std::pair<std::string, std::string>> found_;  ///< rule and place
  bool has_internal_error_ = false;
};

}  // namespace

int run_check(const CommandLine& line) {
  Output output(line);
  // A mistake on the command line is one mistake, however many files there are.
  if (const auto options = analysis_options(line, nullptr); !options) {
    output.error(options.error());
    return kUsage;
  }
  if (line.statistics && line.format == OutputFormat::sarif) {
    output.error("--statistics counts rules, which SARIF has no place for; take full or json");
    return kUsage;
  }
  return Check(line, output).run();
}

}  // namespace shapelint::tool
