//! What the rewriter costs: bytes that enter it before the page is released, and CPU time per page.
//!
//! `cargo run --release -p selvedge-core --example page_cost`

use std::time::{Duration, Instant};

use selvedge_core::page::{Options, Progress, Rewriter, Sdk};

/// What platforms hand over at a time, in bytes.
const CHUNK: usize = 16 * 1024;
/// How long each page is measured.
const TIME: Duration = Duration::from_millis(300);

const TAG: &[u8] =
    br#"<script async src="/_selvedge/sdk.0123456789abcdef.js" id="__SELVEDGE_SDK__"></script>"#;
const DATA_LAYER: &str = r#"<script type="application/json" id="__SELVEDGE_DATA_LAYER__">{"data_collection":{"events":[{"type":"page"},{"type":"track","data":{"name":"Product Viewed"}}]}}</script>"#;

/// Where the page has its data layer.
#[derive(Debug, Clone, Copy)]
enum Where {
    Head,
    Body,
    Nowhere,
}

fn page(size: usize, data_layer: Where) -> Vec<u8> {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<title>Linen tea towels &ndash; the Shop</title>\n");
    page.push_str(
        "<link rel=\"canonical\" href=\"https://shop.example.com/towels?colour=blue&amp;size=2\">\n",
    );
    for n in 0..20 {
        page.push_str(&format!(
            "<meta property=\"og:property{n}\" content=\"What others show of it, {n}\">\n"
        ));
        page.push_str(&format!("<link rel=\"preload\" as=\"style\" href=\"/assets/{n}.css?v=1234\">\n"));
    }
    page.push_str("<style>\n");
    page.push_str(&".towel > a:hover { color: #123456; margin: 0 auto }\n".repeat(30));
    page.push_str("</style>\n<script>\n");
    page.push_str(&"window.shop = window.shop || []; if (1 < 2) shop.push({ a: '<b>' });\n".repeat(20));
    page.push_str("</script>\n");
    if matches!(data_layer, Where::Head) {
        page.push_str(DATA_LAYER);
    }
    page.push_str("</head>\n<body>\n");
    let end = if matches!(data_layer, Where::Body) { page.len() + 1000 } else { usize::MAX };
    let mut rows = 0;
    while page.len() < size {
        if page.len() > end && rows > 0 {
            page.push_str(DATA_LAYER);
            rows = -1_000_000;
        }
        rows += 1;
        page.push_str(
            "<li class=\"towel\"><a href=\"/towels/42?colour=blue\">A towel</a> at <b>12.00</b></li>\n",
        );
    }
    page.push_str("</body>\n</html>\n");
    page.into_bytes()
}

/// Rewrites a page as an adapter does. Returns how much of it entered.
fn rewrite(page: &[u8], options: &Options, out: &mut Vec<u8>) -> u64 {
    let mut rewriter = Rewriter::new(options.clone());
    for chunk in page.chunks(CHUNK) {
        out.clear();
        if rewriter.write(chunk, out) == Progress::Released {
            break;
        }
    }
    let facts = rewriter.finish(out);
    assert_eq!(facts.sdk, Sdk::Injected);
    facts.read
}

fn main() {
    println!("{:>10} {:>12} {:>10} {:>10} {:>10}", "page, B", "data layer", "search, B", "read, B", "µs");
    for size in [10_000, 100_000, 1_000_000] {
        for (data_layer, data_layer_within) in
            [(Where::Head, 65_536), (Where::Body, 65_536), (Where::Nowhere, 0), (Where::Nowhere, 65_536)]
        {
            let page = page(size, data_layer);
            let options = Options { tag: Some(TAG.into()), data_layer_within, ..Options::default() };
            let mut out = Vec::with_capacity(2 * CHUNK);
            let (mut best, mut read) = (Duration::MAX, 0);
            let started = Instant::now();
            while started.elapsed() < TIME {
                let one = Instant::now();
                read = rewrite(&page, &options, &mut out);
                best = best.min(one.elapsed());
            }
            let (length, micros) = (page.len(), best.as_secs_f64() * 1e6);
            let found = format!("{data_layer:?}").to_lowercase();
            println!("{length:>10} {found:>12} {data_layer_within:>10} {read:>10} {micros:>10.1}");
        }
    }
}
