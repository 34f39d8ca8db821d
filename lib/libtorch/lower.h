// From Clang's syntax tree to the program. One object lowers one translation unit: everything in its main file, and of
// the project's headers what that uses. Private to lib/libtorch.
//
//   lower_unit.cpp       files, names, functions, lambdas, globals
//   lower_class.cpp      classes: fields, constructors, methods
//   lower_stmt.cpp       statements
//   lower_loop.cpp       loops and switch
//   lower_expr.cpp       literals, constants, names, operators
//   lower_construct.cpp  constructors and initializer lists
//   lower_call.cpp       calls of functions: the user's, the framework's, the standard library's
//   lower_recovery.cpp   calls that the headers refuse over an optional
//   lower_handed.cpp     variables that a call changes through references and pointers
//   lower_method.cpp     calls of methods by what the object is
//   lower_range.cpp      what iterators take of lists, algorithms over that, and methods that change lists
//   lower_iterator.cpp   iterators that a variable keeps
//   lower_copy.cpp       what is copied and must not be shared
//   lower_options.cpp    options objects as keyword arguments
//   lower_values.cpp     values of which only the type is known
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>
#include <clang/Basic/SourceManager.h>

#include "lib/language/bundle.h"
#include "lib/libtorch/builder.h"
#include "lib/libtorch/types.h"
#include "lib/libtorch/units.h"
#include "lib/libtorch/user_files.h"

namespace shapelint::libtorch {

/// Trees deeper than this become unknown: this and later stages recurse with them.
inline constexpr int kMaxDepth = 400;
/// Nodes of one program; what comes after is left out and said.
inline constexpr std::size_t kMaxNodes = 2'000'000;

/// One file on its way to a program.
struct FileModule {
  clang::FileID file;
  const clang::FileEntry* entry = nullptr;
  BundleModule out;
  std::set<std::string> imports;
  std::map<std::string, const clang::Decl*> names;  ///< taken at module level
  std::uint32_t size = 0;                           ///< bytes of its text
};

struct Position;

/// The variables of one function; a lambda's scope begins as a copy of the one around it.
struct FunctionScope {
  std::map<const clang::ValueDecl*, std::string> names;
  std::map<std::string, int> used;
  /// References that stand for another variable or field.
  std::map<const clang::ValueDecl*, const clang::Expr*> aliases;
  /// References to an element: assigning to them assigns to the element as well.
  std::map<const clang::ValueDecl*, const clang::Expr*> elements;
  /// Parameters through which the caller's variable is assigned to, with the cell that hands the value back.
  std::map<const clang::ValueDecl*, std::string> cells;
  /// Variables that keep an iterator, with the list or map that it goes through.
  std::map<const clang::ValueDecl*, const clang::Expr*> iterators;
  std::set<std::string> globals;  ///< variables of the module that are assigned to
  const clang::Stmt* body = nullptr;
  int loops = 0;  ///< around the statement
};

class Lower {
 public:
  /// Modules get names that begin with `prefix`; what is not defined here is asked of `units`.
  Lower(clang::ASTContext& context, const UserFiles& files, Units& units, std::string prefix);
  /// `decls` are the main file's top-level declarations in their order.
  std::vector<BundleModule> run(const std::vector<clang::Decl*>& decls);

 private:
  using Block = ast::Block;
  using E = ast::ExprId;
  /// A variable that a call may have changed through a reference, for the end of the statement.
  struct Changed {
    const clang::Expr* argument;
    const clang::FunctionDecl* by;
    std::string cell;  ///< the variable whose one element is the value now; empty when it is not known
  };

  // ---- files and places (lower_unit.cpp)
  FileModule& module_of(clang::FileID file);
  FileModule* module_at(clang::SourceLocation location);
  Builder b() const { return Builder(current_->out.program); }
  Span span(clang::SourceRange range) const;
  Span span(const clang::Expr* e) const { return span(e->getSourceRange()); }
  Span span(const clang::Stmt* s) const { return span(s->getSourceRange()); }
  std::string source_text(clang::SourceRange range) const;
  E unknown(clang::SourceRange range, std::string reason) { return b().unknown(span(range), std::move(reason)); }
  bool is_user(const clang::Decl* decl) const { return files_.is_user(sources_, decl->getLocation()); }
  /// The macro that wrote `location`, outermost; empty outside macros.
  llvm::StringRef macro_at(clang::SourceLocation location) const;

