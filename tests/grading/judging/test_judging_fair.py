"""Tests that the probes are fair: right answers of every style earn everything, every known mistake loses an item."""

import subprocess
import sys

import pytest

from cs231n.assignment.cases.calls import quietly
from cs231n.assignment.saving.installed import FORWARD_OF
from cs231n.grading.judging.graded_items import ITEMS
from cs231n.grading.judging.inside import probe
from cs231n.grading.judging.probes import make_probes
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import forward_for, mistaken, reference
from tests.helpers.answers import STYLES
from tests.helpers.boxed import needs_box
from tests.helpers.hostile_run import lost, make_judge, submission
from tests.helpers.paths import ROOT


@pytest.fixture(scope="module")
def by_task():
    """The probes of one seed, by task."""
    return _by_task(make_probes("fair"))


def _by_task(probes):
    return {task: [made for made in probes if made.task == task] for task in ITEMS}


def _shown(function, forward, made):
    """What a probe shows for an answer; the name of the exception if the answer raises one."""
    with quietly():
        try:
            return probe.compute_digits(function, forward, made.spec)
        except Exception as error:
            return type(error).__name__


def _lost(function, forward, probes):
    """The items that an answer loses: those for which no probe is right."""
    right = {made.item for made in probes if _shown(function, forward, made) == made.expected}
    return {made.item for made in probes} - right


@pytest.mark.slow
def test_right_answers_in_every_style_earn_everything_for_twenty_seeds():
    for seed in range(20):
        probes = _by_task(make_probes(seed))
        for parameter in STYLES:
            function = parameter.values[0]
            task = function.__name__
            forward = function.__globals__.get(FORWARD_OF.get(task), forward_for(task))
            assert _lost(function, forward, probes[task]) == set(), (seed, parameter.id)


@pytest.mark.slow
def test_every_variant_of_every_known_mistake_loses_an_item_and_every_item_is_lost_by_a_mistake(by_task):
    never = {(task, item.name) for task, items in ITEMS.items() for item in items}
    for mistake in MISTAKES:
        for number, variant in enumerate(mistake.variants):
            own = [made for made in by_task[mistake.task] if made.variant != "documented"]
            lost = _lost(mistaken(mistake, variant), forward_for(mistake.task), own)
            assert lost, (mistake.task, mistake.id, number)
            never -= {(mistake.task, item) for item in lost}
    alt = "batchnorm_backward_alt"  # none of its known mistakes is in dbeta, so we try one here

    def mean_for_sum(dout, cache):
        dx, dgamma, dbeta = reference(alt)(dout, cache)
        return dx, dgamma, dbeta / len(dout)

    never -= {(alt, item) for item in _lost(mean_for_sum, forward_for(alt), by_task[alt])}
    assert never == set()


def test_a_wrong_forward_pass_or_a_cache_of_ones_own_costs_the_backward_passes_nothing(by_task):
    def wrong_forward(x, gamma, beta, bn_param):
        return x, None

    def forward(x, gamma, beta, bn_param):
        out, cache = reference("batchnorm_forward")(x, gamma, beta, bn_param)
        return out, {"mine": cache}

    for task in ("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt"):
        assert _lost(reference(task), wrong_forward, by_task[task]) == set()
        own_cache = lambda dout, cache, task=task: reference(task)(dout, cache["mine"])  # noqa: E731
        assert _lost(own_cache, forward, by_task[task]) == set()
        assert _lost(own_cache, wrong_forward, by_task[task]) == {item.name for item in ITEMS[task]}


def test_the_same_seed_asks_the_same_in_another_process_and_another_seed_something_else(by_task):
    source = "from cs231n.grading.judging.probes import make_probes\n"
    source += "print([(p.source, p.expected) for p in make_probes('fair')])"
    run = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    mine = [(made.source, made.expected) for probes in by_task.values() for made in probes]
    assert run.stdout == f"{mine}\n"
    other = {made.id: made.expected for made in make_probes("other")}
    same = [made.id for probes in by_task.values() for made in probes if other[made.id] == made.expected]
    assert same == []


@needs_box
def test_right_answers_of_other_styles_earn_everything_in_the_box():
    styles = ((1, "in_place"), (2, "float32_inside"), (3, "cs231n_style"))
    folder = ROOT / "tests" / "right_answers"
    # The last cell of each notebook defines the functions again. These definitions count.
    reading = submission(last=[(k, (folder / f"{name}.py").read_text(encoding="utf-8")) for k, name in styles])
    with make_judge() as judge:
        verdict = judge.judge(reading)
        assert lost(verdict, judge, reading) == {}
    assert verdict.flags == [] and verdict.remarks == []
