// Classes: a class of the program has the fields with their first values in `__init__`, and the methods whose bodies
// are there. A class of a header whose methods are written in the main file is there a subclass that adds them. C++ may
// have several constructors; each but one is a subclass that differs in its `__init__` alone.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/names.h"

namespace shapelint::libtorch {
namespace {

const clang::CXXRecordDecl* pattern_of(const clang::CXXRecordDecl* record) {
  const clang::CXXRecordDecl* made = record->getDefinition();
  return made != nullptr ? made : record;
}

bool is_written(const clang::CXXConstructorDecl* constructor) {
  return !constructor->isImplicit() && !constructor->isDeleted() && !constructor->isCopyOrMoveConstructor();
}

// `Loss() {}`, `Loss() = default;` in the class, as a file sees it that sees the class.
bool says_nothing(const clang::CXXConstructorDecl* constructor) {
  const auto* first = llvm::cast<clang::CXXConstructorDecl>(constructor->getCanonicalDecl());
  if (first->getNumParams() > 0) return false;
  if (first->isDefaulted()) return true;
  if (!first->isThisDeclarationADefinition()) return false;
  const auto* body = llvm::dyn_cast_or_null<clang::CompoundStmt>(first->getBody());
  return body != nullptr && body->body_empty() &&
         std::none_of(first->init_begin(), first->init_end(), [](const auto* init) { return init->isWritten(); });
}

// Those that are written, the one first by which an object is made of which nothing else is known: the first, unless it
// leaves everything unset and another does not.
std::vector<const clang::CXXConstructorDecl*> constructors_of(const clang::CXXRecordDecl* record) {
  std::vector<const clang::CXXConstructorDecl*> out;
  for (const clang::CXXConstructorDecl* constructor : record->ctors()) {
    if (is_written(constructor)) out.push_back(constructor);
  }
  std::ranges::stable_partition(out, [](const auto* constructor) { return !says_nothing(constructor); });
  return out;
}

// Of the user's modules: a container has what is put into it; others have their own `forward`.
std::string module_base(const clang::CXXRecordDecl* framework) {
  llvm::StringRef name = framework->getName();
  const bool is_container = name == "SequentialImpl" || name == "ModuleListImpl" || name == "ModuleDictImpl";
  name.consume_back("Impl");
  return is_container ? "torch.nn." + name.str() : "torch.nn.Module";
}

// `nullptr`, `{}`
bool is_null(const clang::Expr* e) {
  e = strip(e);
  while (const auto* cast = llvm::dyn_cast<clang::CastExpr>(e)) e = strip(cast->getSubExpr());
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(e))
    return list->getNumInits() == 0 || (list->getNumInits() == 1 && is_null(list->getInit(0)));
  return llvm::isa<clang::CXXNullPtrLiteralExpr, clang::GNUNullExpr, clang::ImplicitValueInitExpr>(e);
}

const clang::FunctionDecl* with_body(const clang::FunctionDecl* function) {
  const clang::FunctionDecl* found = nullptr;
  return function->hasBody(found) ? found : nullptr;
}

}  // namespace

std::string Lower::method_name(const clang::FunctionDecl* method) {
  const auto* canonical = method->getCanonicalDecl();
  if (const auto it = names_.find(canonical); it != names_.end()) return it->second;
  std::string name = method->getDeclName().getAsString();
  if (const auto* op = llvm::dyn_cast<clang::CXXMethodDecl>(method);
      op != nullptr && op->getOverloadedOperator() == clang::OO_Call)
    name = "__call__";
  const auto* parent = llvm::cast<clang::CXXRecordDecl>(method->getDeclContext());
  // An override has the name of what it overrides, so that a call through the base finds it.
  if (const auto* virtual_method = llvm::dyn_cast<clang::CXXMethodDecl>(method);
      virtual_method != nullptr && virtual_method->size_overridden_methods() > 0) {
    const clang::CXXMethodDecl* first = *virtual_method->begin_overridden_methods();
    if (!is_framework(first)) name = method_name(first);
  } else {
    int count = 0;
    for (const clang::CXXMethodDecl* other : pattern_of(parent)->methods()) {
      if (other->getCanonicalDecl() == canonical) break;
      if (other->getDeclName() == method->getDeclName()) ++count;
    }
    if (count > 0) name += fmt::format("#{}", count + 1);
  }
  names_.emplace(canonical, name);
  return name;
}