  // ---- declarations (lower_unit.cpp)
  void top_level(const clang::Decl* decl);
  void global(const clang::VarDecl* var);
  void emit_function(const clang::FunctionDecl* function);
  void work_off();
  /// Tells the other units what the main file defines.
  void announce(const clang::Decl* decl);
  std::string file_of(const clang::Decl* decl) const;
  /// What another source of the project defines; null when it is defined here or nowhere.
  const External* external(const clang::FunctionDecl* function);
  const External* external(const clang::CXXRecordDecl* record);
  /// The definition that can be lowered; null when its body is not there.
  const clang::FunctionDecl* definition_of(const clang::FunctionDecl* function) const;
  /// Its name in its module, given once.
  std::string name_of(FileModule& module, const clang::NamedDecl* decl);
  /// A name of a module, from the current one.
  E reference(FileModule& home, const std::string& name, Span at);
  E elsewhere(const External& other, Span at);
  E builtin(const char* name, Span at);
  E function_reference(const clang::FunctionDecl* function, clang::SourceRange range);
  ast::FunctionId lower_function(const clang::FunctionDecl* function, std::string name, bool with_self);
  void declare_globals(ast::Function& out);
  std::vector<ast::Param> parameters(const clang::FunctionDecl* function, bool with_self);
  E annotation_of(const clang::ParmVarDecl* param, Span at);
  std::optional<E> annotation_of_tensors(clang::QualType type, Span at);
  E object_of(clang::QualType type, Span at, clang::SourceRange range, const char* otherwise);
  E stated_shape(const clang::Decl* decl, Span at);
  void documentation(const clang::FunctionDecl* function, ast::Function& out);
  ast::StmtId lambda_def(const clang::LambdaExpr* lambda, std::string name);
  E lambda(const clang::LambdaExpr* lambda);
  std::string local_name(const clang::ValueDecl* var);

  // ---- classes (lower_class.cpp)
  E class_reference(const clang::CXXRecordDecl* record, clang::SourceRange range);
  void require_class(const clang::CXXRecordDecl* record);
  void emit_class(const clang::CXXRecordDecl* record, FileModule& home, bool only_bodies);
  ast::StmtId initializer(const clang::CXXRecordDecl* record, const clang::CXXConstructorDecl* constructor, Span at);
  ast::StmtId aggregate_initializer(const clang::CXXRecordDecl* record, Span at);
  void module_init(const clang::CXXRecordDecl* record, Span at, Block& out);
  void default_bases(const clang::CXXRecordDecl* record, Span at, Block& out);
  E field_default(const clang::FieldDecl* field, Span at);
  std::string method_name(const clang::FunctionDecl* method);
  std::string constructor_class(const clang::CXXConstructorDecl* constructor);
  void bodies_from_elsewhere(const clang::CXXRecordDecl* record, Span here, ast::Class& out);
  /// The class whose `__init__` is this constructor.
  E constructed_class(const clang::CXXRecordDecl* record, const clang::CXXConstructorDecl* constructor,
                      clang::SourceRange range);
  /// Begins a function `__init__` of the current module, and ends it.
  struct Initializer {
    ast::FunctionId id;
    FunctionScope outer_scope;
    Block* outer_before;
    ast::Function out;
  };
  std::unique_ptr<Initializer> begin_initializer(Span at);
  ast::StmtId end_initializer(std::unique_ptr<Initializer> made, Span at);

