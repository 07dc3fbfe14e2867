"""The network in the page: its numbers are those of torch; used by mouse, finger and keys."""

import base64
import gzip
import importlib.util
import io
import itertools
import re
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from playwright.sync_api import expect

from pooledu import functional

from .conftest import ROOT, SITE, soup
from .test_site import target

sys.path.append(str(ROOT / "book"))

from poolbook import network

pytestmark = pytest.mark.browser

OURS = {
    "max": lambda x: functional.max_pool2d(x, 2),
    "avg": lambda x: functional.avg_pool2d(x, 2),
    "stride": lambda x: functional.max_pool2d(x, 1, stride=2),
    "blur": lambda x: functional.max_blur_pool2d(x, 2),
    "none": lambda x: x,
}
RUN = """([name, images, whole]) => {
  const { CONTENT, readWeights, runNetwork, activationMap } = window.PoolNetwork;
  const network = readWeights(CONTENT.networks[name].weights, CONTENT.channels);
  const pixels = Uint8Array.from(atob(images), (char) => char.charCodeAt(0));
  return Array.from({ length: pixels.length / 784 }, (_, k) => {
    const image = Float32Array.from(pixels.subarray(784 * k, 784 * (k + 1)), (v) => v / 255);
    const result = runNetwork(network, name, image);
    const evidence = [0, 7].map((digit) => [...activationMap(network, result, digit)]);
    const layers = result.layers.map((layer) => [layer.name, layer.maps.map((map) => [...map])]);
    const { scores, chances } = result;
    return { scores, chances, evidence, layers: whole ? layers : [] };
  });
}"""
SEEN = """([name, row]) => {
  const { CONTENT, readWeights, runNetwork, seen } = window.PoolNetwork;
  const network = readWeights(CONTENT.networks[name].weights, CONTENT.channels);
  const { layers } = runNetwork(network, name, new Float32Array(784));
  return layers.slice(1).map((layer, k) =>
    Array.from({ length: layer.size }, (_, cell) => seen(layers, k + 1, cell, 0)));
}"""


