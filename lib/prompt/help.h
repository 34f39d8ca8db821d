// The commands of the prompt: their names and what `help` says.
#pragma once

#include <array>
#include <string_view>

namespace shapelint::prompt {

enum class Verb { shape, value, why, names, set, size, arg, init, reset, step, back, check, fix, help, quit };

struct CommandHelp {
  std::string_view name;
  Verb verb;
  std::string_view usage;
  std::string_view summary;
  std::string_view details;
};

inline constexpr std::array kCommands = {
    CommandHelp{
        "shape", Verb::shape, "shape EXPR", "the shape of an expression",
        "EXPR is any Python expression over the names of the function, whether it stands in the source or not:\n"
        "  shape y_true[:, :1]\nA line that is no command is taken for an expression."},
    CommandHelp{"value", Verb::value, "value EXPR", "its numbers, beside what each sample alone gives",
                "Numbers come from --data, else they are seeded and always the same. `size B=5` sets a size."},
    CommandHelp{"why", Verb::why, "why EXPR", "where each size comes from, and where the batch axis went",
                "Shows the way from the parameters to the expression, and the steps that lose the batch axis or pair\n"
                "samples with each other."},
    CommandHelp{"names", Verb::names, "names", "the names of the function, with their shapes", ""},
    CommandHelp{"set", Verb::set, "set NAME=SHAPE", "another shape for a parameter: set y_true=B 5",
                "Shapes are those of --shape: sizes and symbols with blanks between them, or in brackets with commas.\n"
                "  set y_true=B N y_pred=B N\n  set y_true=(B, 5)\n  set weight=()"},
    CommandHelp{"size", Verb::size, "size B=5", "another size for a symbol, where numbers are computed", ""},
    CommandHelp{"arg", Verb::arg, "arg NAME=LITERAL", "a parameter that is no tensor: arg gamma=2.0",
                "A Python literal, or an expression over sizes: arg num_classes=C"},
    CommandHelp{"init", Verb::init, "init NAME=LITERAL", "a constructor's parameter, for classes", ""},
    CommandHelp{"reset", Verb::reset, "reset", "shapes, sizes and arguments as they were at the start", ""},
    CommandHelp{"step", Verb::step, "step [N]", "the next statement that ran; expressions are seen as they are there",
                "At the start the whole function has run; the first `step` goes to its first statement."},
    CommandHelp{"back", Verb::back, "back [N]", "the statement before", ""},
    CommandHelp{"check", Verb::check, "check", "what `shapelint check` finds, with its proof", ""},
    CommandHelp{"fix", Verb::fix, "fix [apply [N]]", "fixes that are proved; `fix apply` writes them to the file",
                "`fix apply` takes all of them, `fix apply 2` the second. The file is read again afterwards."},
    CommandHelp{"help", Verb::help, "help [COMMAND]", "this list, or more about a command", ""},
    CommandHelp{"quit", Verb::quit, "quit", "leave; so does the end of the input (Ctrl-D)", ""},
};

}  // namespace shapelint::prompt