  // ---- statements (lower_stmt.cpp, lower_loop.cpp)
  void body(const clang::Stmt* s, Block& out);
  void stmt(const clang::Stmt* s, Block& out);
  void stmt_inner(const clang::Stmt* s, Block& out);
  void expression_statement(const clang::Expr* e, Block& out);
  void declaration(const clang::DeclStmt* s, Block& out);
  void variable(const clang::VarDecl* var, Span where, Block& out);
  void bindings(const clang::DecompositionDecl* decl, Span where, Block& out);
  E binding_target(const clang::DecompositionDecl* decl, Span where);
  void bind_fields(const clang::DecompositionDecl* decl, Span where, Block& out);
  void assignment(const clang::Expr* target, const clang::Expr* value, Span where, Block& out);
  void compound(ast::BinaryOp op, const clang::Expr* target, E value, Span where, Block& out);
  void step(const clang::Expr* target, bool up, Span where, Block& out);
  void if_statement(const clang::IfStmt* s, Block& out);
  bool check_macro(const clang::Stmt* s, const clang::Expr* condition, Block& out);
  void for_statement(const clang::ForStmt* s, Block& out);
  void range_for(const clang::CXXForRangeStmt* s, Block& out);
  void while_statement(const clang::WhileStmt* s, Block& out);
  void loop_test(const clang::Expr* test, ast::While& out);
  void do_statement(const clang::DoStmt* s, Block& out);
  void switch_statement(const clang::SwitchStmt* s, Block& out);
  void try_statement(const clang::CXXTryStmt* s, Block& out);
  /// Targets of an assignment to `e`; empty when nothing can be assigned to.
  std::vector<E> targets(const clang::Expr* e);
  void read_from_stream(const clang::CXXOperatorCallExpr* e, Block& out);
  ast::StmtId unknown_statement(const clang::Stmt* s, std::string reason);

  // ---- expressions (lower_expr.cpp)
  E expr(const clang::Expr* e);
  E shared(const clang::Expr* e);  ///< without the copy that it makes
  E expr_inner(const clang::Expr* e);
  E condition(const clang::Expr* e);
  std::optional<E> constant(const clang::Expr* e);
  E declaration_reference(const clang::DeclRefExpr* e);
  E member(const clang::MemberExpr* e);
  E defined_elsewhere(const clang::VarDecl* var, const clang::Expr* e);
  E unary(const clang::UnaryOperator* e);
  E binary(const clang::BinaryOperator* e);
  E cast(const clang::CastExpr* e);
  E operator_call(const clang::CXXOperatorCallExpr* e);
  E subscript(const clang::Expr* base, const clang::Expr* index, const clang::Expr* whole);
  E list_of(const std::vector<const clang::Expr*>& items, Span at);
  E dtype_name(const clang::EnumConstantDecl* constant, Span at);

  // ---- construction (lower_construct.cpp)
  E construct(const clang::CXXConstructExpr* e);
  E construct_in_place(clang::QualType type, const std::vector<const clang::Expr*>& args, clang::SourceRange range);
  E construct_list(const clang::CXXConstructExpr* e, const std::vector<const clang::Expr*>& args);
  E construct_record(const clang::CXXConstructExpr* e, const std::vector<const clang::Expr*>& args);
  E construct_holder(const clang::CXXRecordDecl* held, const std::vector<const clang::Expr*>& args, Span at,
                     const clang::FunctionDecl* constructor);
  E initializer_list(const clang::InitListExpr* e);
  E made_by_default(clang::QualType type, clang::SourceRange range);

  // ---- calls (lower_call.cpp)
  E call(const clang::CallExpr* e);
  /// A call that the headers refuse, understood where only the kind of optional is another (lower_recovery.cpp).
  E recovered(const clang::RecoveryExpr* e);
  E framework_call(const clang::CallExpr* e, const clang::FunctionDecl* function);
  E std_call(const clang::CallExpr* e, const clang::FunctionDecl* function);
  std::optional<E> variant_call(const clang::CallExpr* e, const clang::FunctionDecl* function,
                                const std::vector<const clang::Expr*>& args);
  std::vector<ast::Argument> framework_arguments(const clang::FunctionDecl* function, llvm::StringRef python_name,
                                                 const std::vector<const clang::Expr*>& args, std::size_t first = 0);
  /// Start, stop and step from `args[first]` on; what is None or not given stays open.
  ast::SliceExpr slice_bounds(const std::vector<const clang::Expr*>& args, std::size_t first);
  /// `x.slice(dim, start, end, step)`
  E slice_of(const clang::Expr* object, const std::vector<const clang::Expr*>& args, Span at);
  std::vector<ast::Argument> object_arguments(const std::vector<const clang::Expr*>& args);
  std::vector<ast::Argument> plain_arguments(const std::vector<const clang::Expr*>& args);
  E lazy_import(const std::string& module, Span at);

