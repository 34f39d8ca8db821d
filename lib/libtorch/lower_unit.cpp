// Files, names, functions, lambdas and globals.
#include <algorithm>

#include <clang/AST/Attr.h>
#include <clang/Lex/Lexer.h>
#include <fmt/format.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include "lib/libtorch/comments.h"
#include "lib/libtorch/lower.h"

namespace shapelint::libtorch {
namespace {

std::string absolute(const clang::FileEntry& entry) {
  llvm::SmallString<256> path(entry.tryGetRealPathName());
  llvm::sys::fs::make_absolute(path);
  llvm::sys::path::remove_dots(path, true);
  return path.str().str();
}

// `(const Tensor &, int)`: tells overloads apart.
std::string parameter_list(const clang::FunctionDecl* function) {
  std::string out = "(";
  const clang::PrintingPolicy policy = function->getASTContext().getPrintingPolicy();
  for (const clang::ParmVarDecl* param : function->parameters()) {
    if (out.size() > 1) out += ", ";
    out += param->getType().getNonReferenceType().getUnqualifiedType().getAsString(policy);
  }
  return out + ")";
}

}  // namespace

Lower::Lower(clang::ASTContext& context, const UserFiles& files, Units& units, std::string prefix)
    : context_(context),
      sources_(context.getSourceManager()),
      files_(files),
      units_(units),
      prefix_(std::move(prefix)) {}

// ---- files and places

FileModule& Lower::module_of(clang::FileID file) {
  const clang::FileEntry* entry = sources_.getFileEntryForID(file);
  for (FileModule& known : modules_) {
    if (known.file == file || (entry != nullptr && known.entry == entry)) return known;
  }
  FileModule& made = modules_.emplace_back();
  made.file = file;
  made.entry = entry;
  made.out.file = entry != nullptr ? absolute(*entry) : "";
  made.out.name = prefix_ + (modules_.size() == 1 ? "main" : "include:" + made.out.file);
  std::replace(made.out.name.begin(), made.out.name.end(), '.', '_');
  const llvm::StringRef text = sources_.getBufferData(file);
  made.size = static_cast<std::uint32_t>(text.size());
  ast::Module& program = made.out.program;
  program.name = made.out.name;
  program.comments = comments_in(text, context_.getLangOpts());
  const Builder builder(program);
  ast::Import torch;
  torch.modules.push_back({"torch", "", {}});
  program.body.push_back(builder.stmt({}, std::move(torch)));
  return made;
}

FileModule* Lower::module_at(clang::SourceLocation location) {
  if (!files_.is_user(sources_, location)) return nullptr;
  return &module_of(sources_.getFileID(sources_.getExpansionLoc(location)));
}

Span Lower::span(clang::SourceRange range) const {
  const auto place = [&](clang::CharSourceRange chars) -> std::optional<Span> {
    if (chars.isInvalid()) return std::nullopt;
    const auto [begin_file, begin] = sources_.getDecomposedLoc(chars.getBegin());
    const auto [end_file, end] = sources_.getDecomposedLoc(chars.getEnd());
    const bool ours = begin_file == current_->file ||
                      (current_->entry != nullptr && sources_.getFileEntryForID(begin_file) == current_->entry);
    if (begin_file != end_file || !ours || end < begin || end > current_->size) return std::nullopt;
    return Span{{}, begin, end};
  };
  if (range.isInvalid()) return {};
  const clang::LangOptions& language = context_.getLangOpts();
  const auto tokens = clang::CharSourceRange::getTokenRange(range);
  if (const auto found = place(clang::Lexer::makeFileCharRange(tokens, sources_, language))) return *found;
  const clang::CharSourceRange expanded = sources_.getExpansionRange(tokens);
  if (const auto found = place(clang::Lexer::makeFileCharRange(expanded, sources_, language))) return *found;
  return {};
}

std::string Lower::source_text(clang::SourceRange range) const {
  const Span at = span(range);
  return sources_.getBufferData(current_->file).substr(at.begin, at.end - at.begin).str();
}

llvm::StringRef Lower::macro_at(clang::SourceLocation location) const {
  llvm::StringRef name;
  while (location.isMacroID()) {
    name = clang::Lexer::getImmediateMacroName(location, sources_, context_.getLangOpts());
    location = sources_.getImmediateMacroCallerLoc(location);
  }
  return name;
}

// ---- names

std::string Lower::name_of(FileModule& module, const clang::NamedDecl* decl) {
  const auto* canonical = llvm::cast<clang::NamedDecl>(decl->getCanonicalDecl());
  if (const auto it = names_.find(canonical); it != names_.end()) return it->second;
  const std::string plain = qualified(decl);
  std::string name = plain;
  if (module.names.contains(name)) {
    if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl)) name += parameter_list(function);
    for (int n = 2; module.names.contains(name); ++n) name = fmt::format("{}#{}", plain, n);
  }
  module.names.emplace(name, canonical);
  names_.emplace(canonical, name);
  return name;
}