ast::ExprId Lower::class_reference(const clang::CXXRecordDecl* record, clang::SourceRange range) {
  record = pattern_of(record);
  require_class(record);
  FileModule* home = module_at(record->getLocation());
  if (home == nullptr || !record->isCompleteDefinition())
    return unknown(range, fmt::format("the class `{}` is not one of the project's", qualified(record)));
  const std::string name = name_of(*home, record);
  // Here, or in another source, the class has more methods than in its header.
  FileModule& main = modules_.front();
  if (home != &main && main.names.contains(name) && main.names.at(name) == record->getCanonicalDecl())
    return reference(main, name, span(range));
  if (const External* other = external(record)) return elsewhere(*other, span(range));
  return reference(*home, name, span(range));
}

void Lower::require_class(const clang::CXXRecordDecl* record) {
  record = pattern_of(record);
  if (!record->isCompleteDefinition() || record->isDependentContext()) return;
  FileModule* home = module_at(record->getLocation());
  if (home == nullptr || !emitted_.insert(record->getCanonicalDecl()).second) return;
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    if (const clang::CXXRecordDecl* one = base.getType()->getAsCXXRecordDecl(); one != nullptr && !is_framework(one))
      require_class(one);
  }
  // Fields of the user's own classes come first, so that their defaults can be made.
  for (const clang::FieldDecl* field : record->fields()) {
    const clang::CXXRecordDecl* one = record_of(field->getType());
    if (one != nullptr && kind_of(field->getType()) == Kind::record) require_class(one);
  }
  emit_class(record, *home, false);
  FileModule& main = modules_.front();
  if (home == &main) return;
  for (const clang::CXXMethodDecl* method : record->methods()) {
    const clang::FunctionDecl* made = with_body(method);
    if (made != nullptr && module_at(made->getLocation()) == &main) {
      main.names.emplace(name_of(*home, record), record->getCanonicalDecl());
      emit_class(record, main, true);
      return;
    }
  }
}

void Lower::emit_class(const clang::CXXRecordDecl* record, FileModule& home, bool only_bodies) {
  FileModule* const before = current_;
  FunctionScope outer = std::exchange(scope_, {});
  Block* const outer_before = before_;
  FileModule& declared = *module_at(record->getLocation());
  const std::string name = name_of(declared, record);
  current_ = &home;
  ast::Class out;
  out.name = name;
  const Span here = span(record->getLocation());
  out.name_span = here;
  out.span = span(record->getSourceRange());
  if (only_bodies) {
    out.bases.push_back(b().argument(reference(declared, name, here)));
  } else {
    for (const clang::CXXBaseSpecifier& base : record->bases()) {
      const clang::CXXRecordDecl* one = base.getType()->getAsCXXRecordDecl();
      if (one == nullptr) continue;
      const clang::SourceRange range = base.getSourceRange();
      ast::ExprId made;
      if (!is_framework(one)) made = class_reference(one, range);
      else if (kind_of(base.getType()) == Kind::module) made = b().path(span(range), module_base(one));
      else if (llvm::StringRef(qualified(one)).starts_with("torch::data::"))
        made = b().path(span(range), python_path(qualified(one)));
      else made = unknown(range, fmt::format("the base class `{}` is not known", qualified(one)));
      out.bases.push_back(b().argument(made));
    }
  }
  const auto belongs = [&](const clang::FunctionDecl* made) {
    return made != nullptr && !made->hasSkippedBody() && module_at(made->getLocation()) == &home;
  };
  // Constructors.
  const std::vector<const clang::CXXConstructorDecl*> constructors = constructors_of(record);
  std::vector<std::pair<std::string, ast::StmtId>> others;  // none: the header's
  for (const clang::CXXConstructorDecl* constructor : constructors) {
    const auto* made = llvm::cast_or_null<clang::CXXConstructorDecl>(with_body(constructor));
    const bool is_here = constructor->isDefaulted() ? !only_bodies : belongs(made);
    if (!is_here) {
      const bool is_declared_there =
          constructor->isDefaulted() || (made != nullptr && module_at(made->getLocation()) == &declared);
      if (only_bodies && is_declared_there && constructor != constructors.front())
        others.emplace_back(constructor_class(constructor), ast::StmtId{});
      continue;
    }
    const ast::StmtId init = initializer(record, constructor->isDefaulted() ? nullptr : made, here);
    if (constructor == constructors.front()) out.body.push_back(init);
    else others.emplace_back(constructor_class(constructor), init);
  }
  if (constructors.empty() && !only_bodies) out.body.push_back(aggregate_initializer(record, here));
  // Methods.
  for (const clang::CXXMethodDecl* method : record->methods()) {
    if (method->isImplicit() || method->isStatic() || llvm::isa<clang::CXXConstructorDecl>(method) ||
        llvm::isa<clang::CXXDestructorDecl>(method) || method->isDeleted())
      continue;
    const clang::FunctionDecl* made = with_body(method);
    const bool is_left_open = made == nullptr && method->isPureVirtual() && !only_bodies;
    if (!is_left_open && !belongs(made)) continue;
    const ast::FunctionId id = lower_function(is_left_open ? method : made, method_name(method), true);
    out.body.push_back(b().stmt(current_->out.program.function(id).span, ast::FunctionDef{id}));
  }
  for (const clang::Decl* inner : record->decls()) {
    const auto* method_template = llvm::dyn_cast<clang::FunctionTemplateDecl>(inner);
    if (method_template == nullptr) continue;
    for (const clang::FunctionDecl* made : method_template->specializations()) {
      const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(made);
      const clang::FunctionDecl* definition = with_body(made);
      if (method == nullptr || method->isStatic() || llvm::isa<clang::CXXConstructorDecl>(method) ||
          !belongs(definition))
        continue;
      const ast::FunctionId id = lower_function(definition, method_name(method), true);
      out.body.push_back(b().stmt(current_->out.program.function(id).span, ast::FunctionDef{id}));
    }
  }
  if (&home == &modules_.front() && &home == &declared) bodies_from_elsewhere(record, here, out);
  // Static methods are functions.
  for (const clang::CXXMethodDecl* method : record->methods()) {
    const clang::FunctionDecl* made = method->isStatic() ? with_body(method) : nullptr;
    if (belongs(made) && emitted_.insert(method->getCanonicalDecl()).second) todo_.push_back(made);
  }
  // The class itself stands in another file; here it is where its first body is.
  if (only_bodies && !out.body.empty()) out.span = current_->out.program.stmt(out.body.front()).span;
  if (out.body.empty()) out.body.push_back(b().stmt(here, ast::Pass{}));
  ast::Module& program = home.out.program;
  const auto add = [&](ast::Class made) {
    program.classes.push_back(std::move(made));
    const auto id = ast::ClassId{static_cast<std::uint32_t>(program.classes.size() - 1)};
    program.body.push_back(b().stmt(program.class_of(id).span, ast::ClassDef{id}));
  };
  add(std::move(out));
  for (auto& [other, init] : others) {
    ast::Class made;
    made.name = other;
    made.name_span = here;
    made.span = here;
    if (!init.valid()) made.bases.push_back(b().argument(reference(declared, other, here)));
    made.bases.push_back(b().argument(b().name(here, name)));
    made.body.push_back(init.valid() ? init : b().stmt(here, ast::Pass{}));
    add(std::move(made));
  }
  current_ = before;
  scope_ = std::move(outer);
  before_ = outer_before;
}