  // ---- what calls change (lower_handed.cpp)
  E user_call(const clang::FunctionDecl* function, E callee, const std::vector<const clang::Expr*>& args, Span at);
  /// The keyword arguments of a function that assigns to variables of its caller.
  void add_cells(const clang::FunctionDecl* function, ast::Function& out);
  E in_cell(const std::string& cell, Span at) {
    return b().expr(at, ast::Subscript{b().name(at, cell), b().number(at, 0)});
  }
  /// What the variables are that a call may have changed.
  void note_changes(const std::vector<Changed>& changes, Block& out);
  External external_of(const clang::FunctionDecl* function, std::string module, std::string name) const;

  // ---- methods (lower_method.cpp)
  E method_call(const clang::CXXMemberCallExpr* e);
  E map_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
               const std::vector<const clang::Expr*>& args);
  E tensor_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object,
                  const std::vector<const clang::Expr*>& args);
  E framework_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                     const std::vector<const clang::Expr*>& args);
  E string_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                  const std::vector<const clang::Expr*>& args);
  E list_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                const std::vector<const clang::Expr*>& args);
  E optional_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                    const std::vector<const clang::Expr*>& args);
  E module_method_call(const clang::CallExpr* e, const clang::Expr* object, llvm::StringRef name,
                       const std::vector<const clang::Expr*>& args);
  E index_of(const std::vector<const clang::Expr*>& args, Span at);
  E is_not_none(const clang::Expr* object, Span at);

  // ---- iterators and what changes lists (lower_range.cpp)
  /// What lies between two iterators, as a list.
  std::optional<E> elements_between(const clang::Expr* first, const clang::Expr* last, Span at);
  /// `list = value`, before the statement.
  std::optional<E> becomes(const clang::Expr* list, E value, Span at);
  std::optional<E> written_to(const clang::Expr* out, llvm::function_ref<std::optional<E>()> values, Span at);
  /// `std::sort(v.begin(), v.end())` and its kin, as they change `v` or look into it.
  std::optional<E> algorithm(const clang::CallExpr* e, llvm::StringRef name,
                             const std::vector<const clang::Expr*>& args);
  void forget_elements(llvm::StringRef name, const std::vector<const clang::Expr*>& args, Span at);
  std::optional<E> list_change(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                               const std::vector<const clang::Expr*>& args);

  // ---- copies (lower_copy.cpp)
  /// A variable that a lambda holds as its own.
  struct Captured {
    const clang::VarDecl* var;
    std::string name;
    E value;
    Span at;
    bool changes;  ///< in the lambda, from call to call
  };
  E copy_of(E value, clang::QualType type, Span at);
  bool is_copied(const clang::Expr* e) const;
  E initial_value(const clang::VarDecl* var);
  E argument_value(const clang::Expr* arg, const clang::FunctionDecl* function, std::size_t index);
  void capture_copies(const clang::LambdaExpr* lambda, const clang::Stmt* body, std::vector<Captured>& out);

  // ---- values by type (lower_values.cpp)
  /// A value that can be everything and into which everything can be done: clocks, files, random engines.
  E anything(Span at);
  /// Numbers, texts, streams, and lists of them: nothing of a tensor can be in it.
  bool is_plain(clang::QualType type, int depth = 0) const;
  /// Some value of the type; nothing when it cannot be made up.
  std::optional<E> some_value(clang::QualType type, clang::SourceRange range, int depth = 0);
  std::optional<E> some_object(const clang::CXXRecordDecl* record, clang::SourceRange range, int depth);
  E some_field(const clang::FieldDecl* field, Span at);
  std::optional<E> some_pointee(const clang::FieldDecl* field, clang::SourceRange range);
  std::optional<E> some_framework_object(const clang::CXXRecordDecl* record, clang::SourceRange range, int depth);
  /// What a call gives that is not followed: some plain value, when only plain values go in, else unknown.
  E not_followed(const clang::Expr* e, const std::vector<const clang::Expr*>& used, std::string reason);

  // ---- iterators in variables (lower_iterator.cpp)
  bool iterator_variable(const clang::VarDecl* var, Span where, Block& out);
  /// `for (auto it = m.begin(); it != m.end(); ++it)` over a map.
  bool map_loop(const clang::ForStmt* s, Block& out);
  const clang::Expr* container_of(const clang::Expr* e) const;
  /// Where it stands: a number of elements, a key.
  std::optional<E> iterator_value(const clang::Expr* e);
  E iterator_or_unknown(const clang::Expr* e);
  std::optional<E> pointed_at(const clang::Expr* e);
  std::optional<E> mapped_at(const clang::MemberExpr* e);
  std::optional<E> iterator_operator(clang::BinaryOperatorKind op, const clang::Expr* left, const clang::Expr* right,
                                     Span at);
  /// An operator of a class of iterators, where one is kept.
  std::optional<E> kept_iterator(const clang::CXXOperatorCallExpr* e);
  E number_of(const Position& place, Span at);

  // ---- options (lower_options.cpp)
  struct Option {
    std::string name;
    E value;
  };
  /// The settings that an expression makes, or nothing when it is a variable or comes from elsewhere.
  std::optional<std::vector<Option>> option_chain(const clang::Expr* e);
  E options_value(const clang::Expr* e);
  void add_options(const clang::Expr* e, std::vector<ast::Argument>& out);
  E option_argument(llvm::StringRef name, const clang::Expr* e);

  clang::ASTContext& context_;
  const clang::SourceManager& sources_;
  const UserFiles& files_;
  Units& units_;
  std::string prefix_;
  std::deque<FileModule> modules_;
  FileModule* current_ = nullptr;
  std::map<const clang::NamedDecl*, std::string> names_;
  std::set<const clang::Decl*> emitted_;
  std::deque<const clang::FunctionDecl*> todo_;
  FunctionScope scope_;
  Block* before_ = nullptr;  ///< where a lambda inside an expression is defined
  std::vector<Changed> changed_;
  int depth_ = 0;
  int lambdas_ = 0;
  int cells_ = 0;
};