ast::ExprId Lower::lazy_import(const std::string& module, Span at) {
  if (current_->imports.insert(module).second) {
    ast::Import import;
    import.modules.push_back({module, module, {}});
    ast::Block& top = current_->out.program.body;
    top.insert(top.begin(), b().stmt({}, std::move(import)));
  }
  return b().name(at, module);
}

// Python's, also where a variable or function of the program has its name.
ast::ExprId Lower::builtin(const char* name, Span at) {
  const auto found = context_.getTranslationUnitDecl()->lookup(&context_.Idents.get(name));
  const bool is_hidden = scope_.used.contains(name) ||
                         std::ranges::any_of(found, [&](const clang::NamedDecl* decl) { return is_user(decl); });
  return is_hidden ? b().attribute(at, lazy_import("builtins", at), name, at) : b().name(at, name);
}

ast::ExprId Lower::reference(FileModule& home, const std::string& name, Span at) {
  if (&home == current_) return b().name(at, name);
  return b().attribute(at, lazy_import(home.out.name, at), name, at);
}

ast::ExprId Lower::elsewhere(const External& other, Span at) {
  return b().attribute(at, lazy_import(other.module, at), other.name, at);
}

const clang::FunctionDecl* Lower::definition_of(const clang::FunctionDecl* function) const {
  const clang::FunctionDecl* with_body = nullptr;
  if (!function->hasBody(with_body) || with_body == nullptr || with_body->isDependentContext()) return nullptr;
  if (with_body->hasSkippedBody() || !files_.is_user(sources_, with_body->getLocation())) return nullptr;
  return with_body;
}

ast::ExprId Lower::function_reference(const clang::FunctionDecl* function, clang::SourceRange range) {
  const clang::FunctionDecl* made = definition_of(function);
  if (made == nullptr) {
    if (const External* other = external(function)) return elsewhere(*other, span(range));
    return unknown(range, fmt::format("the body of `{}` is not in the project's sources", qualified(function)));
  }
  FileModule& home = *module_at(made->getLocation());
  const std::string name = name_of(home, made);
  if (emitted_.insert(made->getCanonicalDecl()).second) todo_.push_back(made);
  return reference(home, name, span(range));
}

// ---- the unit

std::vector<BundleModule> Lower::run(const std::vector<clang::Decl*>& decls) {
  current_ = &module_of(sources_.getMainFileID());
  for (const clang::Decl* decl : decls) announce(decl);
  for (const clang::Decl* decl : decls) top_level(decl);
  work_off();
  std::vector<BundleModule> out;
  for (FileModule& module : modules_) out.push_back(std::move(module.out));
  return out;
}

void Lower::top_level(const clang::Decl* decl) {
  if (current_->out.program.exprs.size() > kMaxNodes || decl->isInvalidDecl()) return;
  if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl)) {
    for (const clang::Decl* inner : space->decls()) {
      if (files_.is_user(sources_, inner->getLocation()) &&
          sources_.isInMainFile(sources_.getExpansionLoc(inner->getLocation())))
        top_level(inner);
    }
  } else if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(decl)) {
    for (const clang::Decl* inner : linkage->decls()) top_level(inner);
  } else if (const auto* function_template = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl)) {
    for (const clang::FunctionDecl* made : function_template->specializations()) {
      const clang::FunctionDecl* body = definition_of(made);
      if (body != nullptr && emitted_.insert(body->getCanonicalDecl()).second) todo_.push_back(body);
    }
  } else if (const auto* class_template = llvm::dyn_cast<clang::ClassTemplateDecl>(decl)) {
    for (const auto* made : class_template->specializations()) {
      if (made->isCompleteDefinition()) require_class(made);
    }
  } else if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl)) {
    if (record->isThisDeclarationADefinition() && !record->isDependentContext() && !record->isLambda() &&
        held_by(record) == nullptr)
      require_class(record);
  } else if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(decl)) {
    // The instances of a generic lambda belong to where it is made.
    if (!method->isThisDeclarationADefinition() || method->isDependentContext() || method->getParent()->isLambda())
      return;
    if (method->isStatic()) {
      if (emitted_.insert(method->getCanonicalDecl()).second) todo_.push_back(method);
    } else {
      require_class(method->getParent());
    }
  } else if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl)) {
    if (!function->isThisDeclarationADefinition() || function->isDependentContext() || function->isDeleted()) return;
    if (emitted_.insert(function->getCanonicalDecl()).second) todo_.push_back(function);
  } else if (const auto* var = llvm::dyn_cast<clang::VarDecl>(decl)) {
    if (!llvm::isa<clang::VarTemplateDecl>(decl)) global(var);
  }
}

