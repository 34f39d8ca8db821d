// Parsing of arguments with CLI11. Only the options of the command that is used are declared: declaring all of them
// would take longer than parsing a small file.
#include "tool/options.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "lib/support/suggest.h"
#include "tool/help.h"

namespace shapelint::tool {
namespace {

struct Known {
  std::string_view name;
  Command command;
  std::string_view summary;
  std::string_view examples;
};
constexpr std::array kCommands = {
    Known{"check", Command::check, "Find tensor-shape bugs in loss functions", kCheckExamples},
    Known{"explain", Command::explain, "Show the shape of every expression of a loss", kExplainExamples},
    Known{"eval", Command::eval, "Compute a loss on numbers, beside each sample alone", kEvalExamples},
    Known{"rule", Command::rule, "Show what a rule finds, with examples", kRuleExamples},
    Known{"frameworks", Command::frameworks, "List the framework functions that are known", kFrameworksExamples},
    Known{"lsp", Command::lsp, "Language server for editors, on standard input and output", kLspExamples},
    Known{"dump", Command::dump, "Print inner values, for people who work on shapelint", kDumpExamples},
};

// CLI11's help without its decorations: `--shape NAME=SHAPE`, `PATH`.
class Formatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() ? "" : " " + type.substr(0, type.find(':'));
  }
  std::string make_positionals(const CLI::App* app) const override {
    return make_group("Arguments", true,
                      app->get_options([](const CLI::Option* option) { return option->get_positional(); }));
  }
};

template <class T>
CLI::Option* list(CLI::App& app, const char* names, T& target, const char* value, const char* help) {
  return app.add_option(names, target, help)->type_name(value)->allow_extra_args(false);
}

void add_target_options(CLI::App& app, CommandLine& line) {
  const char* group = "What the target's parameters are";
  list(app, "--shape", line.shapes, "NAME=SHAPE", "Shape of a parameter: y_true=\"B N\"; \"\" is a scalar")
      ->group(group);
  list(app, "--dtype", line.dtypes, "NAME=DTYPE", "Element type of a parameter: labels=int64")->group(group);
  list(app, "--arg", line.args, "NAME=LITERAL", "A parameter's value: gamma=2.0, num_classes=C, mask=torch.ones(B)")
      ->group(group);
  list(app, "--init", line.init, "NAME=LITERAL", "A constructor's parameter, for classes")->group(group);
  list(app, "--size", line.sizes, "SYMBOL=N", "Size of a symbol where numbers are computed: B=4")->group(group);
  list(app, "--data", line.data, "FILE", "Sample data: .json, .npy, .npz or .csv")->group(group);
  list(app, "--framework", line.frameworks, "NAME=VERSION", "Framework version: keras=2")->group(group);
  app.add_option("--batch", line.batch, "Which symbol counts samples (default: found by its name)")
      ->type_name("SYMBOL")
      ->group(group);
  app.add_option("--config", line.config, "Read this configuration and no other (default: the nearest of each file)")
      ->type_name("FILE");
  app.add_flag("--isolated", line.isolated, "Read no configuration file");
}

// In the order of `OutputFormat`.
constexpr std::array<std::string_view, 6> kFormats = {"full", "concise", "json", "json-lines", "github", "sarif"};

