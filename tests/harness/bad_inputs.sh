#!/bin/bash
# Writes hostile and broken inputs into the current folder, for bad_input_test.sh and for runs under sanitizers. With
# bash and coreutils only. A `.py` file's loss is `loss` unless bad_input_test.sh says otherwise.
set -euo pipefail

# times COUNT TEXT: TEXT repeated, without numbers.
times() { printf "%.0s$2" $(seq "$1"); }
# loss FILE: a Python file with one loss whose body (indented by four) is standard input.
loss() {
  {
    printf 'import keras\nimport numpy as np\nimport tensorflow as tf\nfrom keras import backend as K, ops\n\n\ndef loss(y_true, y_pred):\n'
    sed 's/^/    /'
  } >"$1"
}

# ---- text
: >empty.py
: >empty.loss
printf '\xef\xbb\xbf' >bom.py
printf 'import keras\ndef loss(y_true, y_pred):\r\n    return keras.ops.mean(y_true - y_pred, axis=-1)\r\n' >crlf.py
printf '\xef\xbb\xbfimport keras\ndef loss(y_true, y_pred):\n    return keras.ops.mean(y_true - y_pred, axis=-1)\n' >bom_loss.py
printf 'import keras\rdef loss(y_true, y_pred):\r    return y_true\r' >cr.py
printf 'import keras\nx = "\xff\xfe"\n' >latin.py
printf '\xff\xfei\0m\0p\0o\0r\0t\0' >utf16.py
printf 'import keras\nx = "a\0b"\n' >zero.py
printf 'import keras\nx = "\xed\xa0\x80"\n' >surrogate.py
head -c 50000000 /dev/zero | tr '\0' '#' >large.py
printf 'import keras\n\n\ndef loss(y_true, y_pred):\n    diff\xc3\xa9rence = y_true - y_pred\n    \xe6\x90\x8d\xe5\xa4\xb1 = keras.ops.square(diff\xc3\xa9rence)\n    return keras.ops.mean(\xe6\x90\x8d\xe5\xa4\xb1, axis=-1)\n' >unicode.py
printf 'def f(' >cut.loss
printf 'def f(x: Float["B"]):\n\treturn x\n        return x\n' >tabs.loss
printf '"""never closed' >open_string.loss

# ---- nesting
loss parens.py <<<"return $(times 10000 '(')y_true$(times 10000 ')')"
{ printf 'def f(x: Float["B"]):\n    return '; times 10000 '('; printf x; times 10000 ')'; echo; } >parens.loss
loss brackets.py <<<"f = lambda x: $(times 100000 '[')x$(times 100000 ']')
return f(y_true)"
loss unclosed.py <<<"return $(times 100000 '(')y_true"
loss lambdas.py <<<"f = $(times 3000 'lambda x: ')x
return f(y_true) + y_true"
loss operators.py <<<"return $(times 20000 'y_true + ')y_pred"
loss unary.py <<<"return $(times 20000 '-')y_true"
loss nots.py <<<"return y_true if $(times 20000 'not ')y_true else y_pred"
loss powers.py <<<"return y_true * $(times 5000 '2 ** ')2"
loss calls.py <<<"f = lambda x: x
return $(times 5000 'f(')y_true$(times 5000 ')')"
loss dots.py <<<"return y_true$(times 20000 '.a')"
loss subscripts.py <<<"return y_true$(times 20000 '[0]')"
loss ternaries.py <<<"return $(times 5000 'y_true if u else ')y_pred"
loss attribute_calls.py <<<"return y_true$(times 5000 '.f()')"
loss fstrings.py <<<"x = $(times 100 'f\"{')1$(times 100 '}\"')
y = f'{y_true!r:>{10}} {y_pred:{x}{x}} {{}} {x=}'
return y_true - y_pred"
{ printf 'import keras\n\n\ndef loss(y_true, y_pred):\n'; for i in $(seq 1 90); do printf "%$((i * 4))s%s\n" '' 'if unknown():'; done; printf '%400sy_true = y_pred\n    return y_true\n' ''; } >deep_ifs.py
{ echo 'import keras'; for i in $(seq 0 300); do printf "%${i}sdef f%d():\n" '' "$i"; done; printf '%301sreturn 1\n' ''; } >deep_defs.py