void Lower::announce(const clang::Decl* decl) {
  if (decl->isInvalidDecl()) return;
  if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl)) {
    for (const clang::Decl* inner : space->decls()) {
      if (sources_.isInMainFile(sources_.getExpansionLoc(inner->getLocation()))) announce(inner);
    }
    return;
  }
  if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(decl)) {
    for (const clang::Decl* inner : linkage->decls()) announce(inner);
    return;
  }
  const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
  if (function == nullptr || !function->isThisDeclarationADefinition() || function->isDependentContext() ||
      function->isDeleted() || !function->isExternallyVisible())
    return;
  FileModule& main = modules_.front();
  const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function);
  if (method == nullptr || method->isStatic()) {
    units_.add_function(function, external_of(function, main.out.name, name_of(main, function)));
    return;
  }
  units_.add_function(function, external_of(function, main.out.name, ""));
  FileModule* home = module_at(method->getParent()->getLocation());
  if (home != nullptr && home != &main)
    units_.add_record(method->getParent(), {main.out.name, name_of(*home, method->getParent())});
}

std::string Lower::file_of(const clang::Decl* decl) const {
  const clang::FileEntry* entry =
      sources_.getFileEntryForID(sources_.getFileID(sources_.getExpansionLoc(decl->getLocation())));
  return entry != nullptr ? absolute(*entry) : "";
}

const External* Lower::external(const clang::FunctionDecl* function) {
  if (!is_user(function) || function->isDependentContext()) return nullptr;
  return units_.function(function, file_of(function));
}

const External* Lower::external(const clang::CXXRecordDecl* record) {
  if (!is_user(record) || sources_.isInMainFile(sources_.getExpansionLoc(record->getLocation())) ||
      record->isDependentContext() || !record->isCompleteDefinition())
    return nullptr;
  return units_.record(record, file_of(record));
}

void Lower::work_off() {
  FileModule* const before = current_;
  while (!todo_.empty()) {
    const clang::FunctionDecl* next = todo_.front();
    todo_.pop_front();
    emit_function(next);
  }
  current_ = before;
}

void Lower::emit_function(const clang::FunctionDecl* function) {
  FileModule* home = module_at(function->getLocation());
  if (home == nullptr) return;
  FileModule* const before = current_;
  current_ = home;
  if (home->out.program.exprs.size() <= kMaxNodes) {
    const ast::FunctionId id = lower_function(function, name_of(*home, function), false);
    home->out.program.body.push_back(b().stmt(home->out.program.function(id).span, ast::FunctionDef{id}));
  }
  current_ = before;
}

void Lower::global(const clang::VarDecl* var) {
  FileModule* home = module_at(var->getLocation());
  if (home == nullptr || var->getType()->isDependentType() || !emitted_.insert(var->getCanonicalDecl()).second) return;
  if (const clang::VarDecl* made = var->getDefinition()) var = made;
  if (var->getInit() == nullptr) return;
  FileModule* const before = current_;
  const FunctionScope outer = std::exchange(scope_, {});
  Block* const outer_before = before_;
  current_ = home;
  before_ = &home->out.program.body;
  const std::string name = name_of(*home, var);
  Block out;
  before_ = &out;
  if (const auto* made = llvm::dyn_cast<clang::LambdaExpr>(strip(var->getInit()))) {
    out.push_back(lambda_def(made, name));
  } else {
    const Span at = span(var->getSourceRange());
    const ast::ExprId value = expr(var->getInit());
    out.push_back(b().assign(at, b().name(span(var->getLocation()), name), value));
  }
  ast::Block& top = home->out.program.body;
  top.insert(top.end(), out.begin(), out.end());
  current_ = before;
  scope_ = outer;
  before_ = outer_before;
}

// ---- functions

