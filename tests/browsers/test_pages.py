"""Every page of the site in Chromium, Firefox and WebKitGTK."""

import pytest

from tests.book.conftest import pages

pytestmark = [pytest.mark.book, pytest.mark.slow]


@pytest.mark.parametrize("name", [*pages(), "404"])
def test_a_page_loads_without_an_error(reader, name):
    reader.open(f"{name}.html")
    assert reader.texts("h1")[0]
    font = reader.run("() => getComputedStyle(document.body).fontFamily")
    assert "Source Serif" in font


def test_what_goes_wrong_is_heard(driver, site, reader):
    reader.open("404.html")
    reader.run("""() => {
      console.error("one");
      setTimeout(() => { throw new Error("two"); });
      Promise.reject(new Error("three"));
      document.body.append(Object.assign(new Image(), { src: "/missing.png" }));
      return Promise.allSettled([fetch("http://example.com/"), fetch("https://example.org/")])
        .then(() => new Promise((done) => setTimeout(done, 300)));
    }""")
    heard = " ".join(reader.errors())
    for word in ("console: one", "two", "rejected: Error: three", "missing.png"):
        assert word in heard
    assert any("missing.png" in line for line in site.missed)
    assert any("example.com" in line for line in site.missed)
    assert any("example.org" in line or "encrypted" in line for line in site.missed)
    site.forget()
    reader.opened = False
