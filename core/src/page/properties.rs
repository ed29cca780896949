//! What holds for every page.

use proptest::prelude::*;

use super::golden::{TAG, adopt, inserted, rewrite};
use super::{
    DATA_LAYER_LIMIT, HEAD_LIMIT, Options, PageFacts, Part, Progress, Released, Rewriter, Sdk, TITLE_LIMIT,
};

/// What pages are made of, and what they should not be made of.
const PIECES: &[&[u8]] = &[
    b"<!doctype html>",
    b"<html>",
    b"<head>",
    b"</head>",
    b"<body>",
    b"</body>",
    b"</html>",
    b"<title>",
    b"</title>",
    b"<template>",
    b"</template>",
    b"<svg>",
    b"</svg>",
    b"<noscript>",
    b"</noscript>",
    b"<script>",
    b"</script>",
    b"<style>",
    b"</style>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<select>",
    b"</select>",
    b"<xmp>",
    b"</xmp>",
    b"<meta charset=utf-8>",
    b"<meta charset=gbk>",
    b"<meta name=keywords content='a,b'>",
    b"<p>",
    b"<br/>",
    b"<math>",
    b"<link rel=canonical href=/x>",
    b"<link rel=\"",
    b"\">",
    b"<script id=__SELVEDGE_SDK__>",
    b"<script src=/x id=__EDGEE_SDK__>",
    b"<textarea>",
    b"text",
    b"<script type=application/json id=__SELVEDGE_DATA_LAYER__>",
    b"__SELVEDGE_DATA_LAYER__",
    b"{\"a\":1}",
    b" ",
    b"\n",
    b"&eacute;",
    b"\xe9",
    b"\xc3\xa9",
    b"\xff\xfe",
    b"\0",
    b"<",
    b">",
    b"/",
    b"=",
    b"'",
    b"\"",
    b"<?xml?>",
];

fn page() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        12 => prop::sample::select(PIECES).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn options() -> impl Strategy<Value = Options> {
    let within = prop_oneof![Just(0), 0..200_usize, Just(usize::MAX)];
    (any::<bool>(), any::<bool>(), within).prop_map(|(tag, adopts, data_layer_within)| Options {
        tag: tag.then(|| TAG.into()),
        adopt: adopts.then(adopt),
        data_layer_within,
        ..Options::default()
    })
}

/// Where the tag is in the output, and that all around it is the page.
fn assert_spliced(page: &[u8], output: &[u8], facts: &PageFacts) {
    let inserted = inserted(output, page, facts);
    if inserted.is_empty() {
        assert!(page == output, "a page without the tag is changed");
        return;
    }
    assert_eq!(output.len(), page.len() + inserted.len());
    let at = page.iter().zip(output).take_while(|(one, other)| one == other).count();
    // The page may go on as the tag begins, so that the place is anywhere in what both have in common.
    let place = at.saturating_sub(inserted.len())..at + 1;
    assert!(place.into_iter().any(|at| {
        output[at..].starts_with(inserted.as_bytes()) && output[at + inserted.len()..] == page[at..]
    }));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn how_a_page_is_cut_does_not_matter(page in page(), options in options(), size in 1..40_usize) {
        let whole = rewrite(&options, [&page[..]]);
        assert_spliced(&page, &whole.0, &whole.1);
        for size in [1, size] {
            prop_assert_eq!(&rewrite(&options, page.chunks(size)), &whole);
        }
    }

    #[test]
    fn any_bytes_pass(page in prop::collection::vec(any::<u8>(), 0..2000), size in 1..400_usize) {
        let options = Options { tag: Some(TAG.into()), ..Options::default() };
        let (output, facts) = rewrite(&options, page.chunks(size));
        assert_spliced(&page, &output, &facts);
    }
}

fn run(page: &[u8], size: usize) -> PageFacts {
    let options = Options { tag: Some(TAG.into()), ..Options::default() };
    let (output, facts) = rewrite(&options, page.chunks(size));
    assert_spliced(page, &output, &facts);
    facts
}

/// The sizes in which an origin's bytes may come.
const SIZES: [usize; 4] = [1000, 4096, 65_536, usize::MAX];

#[test]
fn an_attribute_of_9_mb() {
    let value = "x".repeat(9_000_000);
    for page in [
        format!("<html><head data-x='{value}'><title>T</title></head></html>"),
        format!("<html><head><title>T</title><meta name=keywords content='{value}'></head></html>"),
    ] {
        for size in SIZES {
            let facts = run(page.as_bytes(), size);
            assert_eq!((facts.sdk, facts.released), (Sdk::Absent, Released::Limit));
        }
    }
}

