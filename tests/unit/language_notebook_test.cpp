// Notebooks: cells as one text, their places, IPython's commands.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "lib/language/magics.h"
#include "lib/language/notebook.h"

namespace shapelint::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string error_of(std::string_view json) {
  const auto notebook = read_notebook(json);
  return notebook ? "none" : notebook.error();
}

// A cell of code with these lines, in JSON.
std::string code(std::string_view lines) {
  return R"({"cell_type": "code", "outputs": [], "source": [)" + std::string(lines) + "]}";
}

std::string notebook_of(const std::string& cells, const std::string& metadata = "{}") {
  return R"({"cells": [)" + cells + R"(], "metadata": )" + metadata + R"(, "nbformat": 4, "nbformat_minor": 5})";
}

TEST_CASE("the lines that IPython runs as they stand are kept, and no others") {
  std::ifstream file(SHAPELINT_SOURCE_DIR "/tests/conformance/ipython_cells.json");
  const nlohmann::json records = nlohmann::json::parse(file);
  CHECK(records.size() >= 30);
  for (const auto& record : records) {
    const auto cell = record["cell"].get<std::string>();
    CAPTURE(cell);
    const std::vector<std::string> before = lines_of(cell);
    const std::vector<std::string> after = lines_of(python_of_cell(cell));
    REQUIRE(after.size() == before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      CAPTURE(before[i]);
      CHECK((after[i] == before[i]) == record["kept"][i].get<bool>());
    }
  }
}

TEST_CASE("commands become Python that does nothing, in the same lines") {
  CHECK(python_of_cell("%matplotlib inline\nx = 1\n") == "pass  # %matplotlib inline\nx = 1\n");
  CHECK(python_of_cell("if x:\n    !ls \\\n  -l\ny = 1") == "if x:\n    pass  # !ls \\\n#   -l\ny = 1");
  CHECK(python_of_cell("files = !ls\n") == "files = get_ipython()  # !ls\n");
  CHECK(python_of_cell("%time x = f(1)\n") == "if 1: x = f(1)\n");
  CHECK(python_of_cell("%time\n") == "pass  # %time\n");
  CHECK(python_of_cell("%%time\nx = f(1)\n") == "# %%time\nx = f(1)\n");
  CHECK(python_of_cell("\n%%bash\nls\necho 'x\n") == "# \n# %%bash\n# ls\n# echo 'x\n");
  CHECK(python_of_cell("%%capture out\n!ls\nx = 1") == "# %%capture out\npass  # !ls\nx = 1");
}

TEST_CASE("cells of code are one text, and places are cells and lines") {
  const auto notebook = read_notebook(notebook_of(R"({"cell_type": "markdown", "source": ["import this"]},)" +
                                                  code(R"("import torch\n", "x = 1")") + "," + code("") + "," +
                                                  R"({"cell_type": "code", "source": "y = 2\n\nz = 3\n"})"));
  REQUIRE(notebook);
  CHECK(notebook->source.text == "import torch\nx = 1\ny = 2\n\nz = 3\n");
  const SourceFile file("a.ipynb", notebook->source);
  CHECK(file.is_notebook());
  CHECK(file.spell(file.position(0)) == "cell 2:1:1");
  CHECK(file.spell(file.position(static_cast<std::uint32_t>(file.text().find("= 1")))) == "cell 2:2:3");
  CHECK(file.spell(file.position(static_cast<std::uint32_t>(file.text().find("z")))) == "cell 4:3:1");
  CHECK(file.spell_line(5) == "cell 4, line 3");
  CHECK(file.line_of({4, 3}) == 5);
  CHECK_FALSE(file.line_of({2, 3}).has_value());
  CHECK_FALSE(file.line_of({3, 1}).has_value());
  CHECK_FALSE(file.line_of({0, 1}).has_value());
  CHECK(file.lines_around(2) == std::pair<std::uint32_t, std::uint32_t>(1, 2));
  CHECK(SourceFile("a.py", std::string("x\ny")).spell(Position{2, 1}) == "2:1");
}