# ---- control flow
loss while_true.py <<<'while True:
    pass
return y_true'
loss while_grows.py <<<'x = []
y = y_true
while True:
    x.append(y)
    x = x + x
    y = K.concatenate([y, y], axis=-1)
return y_true'
loss while_string.py <<<'s = "a"
while True:
    s = s + s
return y_true'
loss while_int.py <<<'n = 3
while True:
    n = n * n
return y_true * n'
loss while_dim.py <<<'n = K.shape(y_true)[1]
while True:
    n = n * n + n // 3
return y_true * n'
{ echo 'x = y_true'; for i in $(seq 60); do printf 'if unknown(%d):\n    x = x + %d\n' "$i" "$i"; done; echo 'return x'; } | loss sixty_row.py
{ echo 'x = y_true'; for i in $(seq 60); do printf "%$((i * 2 - 2))sif unknown(%d):\n%$((i * 2))sx = x + 1\n" '' "$i" ''; done; echo 'return x'; } | loss sixty_nested.py
{ echo 'x = y_true'; for i in $(seq 60); do printf 'x = x[0] if unknown(%d) else x\n' "$i"; done; echo 'return x'; } | loss sixty_shapes.py
{ echo 'x = y_true'; for i in $(seq 12); do printf "%$((i * 2 - 2))sfor i%d in range(100):\n" '' "$i"; done; printf '%24sx = x + 1\nreturn x\n' ''; } | loss loops.py
{ echo 'x = y_true'; for i in $(seq 12); do printf "%$((i * 2 - 2))sfor i%d in unknown():\n" '' "$i"; done; printf '%24sx = x[None]\nreturn x\n' ''; } | loss loops_unknown.py
{ echo 'x = y_true'; for i in $(seq 12); do printf "%$((i * 2 - 2))swhile unknown():\n" '' ; done; printf '%24sx = K.concatenate([x, x])\nreturn x\n' ''; } | loss whiles_unknown.py
{ for i in $(seq 40); do printf "%$((i * 2 - 2))stry:\n" ''; done; printf '%80sx = unknown()\n' ''; for i in $(seq 40 -1 1); do printf "%$((i * 2 - 2))sexcept ValueError:\n%$((i * 2))sx = y_true\n%$((i * 2 - 2))sfinally:\n%$((i * 2))sz = 1\n" '' '' '' ''; done; echo 'return x'; } | loss tries.py

# ---- recursion
loss recursion.py <<<'return loss(y_true, y_pred)'
loss recursion_pair.py <<<'def even(x):
    return odd(x) + 1
def odd(x):
    return even(x) * 2
return even(y_true)'
loss fib.py <<<'def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
return y_true * fib(60)'
loss fib_unknown.py <<<'def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)
return y_true * fib(unknown())'
loss ackermann.py <<<'def ack(m, n):
    return n + 1 if m == 0 else ack(m - 1, 1) if n == 0 else ack(m - 1, ack(m, n - 1))
return y_true * ack(4, 4)'
loss omega.py <<<'return (lambda f: f(f))(lambda f: f(f))'
loss ten_ways.py <<<'def f(x):
    return f(f(f(f(f(f(f(f(f(f(x))))))))))
return f(y_true)'
loss doubling.py <<<'f = lambda x: x + x
for i in range(400):
    f = (lambda g: lambda x: g(g(x)))(f)
return f(y_true)'
loss returned_widely.py <<<'x = [y_true]
for i in range(20):
    x = [x] * 10
return x'
loss doubled_default.py <<<'x = [y_true]
for i in range(500):
    x = [x, x]
return K.mean(x)'
loss self_list.py <<<'l = []
l.append(l)
d = {}
d["d"] = d
t = (l, d)
print(l, d, t == t, l == l, len(l), str(l), f"{l} {d}")
return y_true - y_pred + K.mean(l) + K.stack(l) + l'
loss self_object.py <<<'class A:
    pass