// A class of the main file, a header, whose methods are written in a source of the project: they are that source's.
void Lower::bodies_from_elsewhere(const clang::CXXRecordDecl* record, Span here, ast::Class& out) {
  const External* found = nullptr;
  const auto take = [&](const clang::CXXMethodDecl* method, const std::string& name) {
    if (method->isImplicit() || method->isDefaulted() || method->isDeleted() || method->isPureVirtual() ||
        method->isStatic() || method->isDependentContext() || with_body(method) != nullptr)
      return;
    if (found == nullptr) found = units_.record(record, file_of(record));
    if (found == nullptr) return;
    const ast::ExprId theirs = b().attribute(here, elsewhere(*found, here), name, here);
    out.body.push_back(b().assign(here, b().name(here, name), theirs));
  };
  const std::vector<const clang::CXXConstructorDecl*> constructors = constructors_of(record);
  if (!constructors.empty()) take(constructors.front(), "__init__");
  for (const clang::CXXMethodDecl* method : record->methods()) {
    if (!llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl>(method)) take(method, method_name(method));
  }
}

std::string Lower::constructor_class(const clang::CXXConstructorDecl* constructor) {
  const clang::CXXRecordDecl* record = constructor->getParent();
  FileModule* home = module_at(record->getLocation());
  const std::string name = home != nullptr ? name_of(*home, record) : record->getNameAsString();
  int count = 0;
  for (const clang::CXXConstructorDecl* other : constructors_of(record)) {
    ++count;
    if (other->getCanonicalDecl() == constructor->getCanonicalDecl()) break;
  }
  return count <= 1 ? name : fmt::format("{}#{}", name, count);
}