void add_output_options(CLI::App& app, CommandLine& line, bool has_findings) {
  const std::vector<std::string> allowed = has_findings ? std::vector<std::string>(kFormats.begin(), kFormats.end())
                                                        : std::vector<std::string>{"full", "json"};
  app.add_option_function<std::string>(
         "--output-format",
         [&line](const std::string& value) {
           line.format = static_cast<OutputFormat>(std::ranges::find(kFormats, value) - kFormats.begin());
         },
         has_findings ? "How results are written: full, concise, json, json-lines, github or sarif (default: full)"
                      : "How results are written: full or json (default: full)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember(allowed));
  app.add_option("-o,--output-file", line.output_file, "Write results to a file")->type_name("FILE");
  app.add_option_function<std::string>(
         "--color",
         [&line](const std::string& value) {
           line.color = value == "always"  ? ColorWhen::always
                        : value == "never" ? ColorWhen::never
                                           : ColorWhen::automatic;
         },
         "Colours: auto, always or never; NO_COLOR and FORCE_COLOR count too")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_rule_options(CLI::App& app, CommandLine& line) {
  const char* rules = "Which findings";
  list(app, "--select", line.select, "RULE,...", "Only these rules, or ALL")->delimiter(',')->group(rules);
  list(app, "--ignore", line.ignore, "RULE,...", "Not these rules")->delimiter(',')->group(rules);
  list(app, "--extend-select", line.extend_select, "RULE,...", "These rules as well")->delimiter(',')->group(rules);
  list(app, "--error", line.error, "RULE,...", "Findings of these rules are errors")->delimiter(',')->group(rules);
  list(app, "--warn", line.warn, "RULE,...", "Findings of these rules are warnings")->delimiter(',')->group(rules);
  app.add_option_function<std::string>(
         "--min-severity",
         [&line](const std::string& value) {
           line.min_severity = value == "error"     ? Severity::error
                               : value == "warning" ? Severity::warning
                                                    : Severity::advice;
         },
         "Hide what is below: error, warning or advice (default: advice)")
      ->type_name("SEVERITY")
      ->check(CLI::IsMember({"error", "warning", "advice"}))
      ->group(rules);
  app.add_flag("--pedantic", line.pedantic, "Also what is merely possible")->group(rules);
}

void add_cxx(CLI::App& app, CommandLine& line) {
  const char* group = "How C++ is compiled (arguments after `--` are the compiler's)";
  app.add_option("-p", line.cxx.build_dir, "The folder with compile_commands.json (default: looked for upwards)")
      ->type_name("BUILD_DIR")
      ->group(group);
}

void add_stdin(CLI::App& app, CommandLine& line) {
  app.add_option("--stdin-filename", line.stdin_filename,
                 "What `-`, standard input, is called; decides .py, .ipynb or .loss")
      ->type_name("FILE");
  add_cxx(app, line);
}

void declare(CLI::App& app, CommandLine& line) {
  switch (line.command) {
    case Command::check: {
      app.add_option("PATH", line.targets, "Files, folders, FILE::FUNCTION or FILE:LINE (default: the project's root)")
          ->type_name("");
      add_target_options(app, line);
      add_rule_options(app, line);
      add_output_options(app, line, true);
      app.add_flag("--statistics", line.statistics,
                   "Counts instead of findings: per rule, and how far the losses were tracked");
      list(app, "--exclude", line.exclude, "PATTERN,...", "Not these files and folders, in the form of a .gitignore")
          ->delimiter(',');
      app.add_option("-j,--jobs", line.jobs, "Threads (default: one per core)")
          ->type_name("N")
          ->check(CLI::Range(1, 1024));
      app.add_flag_callback(
          "--no-cache", [&line] { line.cxx.no_cache = true; },
          "Keep and read no precompiled C++ headers (the only cache there is)");
      app.add_flag("--exit-zero", line.exit_zero, "Exit 0 also when there are findings");
      app.add_flag("-q,--quiet", line.quiet, "Findings only, no summary");
      app.add_flag("-v,--verbose", line.verbose, "Also say what was looked at and what was not understood");
      add_stdin(app, line);
      return;
    }
    case Command::explain:
    case Command::eval:
      app.add_option("TARGET", line.targets, "FILE::FUNCTION, FILE::Class.method, FILE:LINE, or a FILE with one loss")
          ->required()
          ->expected(1)
          ->type_name("");
      add_target_options(app, line);
      add_output_options(app, line, false);
      add_stdin(app, line);
      if (line.command == Command::explain)
        app.add_flag("-i,--interactive", line.interactive, "A prompt: ask for shapes, change them, step through");
      return;
    case Command::rule:
      app.add_option("NAME", line.targets, "The rule; without it, all rules with a sentence each")
          ->expected(1)
          ->type_name("");
      app.add_flag("--all", line.all, "Every rule's page");
      add_output_options(app, line, false);
      return;
    case Command::frameworks:
      app.add_option("PREFIX", line.targets, "As imported: keras.losses, tf.keras")->expected(1)->type_name("");
      return;
    case Command::lsp:
      add_target_options(app, line);
      add_rule_options(app, line);
      app.add_flag_callback("--stdio", [] {}, "Taken and ignored: many editors pass it");
      return;
    case Command::dump:
      app.add_option("TARGET", line.targets, "FILE::FUNCTION; for --stage program a FILE is enough")
          ->required()
          ->expected(1)
          ->type_name("");
      app.add_option("--stage", line.stage, "program or trace")
          ->required()
          ->type_name("STAGE")
          ->check(CLI::IsMember({"program", "trace"}));
      add_target_options(app, line);
      add_stdin(app, line);
      return;
  }
}

// The long options of a command, for suggestions.
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

ParsedArguments usage_error(const std::string& message, std::string_view command) {
  return {.line = std::nullopt,
          .exit_code = kUsage,
          .output = {},
          .error = fmt::format("error: {}\n\nFor help, try `shapelint {}--help`.\n", message,
                               command.empty() ? "" : fmt::format("{} ", command))};
}

ParsedArguments unknown_command(const std::string& word) {
  std::string message;
  if (word.starts_with('-')) message = fmt::format("unknown option '{}' before a command", word);
  else if (word.find_first_of("./:") != std::string::npos)
    message = fmt::format("'{}' is no command; did you mean `shapelint check {}`?", word, word);
  else {
    std::vector<std::string> names;
    for (const Known& known : kCommands) names.emplace_back(known.name);
    message = fmt::format("'{}' is no command{}", word, did_you_mean(word, names));
  }
  return usage_error(message, "");
}

std::string plain_message(const CLI::ParseError& error, const CLI::App& app) {
  const std::string what = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return what;
  for (const std::string& extra : app.remaining()) {
    if (!extra.starts_with('-')) return fmt::format("unexpected argument '{}'", extra);
    const std::string option = extra.substr(0, extra.find('='));
    return fmt::format("unknown option '{}'{}", option, did_you_mean(option, option_names(app)));
  }
  return what;
}

}  // namespace

ParsedArguments parse_arguments(int argc, const char* const* argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first.empty()) return {.line = std::nullopt, .exit_code = kUsage, .output = {}, .error = std::string(kHelp)};
  if (first == "--help" || first == "-h" || first == "help")
    return {.line = std::nullopt, .exit_code = 0, .output = std::string(kHelp), .error = {}};
  if (first == "--version" || first == "-V")
    return {.line = std::nullopt, .exit_code = 0, .output = "shapelint " SHAPELINT_VERSION "\n", .error = {}};
  const auto known = std::ranges::find(kCommands, first, &Known::name);
  if (known == kCommands.end()) return unknown_command(first);

  CommandLine line;
  line.command = known->command;
  CLI::App app{std::string(known->summary), "shapelint " + std::string(known->name)};
  app.footer(std::string(known->examples));
  auto formatter = std::make_shared<Formatter>();
  formatter->column_width(30);
  app.formatter(formatter);
  try {
    declare(app, line);
    // What stands behind `--` is the compiler's, as for clang-tidy.
    int count = argc;
    const bool takes_cxx = line.command == Command::check || line.command == Command::explain ||
                           line.command == Command::eval || line.command == Command::dump;
    for (int i = 3; takes_cxx && i < argc; ++i) {
      if (std::string_view(argv[i]) != "--") continue;
      line.cxx.has_arguments = true;
      line.cxx.arguments.assign(argv + i + 1, argv + argc);
      count = i;
      break;
    }
    app.parse(count - 1, argv + 1);
  } catch (const CLI::CallForHelp&) {
    return {.line = std::nullopt, .exit_code = 0, .output = app.help(), .error = {}};
  } catch (const CLI::ParseError& error) {
    return usage_error(plain_message(error, app), known->name);
  }
  return {.line = std::move(line), .exit_code = 0, .output = {}, .error = {}};
}

}  // namespace shapelint::tool