a = A()
a.a = a
a.l = [a]
a.l.append(a.l)
if a == a.a and a.l == a.a.l:
    return y_true - y_pred + a
if unknown():
    a.l = [a.l]
return a.l'
loss self_joined.py <<<'l = []
k = []
if unknown():
    l.append(k)
    k.append(l)
else:
    l.append(l)
    k.append(k)
return y_true - y_pred'

# ---- objects
loss self_compared.py <<<'l = [y_true]
l.append(l)
l += l
del l[0]
l.remove(l)
return y_true - y_pred'
loss bool_of_itself.py <<<'class A:
    def __len__(self):
        return bool(self)
    def __lt__(self, other):
        return other < self
a = A()
for f in [lambda: len(a), lambda: bool(a), lambda: sorted([a, a]), lambda: [a] == [a]]:
    f()
return y_true - y_pred'
loss getattr.py <<<'class A:
    def __getattr__(self, name):
        return getattr(self, name + "x")
    def __getitem__(self, i):
        return self[i + 1]
    def __call__(self, x):
        return self(x)
    def __add__(self, other):
        return self + other
    def __len__(self):
        return len(self)
    def __iter__(self):
        return iter(self)
    def __bool__(self):
        return bool(self)
    def __eq__(self, other):
        return self == other
    def __hash__(self):
        return hash(self)
    def __enter__(self):
        with self as x:
            return x
    @property
    def p(self):
        return self.p
a = A()
b = a.b
c = a[0]
d = a(1)
e = a + 1
n = len(a)
for x in a:
    pass
if a:
    pass
if a == a:
    pass
q = a.p
with a:
    pass
return y_true - y_pred'
cat >cyclic_bases.py <<'PY'
import keras


class A(A):
    pass


class B(C):
    pass


class C(B):
    def call(self, y_true, y_pred):
        return super().call(y_true, y_pred)


class D(keras.losses.Loss, D, D.E):
    def call(self, y_true, y_pred):
        return super().call(y_true, y_pred)


B = C
C = B
B.__bases__ = (B,)
PY
cat >cyclic_super.py <<'PY'
import keras


class Loss(keras.losses.Loss):
    def __init__(self):
        super().__init__()
        self.__init__()

    def call(self, y_true, y_pred):
        return self(y_true, y_pred)

    def __call__(self, y_true, y_pred):
        return self.call(y_true, y_pred)
PY
{ printf 'import keras\n\n\nclass A0(keras.losses.Loss):\n    def call(self, y_true, y_pred):\n        return keras.ops.mean(y_true - y_pred, axis=-1)\n'; seq 1 5000 | awk '{ printf "class A%d(A%d):\n    pass\n", $1, $1 - 1 }'; printf 'def loss(y_true, y_pred):\n    return A5000()(y_true, y_pred)\n'; } >inheritance.py
{ printf 'import keras\n\n\nclass A(keras.losses.Loss):\n'; seq 1 10000 | awk '{ printf "    def m%d(self, x):\n        return x\n", $1 }'; printf '    def call(self, y_true, y_pred):\n        return keras.ops.mean(self.m1(y_true) - y_pred, axis=-1)\n'; } >methods.py
{ printf 'import keras\nclass A0: pass\nclass B0: pass\n'; seq 1 60 | awk '{ printf "class A%d(A%d, B%d): pass\nclass B%d(A%d, B%d): pass\n", $1, $1 - 1, $1 - 1, $1, $1 - 1, $1 - 1 }'; printf 'def loss(y_true, y_pred):\n    return A60().x + y_true\n'; } >diamonds.py
cat >decorators.py <<'PY'
import keras


def again(f):
    return again(f)


@again
@again
def loss(y_true, y_pred):
    return y_true


@other
def other(y_true, y_pred):
    return other(y_true, y_pred)


@(lambda f: lambda *a: f(*a, *a))
def twice(y_true, y_pred):
    return twice(y_true, y_pred)
