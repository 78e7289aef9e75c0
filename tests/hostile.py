"""Two hundred strings that somebody could put where a title belongs, made of parts that do harm somewhere."""

from __future__ import annotations

from itertools import product

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=https://t.example/p.gif onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "data:text/html,<b>x</b>",
    "https://t.example/p?q=1",
    "HTTP://T.EXAMPLE/",
    "www.t.example",
    "//t.example/x",
    "t.example/path",
    "mailto:a@t.example",
    "somebody@t.example",
    "x\r\nBcc: a@t.example",
    "x\nSubject: other",
    "x\u2028To: a@t.example",
    "x\x00y\x1b[31mred\x07",
    "\u202egnp.exe\u202c",
    "\u200bzero\u200dwidth\ufeff",
    '=HYPERLINK("https://t.example")',
    "+cmd|' /C calc'!A0",
    "![x](https://t.example/p.png)",
    "[text](javascript:alert(1))",
    "{{ 7 * 7 }}{% raw %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "]]><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "&lt;script&gt;&#106;avascript&colon;alert(1)",
    "</style><style>*{background:url(https://t.example/x)}",
    "--></title></head><body onload=alert(1)>",
    "\uff48\uff54\uff54\uff50\uff1a\uff0f\uff0ft.example",
    "END:VEVENT\r\nBEGIN:VEVENT",
    "--=_preview_alternative",
    ".\r\nQUIT\r\n",
    "file:///etc/passwd tel:+440000 t.example.",
    "\ud800lone surrogate\ue000",
)
AROUND = ("{}", "Made-up {} title", "{0}{0}", "'{}\"", " {} ", "{}" + "x" * 400)
HOSTILE = tuple(
    dict.fromkeys(around.replace("{0}", "{}").replace("{}", payload) for payload, around in product(PAYLOADS, AROUND))
)[:200]
assert len(HOSTILE) == len({*HOSTILE})