// What a field is before anything is assigned to it; none for numbers, which are then what memory holds.
ast::ExprId Lower::field_default(const clang::FieldDecl* field, Span at) {
  if (field->hasInClassInitializer() && field->getInClassInitializer() != nullptr)
    return expr(field->getInClassInitializer());
  switch (kind_of(field->getType())) {
    case Kind::tensor:
    case Kind::optional:
    case Kind::pointer:
    case Kind::callable:
    case Kind::device: return b().none(at);
    case Kind::list: return b().expr(at, ast::ListExpr{});
    case Kind::map: return b().expr(at, ast::DictExpr{});
    case Kind::string: return b().text(at, "");
    case Kind::holder:
    case Kind::record: return made_by_default(field->getType(), field->getSourceRange());
    default: return {};
  }
}

// What a class's bases are made of where nothing is written about them.
void Lower::default_bases(const clang::CXXRecordDecl* record, Span at, Block& out) {
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    const clang::CXXRecordDecl* one = base.getType()->getAsCXXRecordDecl();
    if (one == nullptr || is_framework(one) || is_std(one) || !one->isCompleteDefinition() || !is_user(one)) continue;
    const std::vector<const clang::CXXConstructorDecl*> constructors = constructors_of(one);
    const auto made = std::ranges::find_if(constructors, [](const clang::CXXConstructorDecl* constructor) {
      return constructor->getMinRequiredArguments() == 0;
    });
    if (made == constructors.end() && !constructors.empty()) continue;
    const clang::SourceRange range(record->getLocation());
    const ast::ExprId type = constructors.empty() ? class_reference(one, range) : constructed_class(one, *made, range);
    const ast::ExprId init = b().attribute(at, type, "__init__", at);
    out.push_back(b().stmt(at, ast::ExprStmt{b().call(at, init, std::vector<ast::ExprId>{b().name(at, "self")})}));
  }
}

// What a constructor of torch::nn::Module does, for a class that derives from it directly.
void Lower::module_init(const clang::CXXRecordDecl* record, Span at, Block& out) {
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    const clang::CXXRecordDecl* one = base.getType()->getAsCXXRecordDecl();
    if (one == nullptr || !is_framework(one) || kind_of(base.getType()) != Kind::module) continue;
    const ast::ExprId init = b().path(at, module_base(one) + ".__init__");
    out.push_back(b().stmt(at, ast::ExprStmt{b().call(at, init, std::vector<ast::ExprId>{b().name(at, "self")})}));
    return;
  }
}

std::unique_ptr<Lower::Initializer> Lower::begin_initializer(Span at) {
  const auto id = ast::FunctionId{static_cast<std::uint32_t>(current_->out.program.functions.size())};
  current_->out.program.functions.emplace_back();
  auto made = std::make_unique<Initializer>(Initializer{id, std::exchange(scope_, {}), before_, {}});
  made->out.name = "__init__";
  made->out.span = made->out.name_span = at;
  made->out.params.push_back({.name = "self"});
  scope_.used["self"] = 1;
  before_ = &made->out.body;
  return made;
}

ast::StmtId Lower::end_initializer(std::unique_ptr<Initializer> made, Span at) {
  if (made->out.body.empty()) made->out.body.push_back(b().stmt(at, ast::Pass{}));
  before_ = made->outer_before;
  scope_ = std::move(made->outer_scope);
  const Span whole = made->out.span;
  current_->out.program.functions[made->id.index] = std::move(made->out);
  return b().stmt(whole, ast::FunctionDef{made->id});
}