ast::FunctionId Lower::lower_function(const clang::FunctionDecl* function, std::string name, bool with_self) {
  FunctionScope outer = std::exchange(scope_, {});
  Block* const outer_before = before_;
  const auto id = ast::FunctionId{static_cast<std::uint32_t>(current_->out.program.functions.size())};
  current_->out.program.functions.emplace_back();
  ast::Function out;
  out.name = std::move(name);
  out.span = span(function->getSourceRange());
  out.name_span = span(function->getNameInfo().getSourceRange());
  out.params = parameters(function, with_self);
  add_cells(function, out);
  out.returns = stated_shape(function, out.name_span);
  documentation(function, out);
  before_ = &out.body;
  scope_.body = function->getBody();
  if (const auto* guarded = llvm::dyn_cast_or_null<clang::CXXTryStmt>(function->getBody()))
    try_statement(guarded, out.body);
  else body(function->getBody(), out.body);
  // What only a subclass has, as Python's base classes say it.
  if (function->getBody() == nullptr && function->isPureVirtual())
    out.body = {b().stmt(out.span, ast::Raise{b().name(out.span, "NotImplementedError")})};
  declare_globals(out);
  before_ = outer_before;
  scope_ = std::move(outer);
  current_->out.program.functions[id.index] = std::move(out);
  return id;
}

// Variables of the module that the body assigns to.
void Lower::declare_globals(ast::Function& out) {
  if (scope_.globals.empty()) return;
  ast::Global names;
  names.names.assign(scope_.globals.begin(), scope_.globals.end());
  out.body.insert(out.body.begin(), b().stmt(out.name_span, std::move(names)));
}

std::vector<ast::Param> Lower::parameters(const clang::FunctionDecl* function, bool with_self) {
  std::vector<ast::Param> out;
  if (with_self) {
    out.push_back({.name = "self"});
    scope_.used["self"] = 1;
  }
  int unnamed = 0;
  for (const clang::ParmVarDecl* param : function->parameters()) {
    ast::Param made;
    if (param->getName().empty()) {
      made.name = fmt::format("_{}", ++unnamed);
      scope_.names[param] = made.name;
    } else {
      made.name = local_name(param);
    }
    made.span = span(param->getSourceRange());
    made.name_span = param->getName().empty() ? made.span : span(param->getLocation());
    made.annotation = annotation_of(param, made.span);
    if (param->hasDefaultArg() && !param->hasUnparsedDefaultArg() && !param->hasUninstantiatedDefaultArg())
      made.fallback = expr(param->getDefaultArg());
    out.push_back(std::move(made));
  }
  return out;
}

// What its type says, in the words of Python's annotations; a shape that is stated comes first.
ast::ExprId Lower::annotation_of(const clang::ParmVarDecl* param, Span at) {
  if (const ast::ExprId stated = stated_shape(param, at); stated.valid()) return stated;
  if (const auto tensors = annotation_of_tensors(param->getType(), at)) return *tensors;
  switch (kind_of(param->getType())) {
    case Kind::scalar:
    case Kind::floating: return builtin("float", at);
    case Kind::integer: return builtin("int", at);
    case Kind::boolean: return builtin("bool", at);
    case Kind::list: return object_of(param->getType(), at, param->getSourceRange(), "list");
    case Kind::tuple: return object_of(param->getType(), at, param->getSourceRange(), "tuple");
    case Kind::map: return object_of(param->getType(), at, param->getSourceRange(), "dict");
    case Kind::optional:
      if (kind_of(element_of(param->getType())) == Kind::tensor) return b().path(at, "torch.Tensor");
      break;
    default: break;
  }
  // An address of bare memory, as a C interface takes it.
  if (const auto to = param->getType()->getPointeeType();
      !to.isNull() && param->getType()->isPointerType() && (to->isVoidType() || to->isArithmeticType()))
    return builtin("int", at);
  return object_of(param->getType(), at, param->getSourceRange(), "object");
}

// `torch.Tensor`, `list[tuple[torch.Tensor, torch.Tensor]]`: said in full, since `auto` does not say it.
std::optional<ast::ExprId> Lower::annotation_of_tensors(clang::QualType type, Span at) {
  switch (kind_of(type)) {
    case Kind::tensor: return b().path(at, "torch.Tensor");
    case Kind::list: {
      const auto one = annotation_of_tensors(element_of(type), at);
      if (!one) return std::nullopt;
      return b().expr(at, ast::Subscript{b().name(at, "list"), *one});
    }
    case Kind::tuple: {
      const auto* made = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(record_of(type));
      if (made == nullptr) return std::nullopt;
      std::vector<ast::ExprId> parts;
      for (const clang::QualType part : types_in(made)) {
        const auto one = annotation_of_tensors(part, at);
        if (!one) return std::nullopt;
        parts.push_back(*one);
      }
      if (parts.empty()) return std::nullopt;
      return b().expr(at, ast::Subscript{b().name(at, "tuple"), b().expr(at, ast::TupleExpr{std::move(parts)})});
    }
    default: return std::nullopt;
  }
}

