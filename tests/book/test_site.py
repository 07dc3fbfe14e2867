"""The site as files: links, anchors, sizes, anatomy. No browser is needed."""

import ast
import base64
import copy
import gzip
import importlib
import inspect
import io
import json
import re
import unicodedata
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from .conftest import ROOT, SITE, chapters, pages, soup

pytestmark = pytest.mark.book

SECTIONS = ["A picture", "What goes wrong", "Quick check", "Key points", "Sources"]
BUDGET = 700 * 1024


def references(page):
    """All addresses that the page mentions, with the attribute that says how."""
    for name in ("href", "src"):
        yield from ((tag[name], tag) for tag in soup(page).find_all(attrs={name: True}))


def target(page, address):
    """The page or file that a relative address leads to, and the fragment."""
    parts = urlsplit(address)
    path = (
        (SITE / f"{page}.html").parent / unquote(parts.path)
        if parts.path
        else SITE / f"{page}.html"
    )
    return path.resolve(), parts.fragment


@pytest.mark.parametrize("page", pages())
def test_every_link_within_the_site_leads_somewhere(page):
    broken = []
    for address, _ in references(page):
        if urlsplit(address).scheme:
            continue
        path, fragment = target(page, address)
        if not path.is_file():
            broken.append(address)
        elif fragment and path.suffix == ".html":
            linked = soup(path.relative_to(SITE.resolve()).with_suffix("").as_posix())
            if not linked.find(id=fragment):
                broken.append(address)
    assert not broken


@pytest.mark.parametrize("page", pages())
def test_a_page_loads_nothing_from_another_host(page):
    loaded = soup(page).find_all(["script", "img", "iframe", "source", "link"])
    foreign = [
        tag
        for tag in loaded
        if tag.get("rel") != ["canonical"]  # says where the page is and loads nothing
        for name in ("src", "href")
        if tag.has_attr(name) and (urlsplit(tag[name]).scheme or tag[name].startswith("//"))
    ]
    assert not foreign


def test_the_style_sheet_loads_nothing_from_another_host():
    sheet = (SITE / "_static" / "poolbook.css").read_text("utf8")
    addresses = re.findall(r"url\((?!data:)([^)]*)\)", sheet)
    assert addresses
    assert all((SITE / "_static" / address).is_file() for address in addresses)


def test_a_mark_after_a_formula_is_tied_to_it():
    followed = [
        formula
        for page in pages()
        for formula in soup(page)("math")
        if re.match(r"[.,;:!?)]", formula.next_sibling or "")
    ]
    assert followed
    assert {" ".join(formula.parent.get("class", [])) for formula in followed} == {"tied"}


def test_the_font_in_the_style_sheet_draws_every_character_of_a_formula():
    sheet = (SITE / "_static" / "poolbook.css").read_text("utf8")
    data = re.search(r"STIX[^}]*url\(data:font/woff2;base64,([^)]*)\)", sheet)[1]
    drawn = TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()
    formulas = [formula for page in pages() for formula in soup(page)("math")]
    written = {char for formula in formulas for char in formula.get_text()}
    italic = {char for mi in soup("book/variants").select("math mi") for char in mi.get_text()}
    assert italic
    assert {char for char in written if ord(char) not in drawn} == set()
    shapes = {unicodedata.normalize("NFKC", chr(code)) for code in drawn if code > 0x2100}
    assert {char for char in italic if char.isalpha()} <= shapes


@pytest.mark.parametrize("page", chapters())
def test_a_chapter_is_at_most_700_kib_with_all_that_it_loads(page):
    files = {target(page, address)[0] for address, tag in references(page) if tag.name != "a"}
    files |= set((SITE / "_static" / "fonts").glob("*.woff2")) | {SITE / f"{page}.html"}
    compressed = {
        file: len(data) if file.suffix == ".woff2" else len(gzip.compress(data))
        for file in files
        for data in [file.read_bytes()]
    }
    assert sum(compressed.values()) <= BUDGET, sorted(compressed.items(), key=lambda kv: -kv[1])[:5]