/// An expression without what does not change its value: parentheses, temporaries, copies, value-keeping casts.
const clang::Expr* strip(const clang::Expr* e);
/// Arguments as written: defaults are left out.
std::vector<const clang::Expr*> written_arguments(const clang::CallExpr* e);
std::vector<const clang::Expr*> written_arguments(const clang::CXXConstructExpr* e);
/// `T&` through which a caller's variable can be assigned to.
bool is_changeable_reference(clang::QualType type);
/// `T*` through which it can.
bool is_changeable_pointer(clang::QualType type);
/// Does `s` change `var` (null: `this`) or anything in it, or hand it to who may?
bool writes_into(const clang::Stmt* s, const clang::ValueDecl* var);
/// A struct or container of the standard library, whose copies are objects of their own.
bool is_value_type(clang::QualType type);
bool holds_shared(clang::QualType type, int depth);
/// Does `s` name the field?
bool names_field(const clang::Stmt* s, const clang::FieldDecl* field);
/// Does `s` ask whether the tensor `var` is defined, or let others see it before it is assigned to?
bool may_read_undefined(const clang::Stmt* s, const clang::ValueDecl* var);
/// Does `s` assign to `var`, or hand it on in a way that could?
bool may_change(const clang::Stmt* s, const clang::ValueDecl* var);
/// Does `function`, whose body is there, assign through its parameter to the caller's variable?
bool changes_argument(const clang::FunctionDecl* function, unsigned parameter);
/// Does it put what that variable is then into a cell, as the last keyword arguments name them? Not where overrides
/// and constructors must go along.
bool hands_back(const clang::FunctionDecl* function, unsigned parameter);
/// The keyword under which a call hands over the cell of a parameter.
std::string cell_name(std::size_t parameter);

}  // namespace shapelint::libtorch