// Not a tensor; with a value by its type, where one can be made up, else by what it is in Python's words.
ast::ExprId Lower::object_of(clang::QualType type, Span at, clang::SourceRange range, const char* otherwise) {
  const auto value = some_value(type, range);
  if (!value) return b().name(at, otherwise);
  return b().call(at, builtin("object", at), std::vector<ast::ExprId>{*value});
}

ast::ExprId Lower::stated_shape(const clang::Decl* decl, Span at) {
  for (const auto* attribute : decl->specific_attrs<clang::AnnotateAttr>()) {
    const auto stated = stated_shape_of(attribute->getAnnotation().str());
    if (!stated) continue;
    return b().expr(at, ast::Subscript{b().name(at, stated->kind), b().text(at, stated->shape)});
  }
  return {};
}

void Lower::documentation(const clang::FunctionDecl* function, ast::Function& out) {
  const Span whole = span(function->getSourceRange());
  const auto found = comment_above(sources_.getBufferData(current_->file), current_->out.program.comments, whole.begin);
  if (!found) return;
  out.docstring = found->text;
  out.docstring_span = found->span;
}

std::string Lower::local_name(const clang::ValueDecl* var) {
  if (const auto it = scope_.names.find(var); it != scope_.names.end()) return it->second;
  const std::string plain = var->getNameAsString();
  const int count = ++scope_.used[plain];
  std::string name = count == 1 ? plain : fmt::format("{}#{}", plain, count);
  scope_.names[var] = name;
  return name;
}

// ---- lambdas

ast::StmtId Lower::lambda_def(const clang::LambdaExpr* lambda, std::string name) {
  const clang::CXXMethodDecl* call = lambda->getCallOperator();
  if (const clang::FunctionTemplateDecl* generic = lambda->getDependentCallOperator()) {
    for (const clang::FunctionDecl* made : generic->specializations()) {
      if (made->hasBody()) call = llvm::cast<clang::CXXMethodDecl>(made);
    }
  }
  std::vector<Captured> copies;
  capture_copies(lambda, call->getBody(), copies);
  // What changes from call to call is a variable of the function around.
  for (const Captured& copy : copies) {
    if (copy.changes) before_->push_back(b().assign(copy.at, b().name(copy.at, copy.name), copy.value));
  }
  const FunctionScope outer = scope_;
  Block* const outer_before = before_;
  const auto id = ast::FunctionId{static_cast<std::uint32_t>(current_->out.program.functions.size())};
  current_->out.program.functions.emplace_back();
  ast::Function out;
  out.name = std::move(name);
  out.span = span(lambda->getSourceRange());
  out.name_span = span(lambda->getIntroducerRange());
  // Names of its own begin anew; those of the function around stay what they are.
  scope_.used.clear();
  scope_.globals.clear();
  scope_.loops = 0;
  for (const Captured& copy : copies) {
    scope_.names[copy.var] = copy.name;
    scope_.aliases.erase(copy.var);
    scope_.elements.erase(copy.var);
  }
  out.params = parameters(call, false);
  ast::Nonlocal outer_names;
  for (const Captured& copy : copies) {
    if (copy.changes) {
      outer_names.names.push_back(copy.name);
      continue;
    }
    // Bound when the lambda is made, as a default is.
    out.params.push_back({.kind = ast::Param::Kind::keyword_only, .name = copy.name, .fallback = copy.value});
    out.params.back().span = out.params.back().name_span = copy.at;
  }
  for (const clang::LambdaCapture& capture : lambda->captures()) {
    if (!capture.capturesVariable() || capture.getCaptureKind() != clang::LCK_ByRef) continue;
    const clang::ValueDecl* var = capture.getCapturedVar();
    if (scope_.names.contains(var) && may_change(call->getBody(), var)) outer_names.names.push_back(local_name(var));
  }
  if (!outer_names.names.empty()) out.body.push_back(b().stmt(out.name_span, std::move(outer_names)));
  before_ = &out.body;
  scope_.body = call->getBody();
  body(call->getBody(), out.body);
  declare_globals(out);
  before_ = outer_before;
  scope_ = outer;
  const Span whole = out.span;
  current_->out.program.functions[id.index] = std::move(out);
  return b().stmt(whole, ast::FunctionDef{id});
}

ast::ExprId Lower::lambda(const clang::LambdaExpr* lambda) {
  const Span at = span(lambda);
  std::string name = fmt::format("<lambda {}>", ++lambdas_);
  if (before_ == nullptr) return b().unknown(at, "a lambda stands where none can be followed");
  before_->push_back(lambda_def(lambda, name));
  return b().name(at, std::move(name));
}

}  // namespace shapelint::libtorch
