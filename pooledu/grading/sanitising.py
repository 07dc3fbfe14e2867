"""What may be shown of a submission: one list of elements, attributes, schemes and classes."""

import re
from collections import Counter
from collections.abc import Container
from html import unescape

import nh3
from pygments.token import STANDARD_TYPES

TAGS = set(
    """
    a abbr b blockquote br caption code col colgroup dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i
    img li ol p pre s small span strong sub sup table tbody td tfoot th thead tr tt u ul var
    """.split()  # noqa: SIM905
)
DRAWING_TAGS = set("svg g rect line path circle polyline polygon text tspan".split())  # noqa: SIM905
DRAWING_ATTRIBUTES = set(
    """
    viewBox width height x y x1 x2 y1 y2 dx dy r rx ry cx cy d points transform fill stroke
    stroke-width stroke-dasharray stroke-linejoin stroke-linecap opacity fill-opacity
    font-size font-family font-weight text-anchor dominant-baseline
    """.split()  # noqa: SIM905
)
FORMULA_TAGS = set(
    """
    math menclose mfrac mi mn mo mover mphantom mroot mrow mspace msqrt mstyle msub msubsup
    msup mtable mtd mtext mtr munder munderover
    """.split()  # noqa: SIM905
)
FORMULA_ATTRIBUTES = set(
    """
    accent columnalign columnlines columnspacing depth display displaystyle fence form height
    linethickness lspace mathvariant maxsize minsize movablelimits notation rowlines rowspacing
    rspace scriptlevel separator stretchy symmetric width
    """.split()  # noqa: SIM905
)
ATTRIBUTES = {
    "*": {"class", "colspan", "rowspan", "title"},
    "a": {"href"},
    "img": {"src", "alt"},
    **dict.fromkeys(DRAWING_TAGS, DRAWING_ATTRIBUTES),
    "svg": {*DRAWING_ATTRIBUTES, "role", "aria-label"},  # elsewhere it would speak for the page
    **dict.fromkeys(FORMULA_TAGS, FORMULA_ATTRIBUTES),
}
CLASSES = {"dataframe", "highlight", *STANDARD_TYPES.values()}  # pandas' and Pygments'
LINK = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]*\Z")

DEEPEST = 1000  # elements that are open together
_ELEMENT = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_EMPTY = {"br", "col", "hr", "img", "input", "wbr"}
_JOINER = "\N{WORD JOINER}"  # it is not seen, and no parser of HTML, Markdown or TeX reads over it
_TAG = re.compile(r"<(?=[A-Za-z/!?])(?!https?://)")
_IMAGE = re.compile(r"!\[(?=(?:[^\]\n]{0,300}\]\(attachment:([^)\s]{0,300})\))?)")
_DESTINATION = re.compile(
    r"\](?=\(\s{0,100}(?!(?:https?://|mailto:|#|attachment:)[^\s<>]*)[^\s)])"
    r"|\](?=:\s{0,100}(?!(?:https?://|mailto:|#)[^\s<>]*)\S)",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"\\(?=(?:href|url|class|cssId|style|html\w*|data|require|unicode|includegraphics|def|gdef"
    r"|let|newcommand|renewcommand|newenvironment|csname|bbox|toggle|action|mmlToken|texttip"
    r"|mathtip|tip|color|colorbox|fcolorbox|enclose"
    # and what puts a formula over something else:
    r"|raise|raisebox|lower|moveleft|moveright|smash|[rlc]lap|math[rlc]lap|rule|Rule|Space)(?![a-z]))"
)
_ENTITY = re.compile(r"&(?=(#?\w+;?))")
_ENTITY_CHARACTERS = 40
_HARMLESS = frozenset("<>&\"'")  # which are escaped again when they are shown