@pytest.mark.parametrize("page", chapters())
def test_a_chapter_has_the_sections_that_all_chapters_have(page):
    titles = [h.get_text().rstrip("#¶").strip() for h in soup(page).select("h2")]
    assert [t for t in titles if t in SECTIONS] == SECTIONS
    assert soup(page).select_one("h1 + p.lead, h1 + div.lead"), "no idea in a sentence"


@pytest.mark.parametrize("page", chapters())
def test_a_chapter_has_at_least_two_quick_checks_with_one_right_choice_each(page):
    quizzes = soup(page).select(".quiz")
    assert len(quizzes) >= 2
    for quiz in quizzes:
        assert len(quiz.select("details.right")) == 1
        assert len(quiz.select("details.wrong")) >= 1
        assert all(why.get_text(strip=True) for why in quiz.select(".why"))


@pytest.mark.parametrize("page", chapters())
def test_the_answers_of_a_chapter_are_folded_until_somebody_asks(page):
    [title] = [t for t in soup(page).select(".admonition-title") if t.get_text() == "Answers"]
    assert title.name == "summary"
    assert title.parent.name == "details"
    assert not title.parent.has_attr("open")


@pytest.mark.parametrize("page", chapters())
def test_the_contents_say_which_question_a_chapter_answers(page):
    name = page.removeprefix("book/")
    link = soup("book/index").select_one(f'.chapters a[href="{name}.html"]')
    assert link.find_parent("dt").find_next_sibling("dd").get_text(strip=True).endswith("?")


