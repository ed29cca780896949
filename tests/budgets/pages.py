"""Pages, posts and heads of messages such as shops and browsers make them; always the same ones."""

import json

from artifact import Case

URL = "https://shop.example.com"

BROWSER = [
    "user-agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Windows"',
    "accept-language: fr-FR,fr;q=0.9,en;q=0.8",
    "accept-encoding: gzip, deflate, br, zstd",
    "sec-fetch-site: same-origin",
    "cookie: basket=8f14e45fceea167a; theme=dark; _ga=GA1.1.1234567890.1790000000",
]
DOCUMENT = [
    "accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "sec-fetch-dest: document",
    "sec-fetch-mode: navigate",
    "sec-fetch-user: ?1",
    "upgrade-insecure-requests: 1",
    f"referer: {URL}/",
    *BROWSER,
]
IMAGE = [
    "accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "sec-fetch-dest: image",
    "sec-fetch-mode: no-cors",
    f"referer: {URL}/towels",
    *BROWSER,
]
EVENT = [
    "accept: */*",
    "content-type: text/plain;charset=UTF-8",
    "sec-fetch-dest: empty",
    "sec-fetch-mode: no-cors",
    f"origin: {URL}",
    f"referer: {URL}/towels?utm_source=letter&utm_campaign=spring",
    *BROWSER,
]

SERVER = ["server: nginx", "date: Sun, 22 Nov 2026 10:35:00 GMT", "strict-transport-security: max-age=31536000"]


def html_head(length: int) -> list[str]:
    return [*SERVER, "content-type: text/html; charset=utf-8", f"content-length: {length}",
            "cache-control: no-cache", 'etag: "66f1c1d4-2710"', "set-cookie: basket=8f14e45fceea167a; Path=/; HttpOnly"]  # fmt: skip


def image_head(length: int) -> list[str]:
    return [*SERVER, "content-type: image/webp", f"content-length: {length}", "accept-ranges: bytes",
            "cache-control: public, max-age=31536000, immutable", 'etag: "66f1c1d4-2711"']  # fmt: skip


def opened(html: bytes) -> Case:
    """A visitor opens a page."""
    url = f"{URL}/towels?utm_source=letter&utm_campaign=spring"
    return Case(arrival("GET", url, DOCUMENT), lines("200", html_head(len(html))), html)


def loaded(image: bytes) -> Case:
    """The page loads an image."""
    return Case(arrival("GET", f"{URL}/assets/towel.webp", IMAGE), lines("200", image_head(len(image))), image)


def posted(body: bytes) -> Case:
    """The page posts events."""
    return Case(arrival("POST", f"{URL}/_selvedge/event", EVENT), None, body)


def arrival(method: str, url: str, fields: list[str]) -> str:
    facts = ["1795343700123", "203.0.113.7", "EU\tFR\tFrance\tARA\tLyon", ""]
    return lines(method, [url, *facts, *fields])


def lines(first: str, others: list[str]) -> str:
    return "\n".join([first, *others, ""])


def page(size: int, data_layer: str = "none") -> bytes:
    """A page of `size` bytes, 5 kB of them head, with its data layer in the `head`, in the `body`, or `none`."""
    layer = f'<script type="application/json" id="__SELVEDGE_DATA_LAYER__">{DATA_LAYER}</script>\n'
    head = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        "<title>Linen tea towels &ndash; the Shop</title>\n",
        f'<link rel="canonical" href="{URL}/towels?colour=blue&amp;size=2">\n',
        '<meta name="keywords" content="linen, towels, kitchen">\n',
        *(f'<meta property="og:property{n}" content="What others show of it, {n}">\n'
          f'<link rel="preload" as="style" href="/assets/{n}.css?v=1234">\n' for n in range(12)),
        "<style>\n", ".towel > a:hover { color: #123456; margin: 0 auto }\n" * 20, "</style>\n",
        "<script>\n", "window.shop = window.shop || []; if (1 < 2) shop.push({ a: '<b>' });\n" * 20, "</script>\n",
        layer if data_layer == "head" else "",
        '</head>\n<body class="shop">\n<h1>Linen tea towels</h1>\n',
    ]  # fmt: skip
    text = "".join(head)
    row = '<li class="towel"><a href="/towels/42?colour=blue">A towel</a> at <b>12.00</b></li>\n'
    if data_layer == "body":
        text += row * 10 + layer
    end = "</body>\n</html>\n"
    text += row * ((size - len(text) - len(end)) // len(row))
    return (text + " " * (size - len(text) - len(end)) + end).encode()


DATA_LAYER = json.dumps({
    "data_collection": {
        "context": {"page": {"category": "towels", "properties": {"stock": 12, "sale": True}}},
        "events": [
            {"type": "page"},
            {"type": "track", "data": {"name": "Product Viewed", "properties": {
                "product_id": "T-42", "price": 12.0, "currency": "EUR", "colour": "blue"}}},
        ],
    }
})  # fmt: skip


def post(events: int) -> bytes:
    """A post of so many events."""
    return json.dumps({
        "data_collection": {
            "context": {
                "page": {"title": "Linen tea towels", "url": f"{URL}/towels", "path": "/towels"},
                "client": {"screen_width": 1920, "screen_height": 1080, "timezone": "Europe/Paris"},
            },
            "events": [
                {"type": "track", "data": {"name": "Product Added", "properties": {
                    "product_id": f"T-{n}", "price": 12.5, "quantity": 2, "currency": "EUR"}}}
                for n in range(events)
            ],
        }
    }).encode()  # fmt: skip
