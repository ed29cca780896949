//! The cases of `cases.txt`.

use super::{Adopt, Charset, Options, PageFacts, Progress, Released, Rewriter, Sdk};

pub(super) const TAG: &str = r#"<script async src="/_selvedge/sdk.js" id="__SELVEDGE_SDK__"></script>"#;

pub(super) const ATTRIBUTES: &str = " data-report=\"kept\"";

pub(super) fn adopt() -> Adopt {
    Adopt { id: "__EDGEE_SDK__", attributes: ATTRIBUTES.into() }
}

/// What was put into a page.
pub(super) fn inserted(output: &[u8], page: &[u8], facts: &PageFacts) -> &'static str {
    match facts.sdk {
        Sdk::Injected => TAG,
        Sdk::Present if output.len() > page.len() => ATTRIBUTES,
        Sdk::Present | Sdk::Absent => "",
    }
}

/// Rewrites a page in these pieces.
pub(super) fn rewrite<'p>(
    options: &Options,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> (Vec<u8>, PageFacts) {
    let (mut rewriter, mut out, mut written) = (Rewriter::new(options.clone()), Vec::new(), 0);
    for piece in pieces {
        written += piece.len();
        let before = out.len();
        let progress = rewriter.write(piece, &mut out);
        assert!(out.len() >= before);
        if progress == Progress::Released {
            assert!(out.len() >= written, "nothing is retained after the release");
        }
    }
    let facts = rewriter.finish(&mut out);
    (out, facts)
}

#[derive(Debug)]
struct Case {
    name: String,
    options: Options,
    page: Vec<u8>,
    output: Vec<u8>,
    facts: PageFacts,
}

fn cases() -> Vec<Case> {
    include_str!("cases.txt").split("\n== ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case {
    let (heading, rest) = text.trim_end_matches('\n').split_once('\n').unwrap();
    let (name, settings) = heading.split_once(" | ").unwrap_or((heading, ""));
    let mut options = Options { tag: Some(TAG.into()), ..Options::default() };
    for setting in settings.split_whitespace() {
        match setting.split_once('=').unwrap() {
            ("adopt", "yes") => options.adopt = Some(adopt()),
            ("tag", "none") => options.tag = None,
            ("within", bytes) => options.data_layer_within = bytes.parse().unwrap(),
            ("charset", label) => {
                options.charset = Charset::from_content_type(&format!("x/y;charset={label}")).unwrap();
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let (page, expected) = rest.split_once("\n-- ").unwrap_or(("", rest.trim_start_matches("-- ")));
    let mut page = page.to_owned();
    let mut facts = PageFacts {
        title: None,
        canonical: None,
        keywords: Vec::new(),
        data_layer: None,
        too_long: Vec::new(),
        sdk: Sdk::Absent,
        released: Released::End,
        read: 0,
    };
    for line in expected.split("\n-- ") {
        let (fact, value) = line.split_once(": ").unwrap();
        let text = value.replace("\\u{fffd}", "\u{fffd}").replace("\\n", "\n");
        match fact {
            "at" => page = page.replace("{{tag}}", "").replacen(value, &format!("{{{{tag}}}}{value}"), 1),
            "title" => facts.title = Some(text),
            "canonical" => facts.canonical = Some(text),
            "keywords" => facts.keywords = text.split('|').map(str::to_owned).collect(),
            "data_layer" => facts.data_layer = Some(text),
            "sdk" => facts.sdk = *find(&[Sdk::Injected, Sdk::Present, Sdk::Absent], value),
            "released" => {
                use Released::{DataLayer, End, Failed, Head, Limit, Refused};
                facts.released = *find(&[Head, DataLayer, Limit, End, Refused, Failed], value);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    if facts.sdk != Sdk::Injected {
        page = page.replace("{{tag}}", "");
    }
    let output = bytes(&page.replace("{{tag}}", TAG).replace("{{attributes}}", ATTRIBUTES));
    let page = bytes(&page.replace("{{tag}}", "").replace("{{attributes}}", ""));
    facts.read = page.len() as u64;
    Case { name: name.to_owned(), options, page, output, facts }
}

fn find<'t, T: std::fmt::Debug>(all: &'t [T], word: &str) -> &'t T {
    let word = word.replace('-', "");
    all.iter().find(|one| format!("{one:?}").eq_ignore_ascii_case(&word)).unwrap()
}

/// Resolves `\xNN`.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

fn assert_case(case: &Case, how: &str, (output, facts): (Vec<u8>, PageFacts)) {
    let name = &case.name;
    assert_eq!(output.escape_ascii().to_string(), case.output.escape_ascii().to_string(), "{name}, {how}");
    assert_eq!(facts, case.facts, "{name}, {how}");
}

#[test]
fn golden_cases() {
    let cases = cases();
    assert!(cases.len() > 60);
    for case in &cases {
        assert_case(case, "whole", rewrite(&case.options, [&case.page[..]]));
        assert_case(case, "byte by byte", rewrite(&case.options, case.page.chunks(1)));
        for cut in 0..=case.page.len() {
            let (one, two) = case.page.split_at(cut);
            assert_case(case, &format!("cut at {cut}"), rewrite(&case.options, [one, two]));
        }
    }
}

/// A page that breaks off anywhere is still that page and at most the tag.
#[test]
fn pages_that_break_off() {
    for case in &cases() {
        for cut in 0..case.page.len() {
            let page = &case.page[..cut];
            let (output, facts) = rewrite(&case.options, page.chunks(7));
            let inserted = inserted(&output, page, &facts).as_bytes();
            let tag = inserted.len();
            assert_eq!(output.len(), page.len() + tag, "{}, cut at {cut}", case.name);
            let split = (0..=page.len()).any(|at| {
                output.starts_with(&page[..at])
                    && output.ends_with(&page[at..])
                    && output[at..at + tag] == *inserted
            });
            assert!(split, "{}, cut at {cut}", case.name);
        }
    }
}