@pytest.mark.parametrize("page", chapters())
def test_the_downloaded_notebook_was_executed(page):
    notebook = json.loads((SITE / f"{page}.ipynb").read_text("utf8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert cells
    run = [cell for cell in cells if "Playground(" not in "".join(cell["source"])]  # the reader's
    assert all(cell["execution_count"] for cell in run)


def links_of_the_diagnoses():
    """Every address of the book that a check may give to a student."""
    texts = [
        node.value
        for file in (ROOT / "pooledu" / "exercises").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return sorted({t for t in texts if re.fullmatch(r"book/[\w-]+\.html#[\w-]+", t)})


@pytest.mark.parametrize("address", links_of_the_diagnoses())
def test_the_paragraph_that_a_diagnosis_links_to_exists(address):
    page, _, anchor = address.partition(".html#")
    assert soup(page).find(id=anchor)


def test_there_are_diagnoses_with_links():
    assert len(links_of_the_diagnoses()) > 5


@pytest.mark.parametrize("page", pages())
def test_mathematics_is_mathml_and_no_latex_is_left(page):
    text = copy.copy(soup(page).select_one("main"))  # other tests read the same soup
    for code in text.select("code, pre, annotation, svg"):
        code.extract()
    assert not re.search(r"\\(frac|lfloor|max|sum|text)\b|\$[^$\n]+\$", text.get_text())


def test_the_entrance_leads_to_the_landing_page():
    entrance = Path(SITE / "index.html").read_text("utf8")
    assert 'url=book/index.html"' in entrance


@pytest.mark.parametrize(
    "module", ["functional", "geometry", "gradients", "nn", "checks", "figures", "datasets"]
)
def test_the_library_page_documents_every_public_name(module):
    module = importlib.import_module(f"pooledu.{module}")
    public = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    ]
    page = soup("book/library")
    assert [name for name in public if not page.find(id=f"{module.__name__}.{name}")] == []


def test_no_address_of_a_repository_is_shown_while_none_is_set():
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    assert config["repository"]["url"] == ""
    for page in pages():
        text = soup(page).select_one("footer").get_text()
        assert "Edit this page" not in text
        assert "Run it on" not in text


@pytest.mark.parametrize("page", pages())
def test_no_script_holds_the_page_up(page):
    scripts = soup(page).find_all("script", src=True)
    assert scripts
    waits = [script for script in scripts if not script.has_attr("defer")]
    assert [Path(script["src"].split("?")[0]).name for script in waits] == ["first.js"]
    # the theme must be known before the first line is drawn
    assert len(gzip.compress((SITE / "_static" / "first.js").read_bytes())) < 1024


@pytest.mark.parametrize("page", chapters())
def test_a_chapter_asks_for_few_files_before_its_playground_answers(page):
    files = {target(page, address)[0] for address, tag in references(page) if tag.name != "a"}
    before = [file for file in files if file.suffix in {".css", ".js"}]
    assert len(before) <= 4
    assert sum(len(gzip.compress(file.read_bytes())) for file in before) < 60 * 1024


def test_the_whole_site_can_be_taken_home(tmp_path):
    with zipfile.ZipFile(SITE / "pooling-book.zip") as packed:
        packed.extractall(tmp_path)
    home = tmp_path / "pooling"
    for page in [*pages(), "index"]:
        assert (home / f"{page}.html").is_file()
    for link in BeautifulSoup((home / "book/index.html").read_text("utf8"), "html.parser")("a"):
        if not urlsplit(link["href"]).scheme:
            assert (home / "book" / link["href"].partition("#")[0]).exists(), link["href"]
    for font in re.findall(
        r"url\((fonts/[^)]*)\)", (home / "_static/poolbook.css").read_text("utf8")
    ):
        assert (home / "_static" / font).is_file()


@pytest.mark.parametrize("page", pages())
def test_an_id_is_there_once(page):
    ids = [tag["id"] for tag in soup(page).find_all(id=True)]
    assert len(ids) == len(set(ids)), sorted({name for name in ids if ids.count(name) > 1})


@pytest.mark.parametrize("page", pages())
def test_a_drawing_refers_to_parts_of_its_own(page):
    for svg in soup(page).find_all("svg"):
        own = {tag["id"] for tag in svg.find_all(id=True)}
        links = {
            tag[a][1:] for a in ("href", "xlink:href") for tag in svg.find_all("use", **{a: True})
        }
        paints = set(re.findall(r"url\(#([^)]+)\)", str(svg)))
        assert links | paints <= own


@pytest.mark.parametrize("page", pages())
def test_every_component_of_a_page_has_an_id_written_in_its_chapter(page):
    assert all(tag.get("id") for tag in soup(page).find_all(re.compile("^pool-")))


@pytest.mark.parametrize("page", [*pages(), "404"])
def test_a_page_has_no_style_and_no_script_of_its_own(page):
    text = soup(page)
    assert [str(tag)[:120] for tag in text.find_all(style=True)] == []
    assert text.find_all("style") == []
    assert [script for script in text.find_all("script") if not script.get("src")] == []
    assert [tag for tag in text.find_all(True) if any(a.startswith("on") for a in tag.attrs)] == []


@pytest.mark.parametrize("page", [*pages(), "404"])
def test_a_page_links_each_style_sheet_once(page):
    sheets = [tag["href"].split("?")[0] for tag in soup(page).find_all("link", rel="stylesheet")]
    own = ["../_static/network.css"] if page == "book/network" else []  # which no other page needs
    assert len(sheets) == len(set(sheets)) == 1 + len(own)
    assert sheets[1:] == own


@pytest.mark.parametrize("page", pages())
def test_a_table_has_a_name_and_its_headers_say_what_they_head(page):
    names = []
    for table in soup(page).find_all("table"):
        assert table.caption
        assert table.caption.get_text(strip=True)
        names.append(table.caption.get_text(strip=True))
        for header in table.find_all("th"):
            assert header.get("scope") == ("col" if header.find_parent("thead") else "row")
    assert len(names) == len(set(names))


def test_an_address_that_leads_nowhere_has_a_page_with_ways_on():
    links = {tag["href"] for tag in soup("404").main.find_all("a")}
    assert links == {"book/index.html", "search.html"}
    assert (SITE / "book/index.html").is_file()


def test_what_was_said_in_the_errata_can_be_read():
    sheet = (SITE / "_static" / "poolbook.css").read_text("utf8")
    rules = re.findall(r"\.said \{([^}]*)\}", sheet)
    assert rules
    assert not any("line-through" in rule for rule in rules)


def test_the_landing_page_offers_the_zip_with_its_size():
    link = soup("book/index").select_one('.downloads a[href="../pooling-book.zip"]')
    size = (SITE / "pooling-book.zip").stat().st_size / 1e6
    assert f"({size:.1f} MB)" in link.parent.get_text()
