"""Real messages of Python, NumPy and the course survive the wall, as far as their names are known."""

import dataclasses

import pytest

from tests.helpers.vouching import PRELUDE, message_of, vouch_raised

# Code that raises a message of Python's own, then of NumPy's, then of the course's.
PYTHON_ERRORS = """
nmae
x.shpae
np.sumup(x)
np.linalg.invert(x)
[1].shape
str.shape
import torchh
one(1, 2)
one()
two()
many(1, 2, 3, 4)
one(axes=1)
one(1, value=2)
inner()()
len(1, 2)
int.from_bytes()
isinstance(1)
divmod(1)
np.zeros(3)(1)
1 + 'a'
[1] - [2]
x ** 'a'
-'a'
abs('a')
1 < 'a'
'a' * 1.5
[1] + 1
'a' + 1
range(1.5)
1 in 2
list(1)
next([1])
1[0]
(1, 2)[0] = 3
len(5)
a, b = 1
a, b, c, d, e, f, g = 1, 2, 3
a, *b, c = (1,)
a, b = 1, 2, 3
(1, 2)['a']
[1]['a']
[1][1.5]
[1, 2][1:'a']
(1, 2)[3]
[1, 2][3]
[1, 2][3] = 1
[].pop()
{[1]: 2}
{}['gama']
{}[7]
[1].index(2)
max([])
1 / 0
1 // 0
1 % 0
1.0 // 0
0.0 ** -1
math.sqrt(-1)
math.exp(1e9)
math.log('a')
int(float('nan'))
int(float('inf'))
float(10**400)
int('gama')
float('gama')
int([1])
unset()
free()
recursive()
raise 1
list(zip([1], [1, 2], strict=True))
""".strip().splitlines()
NUMPY_ERRORS = """
x + np.zeros(5)
x += np.zeros((2, 3, 4))
x @ x
x.dot(x)
np.zeros(3) @ np.zeros(4)
np.matmul(x, 3)
x.sum(axis=2)
np.sum(x, axis=(0, 0))
np.concatenate([x, x[0]])
np.concatenate([x, x.T], axis=1)
np.concatenate([])
np.stack([x, x.T])
x.reshape(5, 2)
x.reshape(-1, -1)
x[7]
x[0, 0, 0]
x['a']
x[1.5]
x[np.array([0.5])]
x[np.array([1, 2, 0]), np.array([1, 2])]
x[np.zeros(9, bool)]
x[:2] = np.zeros(5)
x[np.array([0, 1])] = np.zeros(5)
x[x == 0] = np.zeros(5)
x[0] = [1, [2, 3]]
np.array([[1, 2], [3]])
bool(x)
float(x)
int(np.zeros((2, 2)))
np.zeros((2, 2)).item()
if x > 0: pass
np.exp('a')
np.exp(None)
np.exp([None])
np.add(x, 'a')
x - None
np.max([])
np.argmax([])
np.transpose(x, (0, 0))
np.transpose(x, (0, 1, 2))
np.squeeze(x, axis=0)
np.linalg.inv(x)
np.linalg.inv(np.zeros((2, 2)))
np.zeros(2, 3)
np.zeros(2.5)
np.zeros(-1)
np.ones(3, dtype='gama')
np.float(1)
np.arange(3) ** -1
np.array([True]) - np.array([True])
-np.array([True])
whole = np.arange(3); whole += 0.5
np.broadcast_to(x, (2, 2))
for value in np.array(3): pass
len(np.array(3))
np.array(3)[0]
np.float64(3)[0]
fixed[0] = 1
np.einsum('ijk->i', x)
np.einsum('i->i', x)
np.split(x, 2)
np.add.reduce(x, axis=5)
np.expand_dims(x, 7)
np.repeat(x, [1, 2, 3, 4, 5])
np.add(x, x, out=np.zeros((2, 2)))
np.int8(1000)
np.multiply(x, x, x, x)
np.linalg.cholesky(-np.eye(2))
np.diag(np.zeros((2, 2, 2)))
x.swapaxes(0, 7)
""".strip().splitlines()
COURSE_ERRORS = """
layers.affine_forward(np.zeros(3), x, np.zeros(4))
layers.affine_forward(np.zeros((2, 4)), x, np.zeros(4))
layers.batchnorm_forward(x, np.ones(9), np.zeros(3), {'mode': 'train'})
layers.batchnorm_forward(x, np.ones(4), np.zeros(4), {})
layers.batchnorm_forward(x, np.ones(4), np.zeros(4), 3)
layers.batchnorm_forward(x, np.ones(4), np.zeros(4), {'mode': 'gama'})
layers.batchnorm_backward(x, 3)
layers.batchnorm_backward(x, (3, 4))
layers.affine_forward([1], x, x)
layers.affine_forward(1)
layers.softmax_loss(x, np.array([3, 4, 9]))
""".strip().splitlines()


@pytest.mark.parametrize("code", PYTHON_ERRORS + NUMPY_ERRORS)
def test_message_of_python_or_numpy_survives(code):
    raised = message_of(code)
    assert raised.message and vouch_raised(raised, PRELUDE, code) == dataclasses.replace(raised, line="")


@pytest.mark.parametrize("code", COURSE_ERRORS)
def test_message_of_the_course_keeps_what_counts(code):
    raised = message_of(code)
    kept = vouch_raised(raised, PRELUDE, code).message
    assert kept and raised.message.startswith(kept) and len(kept) > 25


def test_path_is_cut_off():
    code = "from numpy import fuction"
    assert vouch_raised(message_of(code), code).message == "cannot import name 'fuction' from 'numpy'"