@pytest.fixture(scope="module")
def training():
    """The script that trains the networks, as a module."""
    spec = importlib.util.spec_from_file_location("train", ROOT / "scripts" / "train_network.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def digits():
    """200 digits on which no network was trained, and what they are."""
    with np.load(ROOT / "book" / "network" / "digits.npz") as held:
        return held["images"], held["labels"]


@pytest.fixture
def alone(page):
    """A page with the network's script alone."""
    page.goto("about:blank")
    page.add_script_tag(content=network.script())
    return page


def weights(training, name):
    content = training.json.loads((ROOT / "book" / "network" / "networks.json").read_text("utf8"))
    return [w.float() for w in training.read(content["networks"][name]["weights"])]


def layers_of(x, numbers, pool):
    """The maps after each layer with torch's convolutions, by name, and the scores."""
    found = {"image": x}
    for depth in range(3):
        weight, bias = numbers[2 * depth : 2 * depth + 2]
        x = found[f"conv{depth + 1}"] = F.conv2d(x, weight, bias, padding=1).relu()
        if depth < 2:
            x = found[f"pool{depth + 1}"] = pool(x)
    return found, F.linear(x.mean((2, 3)), *numbers[-2:])


@pytest.mark.parametrize("name", OURS)
def test_the_page_computes_what_torch_and_pooledu_compute(alone, training, digits, name):
    images, labels = digits
    x = torch.tensor(images[:, None] / 255, dtype=torch.float32)
    numbers = weights(training, name)
    assert len(x) == 200
    computed = alone.evaluate(RUN, [name, base64.b64encode(images.tobytes()).decode(), False])
    found = np.array([each["scores"] for each in computed])
    for pool in (training.POOLS[name], OURS[name]):
        _, scores = layers_of(x, numbers, pool)
        np.testing.assert_allclose(found, scores, rtol=1e-4, atol=1e-4)
        assert (found.argmax(1) == scores.argmax(1).numpy()).all()
    np.testing.assert_allclose(
        [each["chances"] for each in computed], scores.softmax(1), rtol=1e-3, atol=1e-6
    )
    assert (found.argmax(1) == labels).mean() > (0.8 if name == "none" else 0.94)
    evidence = np.array([each["evidence"] for each in computed]).mean(2)
    np.testing.assert_allclose(evidence + numbers[-1][[0, 7]].numpy(), found[:, [0, 7]], 1e-4, 1e-4)


@pytest.mark.parametrize("name", OURS)
def test_every_map_of_every_layer_is_the_librarys(alone, training, digits, name):
    images = digits[0][::40]
    x = torch.tensor(images[:, None] / 255, dtype=torch.float32)
    expected, _ = layers_of(x, weights(training, name), OURS[name])
    computed = alone.evaluate(RUN, [name, base64.b64encode(images.tobytes()).decode(), True])
    for k, each in enumerate(computed):
        names = [layer for layer, _ in each["layers"]]
        assert names == [n for n in expected if name != "none" or "pool" not in n]
        for layer, maps in each["layers"]:
            shape = expected[layer][k].shape
            found = np.reshape(maps, shape)
            np.testing.assert_allclose(found, expected[layer][k], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", OURS)
def test_a_cell_sees_the_pixels_from_which_no_number_can_reach_it(alone, training, name):
    marked = torch.zeros(28, 1, 28, 28)
    marked[torch.arange(28), 0, torch.arange(28), torch.arange(28)] = torch.nan
    found, _ = layers_of(marked, weights(training, name), training.POOLS[name])
    names = [n for n in found if n != "image" and (name != "none" or "pool" not in n)]
    for layer, spans in zip(names, alone.evaluate(SEEN, [name, 0]), strict=True):
        reached = found[layer].isnan().any(1).any(2)  # (pixel, row)
        for cell, (first, last) in enumerate(spans):
            pixels = reached[:, cell].nonzero().flatten().tolist()
            assert pixels == list(range(first, last + 1)), (layer, cell)


@pytest.fixture
def opened(page, http):
    """The page of the book."""
    page.goto(f"{http}/book/network.html")
    expect(page.locator(".answer-digit")).to_have_text(re.compile("^It reads 7, with 99"))
    return page


def reads(page, digit):
    expect(page.locator(".answer-digit")).to_have_text(re.compile(f"^It reads {digit}, with"))


def strokes(box, *lines):
    """Places on the screen, for lines in cells of the image."""
    return [[(box["x"] + x / 28 * box["width"], box["y"] + y / 28 * box["height"]) for x, y in line]
            for line in lines]  # fmt: skip


SEVEN = [(8, 7), (20, 7), (16, 14), (13, 22)]


@pytest.mark.book
def test_a_digit_is_drawn_with_the_mouse_and_cleared(opened):
    opened.get_by_role("button", name="Clear").click()
    expect(opened.locator(".answer-digit")).to_have_text("Draw a digit, or take one.")
    [line] = strokes(opened.locator(".sketch").bounding_box(), [(14, 6), (14, 14), (14, 22)])
    opened.mouse.move(*line[0])
    opened.mouse.down()
    for place in line[1:]:
        opened.mouse.move(*place, steps=5)
    opened.mouse.up()
    reads(opened, 1)


@pytest.mark.book
def test_a_digit_is_drawn_with_the_keyboard(opened):
    opened.get_by_role("button", name="Clear").press("Enter")
    opened.locator(".sketch").focus()
    for key, times in (("ArrowUp", 8), ("Enter", 1), ("ArrowDown", 16), ("Enter", 1)):
        for _ in range(times):
            opened.keyboard.press(key)
    reads(opened, 1)


@pytest.mark.book
def test_a_digit_is_drawn_with_a_finger_on_a_phone_that_is_no_wider(browser, http):
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{http}/book/network.html")
    page.get_by_role("button", name="Clear").tap()
    page.locator(".sketch").scroll_into_view_if_needed()
    [line] = strokes(page.locator(".sketch").bounding_box(), SEVEN)
    client = context.new_cdp_session(page)

    def touch(kind, place):
        points = [{"x": place[0], "y": place[1]}] if place else []
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", line[0])
    for start, end in itertools.pairwise(line):
        for share in np.linspace(0, 1, 6):
            touch(
                "touchMove", [float(a + share * (b - a)) for a, b in zip(start, end, strict=True)]
            )
    touch("touchEnd", None)
    reads(page, 7)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


@pytest.mark.book
def test_a_photo_is_read_and_the_page_says_that_it_reads_digits_only(opened, digits):
    images, labels = digits
    ink = Image.fromarray(images[labels == 4][0]).resize((280, 280))
    photo = Image.new("L", (640, 480), 200)  # grey paper, and the digit off its middle
    photo.paste(40, (60, 120), ink)
    file = io.BytesIO()
    photo.save(file, "PNG")
    page = opened
    page.set_input_files(
        "#network-photo", {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.get_by_text("This network reads digits only: whatever")).to_be_visible()
    reads(page, 4)
    text = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"none"}
    page.set_input_files("#network-photo", text)
    expect(page.get_by_text("No digit was found in that file")).to_be_visible()


@pytest.mark.book
def test_pools_are_exchanged_and_the_image_is_moved_and_comes_back(opened):
    for pool, rows in (("Stride", 5), ("BlurPool", 5), ("None", 3), ("Average", 5)):
        opened.get_by_role("radio", name=pool).check()
        expect(opened.locator(".layer")).to_have_count(rows)
        reads(opened, "\\d")
    before = opened.evaluate("document.querySelector('.sketch').toDataURL()")
    for _ in range(3):
        opened.get_by_role("button", name="Move right").click()
    opened.get_by_role("button", name="Move up").press("Enter")
    expect(opened.locator(".unmoved")).to_contain_text(
        "Moved 3 to the right, 1 up. Before, it read 7"
    )
    assert opened.evaluate("document.querySelector('.sketch').toDataURL()") != before
    for _ in range(3):
        opened.get_by_role("button", name="Move left").click()
    opened.get_by_role("button", name="Move down").click()
    expect(opened.locator(".unmoved")).to_have_text("Not moved.")
    assert opened.evaluate("document.querySelector('.sketch').toDataURL()") == before


PICTURES = "[...document.querySelectorAll('.network canvas')].map((c) => c.toDataURL())"


@pytest.mark.book
def test_the_cell_that_is_pointed_at_is_framed_with_what_it_sees_by_mouse_and_by_keyboard(opened):
    plain = opened.evaluate(PICTURES)
    row = opened.get_by_role("group", name="pool1: 8 maps")
    canvas = row.locator("canvas").nth(2)
    side = canvas.bounding_box()["width"]
    canvas.hover(position={"x": side * 3.5 / 14, "y": side * 5.5 / 14})
    words = opened.locator(".cell-words")
    expect(words).to_contain_text("pool1, map 3, row 5, column 3: max(")
    expect(words).to_contain_text("It sees rows 9 to 12, columns 5 to 8 of the image.")
    by_mouse = opened.evaluate(PICTURES)
    changed = [a != b for a, b in zip(plain, by_mouse, strict=True)]
    maps = opened.evaluate("""[...document.querySelectorAll('.network canvas')].map((canvas) =>
      canvas.closest('.layer')?.querySelector('strong').textContent ?? canvas.className)""")
    framed = [name for name, differs in zip(maps, changed, strict=True) if differs]
    assert framed == [
        "sketch",
        "",
        "conv1",
        "pool1",
    ]  # the image, the small one, the one map that a pool reads
    opened.mouse.move(1, 1)
    expect(words).to_contain_text("Point at a cell")
    assert opened.evaluate(PICTURES) == plain
    row.focus()
    for key in ("PageUp", "ArrowDown", "ArrowRight", "PageDown", "ArrowUp", "ArrowLeft"):
        row.press(key)  # it goes on where the mouse was
    expect(words).to_contain_text("pool1, map 3, row 5, column 3: max(")
    assert opened.evaluate(PICTURES) == by_mouse


@pytest.mark.book
def test_what_speaks_for_a_digit_lies_over_the_drawing(opened):
    sketch = "document.querySelector('.sketch').toDataURL()"
    plain = opened.evaluate(sketch)
    opened.get_by_role("checkbox", name="Show what speaks for 7").check()
    seven = opened.evaluate(sketch)
    opened.get_by_role("button", name="one: ").press("Enter")
    expect(opened.get_by_role("checkbox", name="Show what speaks for 1")).to_be_checked()
    assert len({plain, seven, opened.evaluate(sketch)}) == 3


@pytest.mark.book
def test_the_page_works_from_a_folder_and_is_small():
    page = "book/network"
    files = {SITE / f"{page}.html", *(SITE / "_static" / "fonts").glob("*.woff2")}
    for tag in soup(page).find_all(["script", "link"]):
        address = tag.get("src") or (tag.get("rel") in (["stylesheet"], ["icon"]) and tag["href"])
        if address:
            files.add(target(page, address)[0])
    assert any(file.name == network.SCRIPT for file in files)
    sizes = {f.name: len(gzip.compress(f.read_bytes())) for f in files}
    assert sum(sizes.values()) < 300_000, sizes