PY
loss dunder.py <<<'a = y_true.__class__.__mro__[0].__subclasses__()
b = loss.__globals__["__builtins__"]
c = loss.__code__.__class__
d = type(type(type)).__call__(type)
e = __name__ + __file__ + __doc__
f = (lambda: 0).__get__(1).__self__
g = super().__thisclass__
h = object.__new__(object).__dict__
i = eval("loss")(y_true, y_pred)
exec("while True: pass")
j = __import__("keras").losses
return y_true - y_pred'

# ---- modules
mkdir -p imports/package
printf 'import keras\nfrom b import g\n\n\ndef loss(y_true, y_pred):\n    return g(y_true) - y_pred\n\n\ndef h(x):\n    return g(x)\n' >imports/a.py
printf 'from a import h, loss\n\n\ndef g(x):\n    return h(x)\n\n\nz = g(1)\n' >imports/b.py
printf 'import keras\nimport itself\nfrom itself import *\nfrom itself import loss as other\n\n\ndef loss(y_true, y_pred):\n    return itself.itself.itself.other(y_true, y_pred)\n' >imports/itself.py
printf 'import keras\nfrom . import x\nfrom .. import y\nfrom ........... import z\nfrom .x.y.z import *\n\n\ndef loss(y_true, y_pred):\n    return x(y_true) - y(y_pred) + z\n' >imports/relative.py
printf 'import keras\nfrom package.one import f\n\n\ndef loss(y_true, y_pred):\n    return f(y_true) - y_pred\n' >imports/cycle.py
printf 'from .one import *\nfrom package import *\n' >imports/package/__init__.py
printf 'from .two import f\nfrom . import two, one\n' >imports/package/one.py
printf 'from .one import f\nfrom ..package.two import f\nf = f\n' >imports/package/two.py
printf 'from star_b import *\n' >imports/star_a.py
printf 'from star_a import *\n' >imports/star_b.py
printf 'import keras\nfrom star_a import *\n\n\ndef loss(y_true, y_pred):\n    return nothing(y_true) - y_pred\n' >imports/stars.py
printf 'import keras\nfrom keras.losses import nothing_like_this\nimport keras.nothing.here as n\nfrom keras import *\nfrom numpy import *\n\n\ndef loss(y_true, y_pred):\n    return n.f(y_true) - nothing_like_this(y_pred)\n' >unknown_names.py

# ---- sizes
cat >zeros.loss <<'LOSS'
import keras


def f(x: Float["B"]):
    return x + keras.ops.zeros((10**9, 10**9))


example("big", x=[1, 2])
LOSS
loss zeros.py <<<'a = K.zeros((10**9, 10**9))
b = tf.zeros((10**9, 10**9))
c = ops.zeros((10**9, 10**9))
d = np.zeros((10**9, 10**9))
e = ops.ones((10**5, 10**5)) + ops.arange(10**12)[0] + ops.eye(10**6)
return y_true - y_pred + a[0, 0] + b[0, 0] + c[0, 0] + d[0, 0] + K.mean(e)'
loss repeats.py <<<'a = [0] * 10**9
b = (1,) * 10**12
c = "x" * 10**12
d = [[0] * 10**6] * 10**6
e = [y_true] * 10**7
f = "%1000000000d" % 1
g = f"{1:1000000000}"
h = list(range(10**12))
i = [0] * -5
return y_true - y_pred + len(a) + len(d)'
loss texts.py <<<'s = "a" * 10**5
t = "{}" * 40000
for i in range(100):
    u = s.replace("a", s) + s.replace("", s) + t.format(*[s] * 40000) + s.join([s] * 10000) + ("%s" * 40000) % tuple([s] * 40000)
return y_true - y_pred + len(u)'
loss many_numbers.py <<<'a = ops.ones((1500, 1500))
for i in range(8):
    a = a + i
return y_true - y_pred + ops.mean(a)'
loss ranges.py <<<'x = y_true
for i in range(10**12):
    x = x + i
