"""Records which lines of a notebook's cell the real IPython runs as they stand, as ipython_cells.json beside this file.

    pip install ipython==8.18.1
    python tests/conformance/record_ipython.py

A record is a cell and, for each of its lines, whether IPython leaves it alone. What it makes of a command (`get_ipython()...`)
is on one line, however many the command had.
"""
import difflib
import json
import pathlib

from IPython.core.inputtransformer2 import TransformerManager

CELLS = [
    "import torch\nx = torch.ones(3)\n",
    "%matplotlib inline\nimport torch\n",
    "import torch\n%load_ext autoreload\n%autoreload 2\nx = 1\n",
    "!pip install torch\nimport torch",
    "!pip install \\\n    torch \\\n    keras\nimport torch\n",
    "!!ls\nx = 1\n",
    "files = !ls *.csv\nx = files\n",
    "who = %who_ls\nx = who\n",
    "a.b = !ls\nc[0] = %who_ls\nd, e = !ls\n",
    "x = %matplotlib \\\n  inline\ny = 2\n",
    "model?\nx = 1\n",
    "model.fit??\n?model\n??model\nx = 1\n",
    "%time?\n",
    "layers[0].weight?\n",
    "x = (7\n     % 3)\ny = 1\n",
    "x = [1,\n!ls\n]\n",
    "text = '''\n%matplotlib inline\n!ls\nwhat?\n'''\nx = 1\n",
    "print('x = %d' % 3)\n",
    "print('x = !ls')  # y = !ls\n",
    "# %matplotlib inline\n# why?\nx = 1  # why?\n",
    "x = 5 \\\n  % 3\ny = 1\n",
    "if x:\n    !ls {x}\n    %cd ..\n    y = !pwd\nelse:\n    z = 1\n",
    "f(a='%s' %\n  3)\n%who\n",
    "def f(x):\n    '''Does it run?\n    '''\n    return x % 2\n",
    "\n\n%matplotlib inline\nx = 1\n",
    "x != 3\ny = x != 4\n",
    "f'{x = !r}'\n",
    "x %= 3\nx = 7 %3\n",
    "/print 1\n,print a b\n;print a b\nx = 1\n",
    "x == 3\nf(a=1)\n",
]


def main():
    manager = TransformerManager()
    records = []
    for cell in CELLS:
        before = cell.splitlines()
        after = manager.transform_cell(cell).splitlines()
        kept = [not line.strip() for line in before]
        for block in difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
            for i in range(block.a, block.a + block.size):
                kept[i] = True
        records.append({"cell": cell, "kept": kept})
    text = "[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]\n"
    pathlib.Path(__file__).with_name("ipython_cells.json").write_text(text)


main()