TEST_CASE("an indented cell runs, and its places are those of the notebook") {
  const auto notebook =
      read_notebook(notebook_of(code("\"\\n\", \"  x = [\\n\", \"1]\\n\", \"  if x:\\n\", \"    y = 2\"")));
  REQUIRE(notebook);
  CHECK(notebook->source.text == "\nx = [\n1]\nif x:\n  y = 2\n");
  const SourceFile file("a.ipynb", notebook->source);
  CHECK(file.spell(file.position(static_cast<std::uint32_t>(file.text().find("y")))) == "cell 1:5:5");
}

TEST_CASE("outputs are not read, also where they are no strict JSON") {
  const auto notebook = read_notebook(
      R"({"cells": [{"cell_type": "code", "outputs": [{"data": {"x": [NaN, -Infinity]}}], "source": ["x = 'NaN'"]}]})");
  REQUIRE(notebook);
  CHECK(notebook->source.text == "x = 'NaN'\n");
}

TEST_CASE("outputs may hold what Python's json alone takes") {
  const std::string big(400, '9');
  for (const std::string& value : {std::string("1e400"), big, std::string("\"\\ud83d\""), std::string("-1E+999")}) {
    CAPTURE(value);
    const auto notebook = read_notebook(R"({"cells": [{"cell_type": "code", "outputs": [)" + value +
                                        R"(], "source": ["x = '\ud83d\ude00'"]}], "n": 2.5e3})");
    REQUIRE(notebook);
    CHECK(notebook->source.text == "x = '\xF0\x9F\x98\x80'\n");
  }
}

TEST_CASE("what one cell leaves open ends with it") {
  const auto notebook = read_notebook(notebook_of(code(R"("x = 1 + \\")") + "," + code(R"("y = 2\r", "z = 3\r\n")")));
  REQUIRE(notebook);
  CHECK(notebook->source.text == "x = 1 + \\\n\ny = 2\nz = 3\n");
  const SourceFile file("a.ipynb", notebook->source);
  CHECK(file.spell(file.position(static_cast<std::uint32_t>(file.text().find("z")))) == "cell 2:2:1");
}

TEST_CASE("a cell that never closes what it opens is left out, and said") {
  const auto notebook = read_notebook(notebook_of(code(R"("x = '''never\n", "closed")") + "," + code(R"("y = 2")") +
                                                  "," + code(R"("  f(1,\n", "  2")")));
  REQUIRE(notebook);
  CHECK(notebook->source.text == "# x = '''never\n# closed\ny = 2\n# f(1,\n# 2\n");
  REQUIRE(notebook->broken.size() == 2);
  CHECK(notebook->broken[0].place == "cell 1:1:5");
  CHECK(notebook->broken[0].message == "this string is not closed");
  CHECK(notebook->broken[1].place == "cell 3:1:4");
  CHECK(notebook->broken[1].message == "`(` is never closed");
}

TEST_CASE("what is no notebook says so") {
  CHECK(error_of("") == "none");
  CHECK(error_of(notebook_of("")) == "none");
  CHECK(error_of("{\"cells\": [\n  x]}").starts_with("2:3: no notebook, since it is no JSON"));
  CHECK(error_of("[1]") == "no notebook: it has no list of `cells`");
  CHECK(error_of(R"({"worksheets": []})") == "no notebook: it has no list of `cells`");
  CHECK(error_of(R"({"worksheets": [3]})") == "no notebook: it has no list of `cells`");
  CHECK(error_of(notebook_of(code("1, null"), R"({"kernelspec": {"language": "python"}})")) == "none");
  CHECK(error_of(R"({"cells": [1, null, [], {}]})") == "none");
}

TEST_CASE("other languages have no text, and format 3 has its cells in a worksheet") {
  CHECK(read_notebook(notebook_of(code("\"x\""), R"({"language_info": {"name": "R"}})"))->source.text.empty());
  const auto old = read_notebook(
      R"({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}]})");
  CHECK(old->source.text == "x = 1\ny = 2\n");
}

}  // namespace
}  // namespace shapelint::test