for i in range(-(10**30), 10**30, 10**29):
    x = x + i
for i in range(0, 10, 0):
    x = x + i
return x + sum(range(10**12)) + max(range(10**12)) + len(range(10**12))'
loss numbers.py <<<'a = 10**10000
b = 10**10**10**10
c = 1 << 10**10
d = 1e308 * 1e308 - 1e308 * 1e308
e = -9223372036854775808 // -1
f = (-9223372036854775807 - 1) % -1
g = 9223372036854775807 + 1
h = 0x'"$(times 5000 f)"' + 1'"$(times 5000 0)"'
i = 1 // 0 + 1 % 0 + 1 / 0
j = 2 ** -1 + 0 ** -1 + (-8) ** 0.5
k = int(1e300) + int(float("nan")) + int("9" * 30) + round(1e300) + abs(-9223372036854775807 - 1)
l = float("1" * 400) + 1e400
m = -(-9223372036854775807 - 1)
n = y_true[9223372036854775807] + y_true[-9223372036854775808:9223372036854775807:9223372036854775807]
o = y_true[:, ::0] + y_true[:, ::-1] + y_true[a] + y_true[1e300:]
p = 1 << -1
q = 1 >> 100
r = 3 << 62
s = -1 << 63
return y_true - y_pred + a + b'
loss reshapes.py <<<'a = K.reshape(y_true, (-1, -1))
b = K.reshape(y_true, (0, 10**18, 10**18))
c = K.reshape(y_true, ())
d = K.repeat_elements(y_true, 10**18, 0)
e = ops.tile(y_true, (10**12, 10**12))
f = K.permute_dimensions(y_true, (0, 0, 5, -7))
g = K.mean(y_true, axis=10**18)
h = K.expand_dims(y_true, -(10**18))
i = ops.broadcast_to(y_true, (10**10, 10**10, 10**10))
j = ops.pad(y_true, [[10**18, 10**18], [-5, -10**18]])
k = ops.one_hot(y_true, 10**12)
l = ops.linspace(0, 1, 10**12)
m = ops.arange(0, 1, 1e-300)
n = ops.split(y_true, 10**9)
o = ops.einsum("'"$(times 500 a,)"'->", y_true)
p = ops.stack([y_true] * 1000)
q = ops.outer(y_true, y_true)
for x in range(40):
    y_true = ops.expand_dims(y_true, 0)
return y_true - y_pred'
loss outer.py <<<'for i in range(30):
    y_true = ops.expand_dims(y_true, -1) * ops.ones((7,))
return y_true'
loss comprehensions.py <<<"x = [$(for i in $(seq 20); do printf 'i%d + ' "$i"; done)0 $(for i in $(seq 20); do printf 'for i%d in range(100) ' "$i"; done)]
y = [[[[[[[[0 for a in range(50)] for b in range(50)] for c in range(50)] for d in range(50)] for e in range(50)] for f in range(50)] for g in range(50)] for h in range(50)]
z = [last := i for i in range(10) if (w := i) > 2]
v = {i: {j: k for j in range(1000) for k in range(1000)} for i in range(1000)}
return y_true - y_pred + len(x)"
loss stars.py <<<'def f(*args, **kwargs):
    return f(*args, *args, **kwargs)
a = [y_true] * 100
b = [*a, *a, *a]
for i in range(60):
    b = [*b, *b]
