//! The documentation as a book: every page is in its contents, and every link leads somewhere.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Every page, by where it lies.
fn pages() -> BTreeMap<PathBuf, String> {
    let root = root();
    let mut files = Vec::from(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root.join(name)));
    for folder in ["docs", "docs/destinations"] {
        files.extend(std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "md"));
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
}

/// What of a page is prose: neither blocks nor spans of code.
fn prose(page: &str) -> String {
    let mut fenced = false;
    let lines = page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    let lines = lines.map(|line| line.split('`').step_by(2).collect::<Vec<_>>().join("`"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Where its links lead.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let ends = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    ends.map(|(link, _)| link.to_owned()).filter(|link| !link.contains("://")).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let headings = page.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced && line.starts_with('#')
    });
    let anchor = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        text.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut checked = 0;
    let mut broken = Vec::new();
    for (file, text) in &pages {
        for link in links(text) {
            checked += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            let target = target.canonicalize().ok();
            let found = target.as_ref().is_some_and(|target| match pages.get(target) {
                Some(page) if !anchor.is_empty() => anchors(page).contains(anchor),
                _ => true,
            });
            if !found {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these lead nowhere:\n{}", broken.join("\n"));
    assert!(checked > 200, "{checked} links");
}

#[test]
fn every_page_is_in_the_contents() {
    let docs = root().join("docs");
    let contents = std::fs::read_to_string(docs.join("README.md")).unwrap();
    let listed: BTreeSet<_> =
        links(&contents).iter().filter_map(|link| docs.join(link).canonicalize().ok()).collect();
    let kinds = links(&std::fs::read_to_string(docs.join("destinations.md")).unwrap());
    let kinds: BTreeSet<_> = kinds.iter().filter_map(|link| docs.join(link).canonicalize().ok()).collect();
    for file in
        pages().into_keys().filter(|file| file.starts_with(&docs) && !file.ends_with("docs/README.md"))
    {
        let contents = if file.starts_with(docs.join("destinations")) { &kinds } else { &listed };
        assert!(contents.contains(&file), "no contents have {}", file.display());
    }
}
