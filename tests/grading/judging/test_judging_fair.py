"""Tests that the probes are fair: right answers of every style earn everything, every known mistake loses an item."""

import subprocess
import sys

import pytest

from cs231n.assignment.cases.calls import quietly
from cs231n.assignment.saving.installed import FORWARD_OF
from cs231n.grading.judging.boxes.inside.probe_calls import Calls, digits
from cs231n.grading.judging.probing.graded_items import ITEMS
from cs231n.grading.judging.probing.probes import make_probes
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import forward_for, mistaken, reference
from tests.helpers.answers import STYLES
from tests.helpers.boxed import needs_box
from tests.helpers.hostile_run import lost, submission
from tests.helpers.paths import ROOT


@pytest.fixture(scope="module")
def probes():
    """The probes of one seed, by task."""
    return make_probes("fair")


def _shown(function, forward, made, variants=("plain", "own", "documented")):
    """What an answer's probes show, by id. Where the answer raises an exception: its name."""
    shown = {}
    for variant in [variant for variant in made.spec["variants"] if variant in variants]:
        calls = Calls(made.task, function, forward, variant == "documented", made.spec["calls"])
        for item in made.spec["items"]:
            with quietly():
                try:
                    text = digits(calls, item)
                except Exception as error:
                    text = type(error).__name__
            shown[f"probe-{made.task}-{item['number']}-{variant}".replace("_", "-")] = text
    return shown


def _lost(function, forward, made, variants=("plain", "own", "documented")):
    """The items that an answer loses: those for which no probe is right."""
    shown = _shown(function, forward, made, variants)
    right = {made.probes[name].item for name, text in shown.items() if made.probes[name].expected == text}
    return {item.name for item in ITEMS[made.task]} - right


@pytest.mark.slow
def test_right_answers_in_every_style_earn_everything_for_twenty_seeds():
    for seed in range(20):
        probes = make_probes(seed)
        for parameter in STYLES:
            function = parameter.values[0]
            task = function.__name__
            forward = function.__globals__.get(FORWARD_OF.get(task), forward_for(task))
            assert _lost(function, forward, probes[task]) == set(), (seed, parameter.id)


@pytest.mark.slow
def test_every_variant_of_every_known_mistake_loses_an_item_and_every_item_is_lost_by_a_mistake(probes):
    never = {(task, item.name) for task, items in ITEMS.items() for item in items}
    for mistake in MISTAKES:
        for number, variant in enumerate(mistake.variants):
            function, forward = mistaken(mistake, variant), forward_for(mistake.task)
            lost = _lost(function, forward, probes[mistake.task], ("plain", "own"))
            assert lost, (mistake.task, mistake.id, number)
            never -= {(mistake.task, item) for item in lost}
    alt = "batchnorm_backward_alt"  # none of its known mistakes is in dbeta, so we try one here

    def mean_for_sum(dout, cache):
        dx, dgamma, dbeta = reference(alt)(dout, cache)
        return dx, dgamma, dbeta / len(dout)

    never -= {(alt, item) for item in _lost(mean_for_sum, forward_for(alt), probes[alt])}
    assert never == set()


def test_a_wrong_forward_pass_or_a_cache_of_ones_own_costs_the_backward_passes_nothing(probes):
    def wrong_forward(x, gamma, beta, bn_param):
        return x, None

    def forward(x, gamma, beta, bn_param):
        out, cache = reference("batchnorm_forward")(x, gamma, beta, bn_param)
        return out, {"mine": cache}

    for task in ("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt"):
        assert _lost(reference(task), wrong_forward, probes[task]) == set()
        own_cache = lambda dout, cache, task=task: reference(task)(dout, cache["mine"])  # noqa: E731
        assert _lost(own_cache, forward, probes[task]) == set()
        assert _lost(own_cache, wrong_forward, probes[task]) == {item.name for item in ITEMS[task]}


def test_the_same_seed_asks_the_same_in_another_process_and_another_seed_something_else(probes):
    source = "from cs231n.grading.judging.probing.probes import make_probes\n"
    source += "print([(made.source(), list(made.probes.values())) for made in make_probes('fair').values()])"
    run = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    mine = [(made.source(), list(made.probes.values())) for made in probes.values()]
    assert run.stdout == f"{mine}\n"
    others = {name: probe for made in make_probes("other").values() for name, probe in made.probes.items()}
    same = [name for made in probes.values() for name, p in made.probes.items() if others[name].expected == p.expected]
    assert same == []


@needs_box
def test_right_answers_of_other_styles_earn_everything_in_the_box(judge):
    styles = ((1, "in_place"), (2, "float32_inside"), (3, "cs231n_style"))
    folder = ROOT / "tests" / "right_answers"
    # The last cell of each notebook defines the functions again. These definitions count.
    reading = submission(last=[(k, (folder / f"{name}.py").read_text(encoding="utf-8")) for k, name in styles])
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {}
    assert verdict.flags == [] and verdict.remarks == []