def safe_html(html: str) -> str:
    """Return HTML without anything that acts, loads or looks like the page around it.

    Examples
    --------
    >>> safe_html('<style>p {}</style><p onclick="f()" class="total">a <b>b</b></p>')
    '<p>a <b>b</b></p>'
    >>> safe_html('<svg onload="f()"><rect fill="url(//a)" x="1"/></svg>')
    '<svg><rect x="1"></rect></svg>'
    >>> safe_html('<math><mpadded height="0"><mspace width="-9em">x</mspace></mpadded></math>')
    '<math><mspace>x</mspace></math>'
    >>> safe_html('<math href="javascript:f()"><mi class="total">x</mi></math>')
    '<math><mi>x</mi></math>'
    """
    if _deepest(html) > DEEPEST:  # a parser takes the square of it
        return "<p>[left out: HTML that opens thousands of elements and closes none]</p>"
    return nh3.clean(
        html,
        tags=TAGS | DRAWING_TAGS | FORMULA_TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
    )


def _deepest(html: str) -> int:
    """Return how many elements are open together at most; what is closed by itself counts, too."""
    opened: Counter[str] = Counter()
    now = most = 0
    for closing, name in _ELEMENT.findall(html.lower()):
        if not closing and name not in _EMPTY:
            opened[name] += 1
            now += 1
            most = max(most, now)
        elif opened[name] > 0:
            opened[name] -= 1
            now -= 1
    return most


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Return what is kept of an attribute's value, or None."""
    if name == "class":
        return " ".join(each for each in value.split() if each in CLASSES) or None
    if (tag, name) == ("svg", "transform"):  # which would move it over what stands before it
        return None
    if tag in FORMULA_TAGS and value.strip().startswith("-"):  # and so would a negative length
        return None
    if name == "role":
        return "img"
    if name == "href":
        return value if LINK.match(value) else None
    if name == "src":
        return value if PICTURE.match(value) else None
    return None if "url(" in value.lower() else value


def safe_markdown(source: str, attachments: Container[str] = ()) -> str:
    r"""Return Markdown that acts in no page, whoever renders it; it looks as it did.

    nbgrader's formgrader renders what students write with all HTML, links and pictures of other
    hosts in it, and gives it to MathJax. So a character that nobody sees is put where a tag, a
    picture that is not in the file, a link to anything but the web, or a command of TeX that acts
    would begin.

    Examples
    --------
    >>> safe_markdown("<script>").replace("\N{WORD JOINER}", "|")
    '<|script>'
    >>> safe_markdown("[a](javascript:f()) ![b](//c)").replace("\N{WORD JOINER}", "|")
    '[a]|(javascript:f()) !|[b]|(//c)'
    >>> safe_markdown("&#36;&bsol;href{a}{b}&dollar; &auml;").replace("\N{WORD JOINER}", "|")
    '&|#36;&|bsol;href{a}{b}&|dollar; &auml;'
    >>> safe_markdown("1 < 2, [a](https://b.org), ![c](attachment:d.png), $a_1$", {"d.png"})
    '1 < 2, [a](https://b.org), ![c](attachment:d.png), $a_1$'
    """
    source = _ENTITY.sub(_without_ascii, source)
    source = _TAG.sub(f"<{_JOINER}", source)
    source = _IMAGE.sub(
        lambda found: found[0] if found[1] in attachments else f"!{_JOINER}[", source
    )
    source = _DESTINATION.sub(f"]{_JOINER}", source)
    return safe_formulas(source)


def _without_ascii(found: re.Match[str]) -> str:
    """Break an entity that stands for what could be written: it may be a part of a command."""
    if len(found[1]) > _ENTITY_CHARACTERS:  # which only a number with many zeros has
        return f"&{_JOINER}"
    stands_for = set(unescape(f"&{found[1]}").removesuffix(found[1]))
    return f"&{_JOINER}" if any(each.isascii() for each in stands_for - _HARMLESS) else "&"


def safe_formulas(text: str) -> str:
    """Return a text in which MathJax finds no command that acts."""
    return _COMMAND.sub(f"\\\\{_JOINER}", text)