#[test]
fn an_attribute_that_just_fits() {
    let page = format!("<html><head data-x='{}'></head></html>", "x".repeat(HEAD_LIMIT - 100));
    for size in SIZES {
        assert_eq!(run(page.as_bytes(), size).sdk, Sdk::Injected);
    }
}

#[test]
fn a_head_without_an_end() {
    let page = "<meta name=a content=b><link rel=x href=y>\n".repeat(20_000);
    for size in SIZES {
        let facts = run(format!("<!doctype html><title>T</title>{page}").as_bytes(), size);
        assert_eq!(
            (facts.sdk, facts.released, facts.title.as_deref()),
            (Sdk::Absent, Released::Limit, Some("T"))
        );
    }
}

#[test]
fn a_parser_out_of_memory() {
    let page = format!("<html><head><title>T</title>{}</head><body>", "<template>".repeat(20_000));
    for size in SIZES {
        let facts = run(page.as_bytes(), size);
        assert_eq!(
            (facts.sdk, facts.released, facts.title.as_deref()),
            (Sdk::Absent, Released::Failed, Some("T"))
        );
    }
}

#[test]
fn what_is_too_long_is_not_taken() {
    let page = |title: usize, data: usize, (before, after): (&str, &str)| {
        let (title, data) = ("t".repeat(title), "d".repeat(data));
        format!(
            "<html><head><title>{title}</title><link rel=canonical href='{title}{title}'>\
             <meta name=keywords content='{title}'>{before}\
             <script type=application/json id=__SELVEDGE_DATA_LAYER__>{data}</script>{after}</html>"
        )
    };
    for size in SIZES {
        for place in [("", "</head><body></body>"), ("</head><body>", "</body>")] {
            let fits = run(page(TITLE_LIMIT, DATA_LAYER_LIMIT, place).as_bytes(), size);
            assert!(fits.too_long.is_empty());
            assert_eq!(fits.data_layer.map(|text| text.len()), Some(DATA_LAYER_LIMIT));
            assert_eq!(fits.title.map(|text| text.len()), Some(TITLE_LIMIT));
            let (canonical, keywords) = (fits.canonical.unwrap(), fits.keywords.concat());
            assert_eq!((canonical.len(), keywords.len()), (2 * TITLE_LIMIT, TITLE_LIMIT));

            let more = run(page(TITLE_LIMIT + 1, DATA_LAYER_LIMIT + 1, place).as_bytes(), size);
            assert_eq!(
                (more.title, more.canonical, more.keywords, more.data_layer),
                (None, None, vec![], None)
            );
            assert_eq!(more.too_long, [Part::Title, Part::Canonical, Part::Keywords, Part::DataLayer]);
            assert_eq!(more.sdk, Sdk::Injected);
        }
    }
}

/// A page of 50 MB costs no more than its beginning: it is let go early, and nothing of its body is held back.
#[test]
fn a_page_of_50_mb() {
    let head = "<!doctype html><html><head><title>T</title></head>";
    let rest = "<p>All the bytes that a page can have</p>\n".repeat(100);
    for (data_layer_within, at_most, released) in
        [(0, head.len(), Released::Head), (64 * 1024, 70 * 1024, Released::Limit)]
    {
        let options = Options { tag: Some(TAG.into()), data_layer_within, ..Options::default() };
        let (mut rewriter, mut out) = (Rewriter::new(options), Vec::new());
        let (mut progress, mut sent) = (rewriter.write(head.as_bytes(), &mut out), head.len());
        while progress == Progress::More && sent < 50_000_000 {
            out.clear();
            progress = rewriter.write(rest.as_bytes(), &mut out);
            assert_eq!(out, rest.as_bytes());
            sent += rest.len();
        }
        assert_eq!(progress, Progress::Released);
        let facts = rewriter.finish(&mut out);
        assert_eq!((facts.read, facts.released), (sent as u64, released));
        assert!(sent <= at_most, "{sent}");
    }
}

/// What is held back of a head is one incomplete tag.
#[test]
fn a_head_flows() {
    let head = "<meta name=a content=b>\n".repeat(8000);
    let (mut rewriter, mut out) = (Rewriter::new(Options::default()), Vec::new());
    for (sent, byte) in head.as_bytes().chunks(10).enumerate() {
        rewriter.write(byte, &mut out);
        assert!(out.len() + 25 >= sent * 10);
    }
}

#[test]
fn a_rewriter_can_be_sent() {
    fn is_send<T: Send>() {}
    is_send::<Rewriter>();
}