// `__init__` of a written constructor, or of a defaulted one (null).
ast::StmtId Lower::initializer(const clang::CXXRecordDecl* record, const clang::CXXConstructorDecl* constructor,
                               Span at) {
  auto begun = begin_initializer(at);
  ast::Function& out = begun->out;
  if (constructor != nullptr) {
    out.span = span(constructor->getSourceRange());
    out.name_span = span(constructor->getNameInfo().getSourceRange());
    out.params = parameters(constructor, true);
  }
  const auto set = [&](const clang::FieldDecl* field, ast::ExprId value, Span where) {
    const ast::ExprId target = b().attribute(where, b().name(where, "self"), field->getNameAsString(), where);
    out.body.push_back(b().assign(where, target, value));
  };
  const auto call_base = [&](const clang::CXXRecordDecl* base, const std::vector<const clang::Expr*>& args, Span where,
                             const clang::CXXConstructorDecl* made) {
    if (is_framework(base) || is_std(base) || !is_user(base)) return;
    const ast::ExprId type = constructed_class(base, made, clang::SourceRange(record->getLocation()));
    std::vector<ast::Argument> arguments{b().argument(b().name(where, "self"))};
    for (ast::Argument& one : plain_arguments(args)) arguments.push_back(std::move(one));
    out.body.push_back(b().stmt(
        where, ast::ExprStmt{b().call(where, b().attribute(where, type, "__init__", where), std::move(arguments))}));
  };
  const auto leave = [&](const clang::FieldDecl* field) {
    const clang::Expr* first = field->hasInClassInitializer() ? field->getInClassInitializer() : nullptr;
    if ((first != nullptr && !is_null(first)) || (constructor != nullptr && names_field(constructor->getBody(), field)))
      return;
    if (const auto value = some_pointee(field, field->getSourceRange())) set(field, *value, out.name_span);
  };
  scope_.body = constructor != nullptr ? constructor->getBody() : nullptr;
  std::set<const clang::FieldDecl*> initialized;
  bool delegates = false;
  module_init(record, out.name_span, out.body);
  if (constructor == nullptr) default_bases(record, out.name_span, out.body);
  if (constructor != nullptr) {
    for (const clang::CXXCtorInitializer* init : constructor->inits()) {
      const Span where = init->isWritten() ? span(init->getSourceRange()) : out.name_span;
      const clang::Expr* value = init->getInit();
      if (init->isAnyMemberInitializer()) {
        const clang::FieldDecl* field = init->getAnyMember();
        initialized.insert(field);
        if (init->isWritten() && value != nullptr) {
          set(field, expr(value), where);
          continue;
        }
        if (const ast::ExprId first = field_default(field, where); first.valid()) set(field, first, where);
        leave(field);
      } else if (init->isDelegatingInitializer() || init->isBaseInitializer()) {
        delegates = delegates || init->isDelegatingInitializer();
        const auto* made = llvm::dyn_cast_or_null<clang::CXXConstructExpr>(value != nullptr ? strip(value) : nullptr);
        const clang::CXXRecordDecl* base =
            record_of(init->isBaseInitializer() ? clang::QualType(init->getBaseClass(), 0)
                                                : init->getTypeSourceInfo()->getType());
        if (base != nullptr && made != nullptr) call_base(base, written_arguments(made), where, made->getConstructor());
      }
    }
  }
  if (!delegates) {
    for (const clang::FieldDecl* field : record->fields()) {
      if (initialized.contains(field) || field->getName().empty()) continue;
      const ast::ExprId first = field_default(field, out.name_span);
      // What cannot be made without arguments has its value from the body.
      const bool is_made_later = first.valid() && constructor != nullptr &&
                                 names_field(constructor->getBody(), field) &&
                                 std::holds_alternative<ast::UnknownExpr>(current_->out.program.expr(first).node);
      if (first.valid() && !is_made_later) set(field, first, out.name_span);
      leave(field);
    }
  }
  if (constructor != nullptr && constructor->getBody() != nullptr) {
    if (const auto* guarded = llvm::dyn_cast<clang::CXXTryStmt>(constructor->getBody()))
      try_statement(guarded, out.body);
    else body(constructor->getBody(), out.body);
    declare_globals(out);
  }
  return end_initializer(std::move(begun), at);
}

// `Config{1, 2.0}`: fields in their order, each with what it is without a value.
ast::StmtId Lower::aggregate_initializer(const clang::CXXRecordDecl* record, Span at) {
  auto made = begin_initializer(at);
  ast::Function& out = made->out;
  module_init(record, at, out.body);
  default_bases(record, at, out.body);
  for (const clang::FieldDecl* field : record->fields()) {
    if (field->getName().empty()) continue;
    const std::string name = field->getNameAsString();
    out.params.push_back({.name = name, .fallback = b().none(at)});
    // The default is made for each object, not once for the class.
    const ast::ExprId given = b().name(at, name);
    const ast::ExprId is_missing = b().compare(at, ast::CompareOp::is, b().name(at, name), b().none(at));
    const ast::ExprId field_of_self = b().attribute(at, b().name(at, "self"), name, at);
    if (kind_of(field->getType()) == Kind::tensor && !field->hasInClassInitializer()) {
      out.body.push_back(b().assign(at, field_of_self, given));
    } else if (const ast::ExprId first = field_default(field, at); first.valid()) {
      const ast::ExprId value = b().expr(at, ast::Conditional{is_missing, first, given});
      out.body.push_back(b().assign(at, field_of_self, value));
    } else {
      ast::If test{is_missing, {b().stmt(at, ast::Pass{})}, {b().assign(at, field_of_self, given)}};
      out.body.push_back(b().stmt(at, std::move(test)));
    }
  }
  return end_initializer(std::move(made), at);
}

}  // namespace shapelint::libtorch