f(*b)
g = lambda *a: len(a)
c, *d = b
*e, = c
*h, *i = b
{**{}, **{"a": 1}}
return y_true - y_pred + g(*b, *b, *b)'
loss dict.py <<<"d = {$(seq 1 100000 | awk '{ printf "\"k%d\": %d, ", $1, $1 }')}
return y_true - y_pred + d['k7']"
loss list.py <<<"d = [$(seq 1 100000 | awk '{ printf "%d, ", $1 }')]
return y_true - y_pred + K.constant(d)[7]"
loss unpacking.py <<<"$(seq 1 20000 | awk '{ printf "a%d, ", $1 }') = range(20000)
$(seq 1 20000 | awk '{ printf "b%d = ", $1 }')1
return y_true - y_pred + a7"
{ seq 1 10000 | awk '{ printf "x%d = y_true + %d\n", $1, $1 }'; echo 'return x10000 - y_pred'; } | loss long_function.py
{ printf 'import keras\n'; seq 1 1000 | awk '{ printf "def loss%d(y_true, y_pred):\n    return keras.ops.mean(y_true - y_pred, axis=-1)\n", $1 }'; } >many_losses.py
{ printf 'import keras\n'; seq 1 5000 | awk '{ printf "def helper%d(x):\n    return helper%d(x)\n", $1, $1 - 1 }'; printf 'def helper0(x):\n    return x\ndef loss(y_true, y_pred):\n    return helper5000(y_true) - y_pred\n'; } >helpers.py
{ printf 'import keras\ndef loss(y_true, y_pred, '; seq 1 5000 | awk '{ printf "p%d=None, ", $1 }'; printf '):\n    return y_true - y_pred\n'; } >parameters.py
{ printf 'import keras\n'; times 3000 '@f\n'; printf 'def loss(y_true, y_pred):\n    return y_true - y_pred\n'; } >many_decorators.py
{ printf 'import keras\n'; times 20000 '# shapelint: ignore[batch-collapse]\n'; printf 'def loss(y_true, y_pred):\n    return y_true - y_pred\n'; } >suppressions.py
{ printf 'import keras\ndef loss(y_true, y_pred):\n    """'; times 20000 'y_true: (B, N) '; times 20000 '('; printf '"""\n    return y_true - y_pred\n'; } >docstring.py
{ printf 'import keras\ndef loss(y_true: Float["'; times 20000 '('; printf '"], y_pred: Float["'; times 5000 'a '; printf '"]):\n    return y_true - y_pred\n'; } >annotation.py

# ---- data
cat >good.py <<'PY'
import keras


def loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


def weighted(y_true, y_pred, gamma=2.0, steps=3):
    for _ in range(steps):
        y_pred = y_pred * gamma
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)
PY
echo '{"y_true": [[1, 2], [3]], "y_pred": [[1, 2], [3, 4]]}' >ragged.json
echo '{"y_true": [[1, 2], [3, 4' >cut.json
echo '[1, 2]' >list.json
echo '{"y_true": "text"}' >text.json
echo '{"y_true": [[NaN, 1], [1e999, 2]], "y_pred": [[1, 2], [3, 4]]}' >nan.json
echo '{"y_true": [[1e300, 1], [1e308, 2]], "y_pred": [[1, 2], [3, 4]]}' >huge.json
echo '{"y_true": 1, "y_pred": [[[1, 2]]]}' >ranks.json
echo '{"y_true": [], "y_pred": []}' >none.json
echo '{"y_true": [[1, 2]], "y_pred": [[1, 2, 3], [1, 2, 3]]}' >sizes.json
echo '{"y_true": [[1, 2]], "other": [1]}' >other.json
{ printf '{"y_true": '; times 100000 '['; times 100000 ']'; printf '}'; } >deep.json
: >empty.json
npy() { printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$1"; }
npy "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000), }" >lying.npy
npy "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 5), }" >short.npy
npy "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }" >overflow.npy
npy "{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 5), }" >negative.npy
npy "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }" >objects.npy
npy "{'descr': '<f4', 'shape': $(times 100 '(')" >broken.npy
printf '\x93NUMPY\x01\x00\xff\xff{' >header.npy
printf 'PK\x03\x04' >cut.npz
printf '1,2\n3\n' >ragged.csv
printf 'a,b\nx,y\n' >text.csv

# ---- places
mkdir -p folder.py no_losses links
echo 'x = 1' >no_losses/plain.py
cp good.py links/good.py
ln -sfn .. links/up
ln -sf loop.py loop.py
ln -sf nowhere.py dangling.py
[ -p pipe.py ] || mkfifo pipe.py
[ -e zero_device.py ] || ln -s /dev/zero zero_device.py
