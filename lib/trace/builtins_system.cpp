// os, sys, warnings and logging, which decide no shapes: environment variables are taken as not set, and what is logged
// is passed over.
#include <fmt/format.h>

#include "lib/trace/builtins.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

Value itself(Run&, Args, const Span&) { return ignored(); }

Value environment(Run&, Args args, const Span&) { return argument(args, 1, "default"); }

Value join_path(Run&, Args args, const Span&) {
  std::string out;
  bool exact = true;
  for (const Value& v : args.positional) {
    const auto* part = v.as<StrV>();
    exact = exact && part != nullptr && part->exact;
    if (part == nullptr) continue;
    if (part->text->starts_with('/')) out.clear();
    if (!out.empty() && !out.ends_with('/')) out += '/';
    out += *part->text;
  }
  return make_str(std::move(out), exact);
}
template <bool First>
Value part_of_path(Run&, Args args, const Span&) {
  const auto* path = argument(args, 0).as<StrV>();
  if (path == nullptr) return make_str("", false);
  const std::size_t slash = path->text->rfind('/');
  if (First) return make_str(slash == std::string::npos ? "" : path->text->substr(0, slash), path->exact);
  return make_str(slash == std::string::npos ? *path->text : path->text->substr(slash + 1), path->exact);
}
Value same_path(Run&, Args args, const Span&) { return argument(args, 0); }

Value is_there(Run&, Args, const Span&) { return make_unknown("whether a file is there"); }

constexpr Builtin kTable[] = {
    {"ignored", itself},
    {"os.chdir", itself},
    {"os.makedirs", itself},
    {"os.mkdir", itself},
    {"os.remove", itself},
    {"os.system", itself},
    {"os.path.exists", is_there},
    {"os.path.isdir", is_there},
    {"os.path.isfile", is_there},
    {"os.environ", itself},
    {"os.environ.get", environment},
    {"os.getenv", environment},
    {"os.path.join", join_path},
    {"os.path.dirname", part_of_path<true>},
    {"os.path.basename", part_of_path<false>},
    {"os.path.abspath", same_path},
    {"os.path.realpath", same_path},
    {"os.path.normpath", same_path},
    {"os.path.expanduser", same_path},
};

}  // namespace

std::span<const Builtin> system_builtins() { return kTable; }

}  // namespace shapelint
