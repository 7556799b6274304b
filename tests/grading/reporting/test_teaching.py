"""Tests that what the teaching notes say of the course is so."""

import re

import numpy as np

from cs231n import batchnorm, layers
from cs231n.assignment.actions import PREDICTIONS, TASKS
from tests.helpers.paths import ROOT

TEXT = (ROOT / "cs231n" / "grading" / "reporting" / "teaching.md").read_text(encoding="utf-8")


def test_there_is_a_question_for_every_task():
    asked = re.findall(r"^\| (\d\.\d) `(\w+)` \| .*\? .*|^\| (\d\.\d) `(\w+)` \| .*\?", TEXT, re.MULTILINE)
    assert [(one or three, two or four) for one, two, three, four in asked] == [
        (task.number, task.name) for task in TASKS.values()
    ]


def test_the_predictions_that_it_names_are_in_the_notebooks():
    plans = TEXT.split("## Two classes")[1].split("## Which mistakes")[0]
    named = set(re.findall(r"`(\w+)`", plans)) - {"dout"}
    assert len(named) == 6 and named <= set(PREDICTIONS)


def test_the_exam_questions_have_the_answers_that_it_gives():
    p = np.array([[0.7, 0.2, 0.1]])
    assert (
        np.allclose(layers.softmax_loss(np.log(p), np.array([1]))[1], [[0.7, -0.8, 0.1]]) and "(0.7, -0.8, 0.1)" in TEXT
    )
    out, cache = batchnorm.batchnorm_forward(
        np.array([[1.0], [3.0]]), np.array([3.0]), np.array([1.0]), {"mode": "train", "eps": 0.0}
    )
    dx, dgamma, dbeta = batchnorm.batchnorm_backward(np.array([[1.0], [0.0]]), cache)
    assert out.ravel().tolist() == [-2, 4] and dx.ravel().tolist() == [0, 0] and (dgamma[0], dbeta[0]) == (-1, 1)
    assert round(np.sqrt(1e-5) / 1e-5) == 316 and round(np.sqrt(1e-5), 4) == 0.0032
    assert 4.9e-6 < (1 + 1e-5) / np.sqrt(1 + 1e-5) - 1 < 5.1e-6
    assert np.exp(-745.0) > 0 == np.exp(-746.0)


def test_it_is_a_page():
    assert len(TEXT.split()) < 2000
