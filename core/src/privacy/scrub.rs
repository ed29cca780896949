//! Texts and JSON without personal data, however it got there.

use serde_json::Value;

use super::names::{Meaning, is_person, meaning};
use super::patterns::{self, Numbers};
use super::{REDACTED, urls};
use crate::event::{Page, Properties};

/// What is to be taken out.
#[derive(Debug, Default)]
pub(super) struct Scrub<'e> {
    /// Whether what tells a visitor from others goes too: queries, fragments, ids by their names.
    pub(super) strip: bool,
    /// What the event itself calls its visitor, which goes wherever it is repeated as a word of its own.
    pub(super) known: Vec<&'e str>,
}

impl Scrub<'_> {
    /// Text of any kind, with URLs in it or not. None where there is nothing to take out, as everywhere here.
    pub(super) fn text(&self, text: &str) -> Option<String> {
        self.text_of(text, Numbers::All)
    }

    pub(super) fn text_of(&self, text: &str, numbers: Numbers) -> Option<String> {
        if !urls::has_any(text) {
            return self.plain(text, numbers);
        }
        let trimmed = text.trim();
        if urls::is_one(trimmed) {
            return self.url(trimmed);
        }
        // Addresses and international numbers first: these have spaces, at which words are told apart below.
        let first = self.plain(text, Numbers::Codes);
        let text = first.as_deref().unwrap_or(text);
        self.words(text, numbers).or(first)
    }

    /// Text word by word where a word may be a URL, and as it is between.
    fn words(&self, text: &str, numbers: Numbers) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut changed = false;
        let mut flush = |between: &str, out: &mut String| match self.plain(between, numbers) {
            Some(new) => {
                changed = true;
                out.push_str(&new);
            }
            None => out.push_str(between),
        };
        let mut url_changed = false;
        let mut between = 0;
        let mut at = 0;
        for word in text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`')) {
            let end = at + word.len();
            let bare =
                word.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`'));
            if urls::has_any(bare)
                && let Some(new) = self.url(bare)
            {
                flush(text.get(between..at).unwrap_or_default(), &mut out);
                out.push_str(&new);
                url_changed = true;
                between = at + bare.len();
            }
            at = end;
        }
        flush(text.get(between..).unwrap_or_default(), &mut out);
        (changed || url_changed).then_some(out)
    }

    /// Text that is no URL.
    pub(super) fn plain(&self, text: &str, numbers: Numbers) -> Option<String> {
        let mut unknown: Option<String> = None;
        for known in &self.known {
            if let Some(new) = without_word(unknown.as_deref().unwrap_or(text), known) {
                unknown = Some(new);
            }
        }
        patterns::redacted(unknown.as_deref().unwrap_or(text), numbers).or(unknown)
    }

    /// Properties, at any depth. `of_person`: whether they describe one.
    pub(super) fn properties(&self, properties: &Properties, of_person: bool) -> Option<Properties> {
        let new: Vec<_> = properties
            .iter()
            .map(|(name, value)| (self.text_of(name, Numbers::Cards), self.property(name, value, of_person)))
            .collect();
        if new.iter().all(|(name, value)| name.is_none() && value.is_none()) {
            return None;
        }
        let mut out = Properties::new();
        for ((name, value), (new_name, new_value)) in properties.iter().zip(new) {
            let name = new_name.unwrap_or_else(|| name.clone());
            out.insert(name, new_value.unwrap_or_else(|| value.clone()));
        }
        Some(out)
    }

    fn property(&self, name: &str, value: &Value, of_person: bool) -> Option<Value> {
        let redacted = || Some(Value::String(REDACTED.to_owned()));
        let said = !matches!(value, Value::Null | Value::Bool(_));
        match meaning(name, of_person) {
            // That there is an address says nothing of it.
            Meaning::Personal if said && value != REDACTED => redacted(),
            Meaning::Identifying if said && self.strip => redacted(),
            Meaning::Code => self.value(value, Numbers::Codes, is_person(name)),
            _ => self.value(value, Numbers::All, is_person(name)),
        }
    }

    fn value(&self, value: &Value, numbers: Numbers, of_person: bool) -> Option<Value> {
        match value {
            Value::Null | Value::Bool(_) => None,
            Value::Number(number) => {
                let number = number.to_string();
                let card = numbers > Numbers::Codes && patterns::is_card_number(&number);
                (card || self.known.contains(&number.as_str())).then(|| Value::String(REDACTED.to_owned()))
            }
            Value::String(text) => self.text_of(text, numbers).map(Value::String),
            Value::Array(items) => {
                let new: Vec<_> = items.iter().map(|item| self.value(item, numbers, of_person)).collect();
                new.iter().any(Option::is_some).then(|| {
                    let kept = new.into_iter().zip(items);
                    Value::Array(kept.map(|(new, item)| new.unwrap_or_else(|| item.clone())).collect())
                })
            }
            Value::Object(map) => self.properties(map, of_person).map(Value::Object),
        }
    }

    /// A page, all of whose fields are text.
    pub(super) fn page(&self, page: &Page) -> Option<Page> {
        // Named one by one, so that a new field is not forgotten here.
        let Page { name, category, keywords, title, url, path, search, referrer, properties } = page;
        let text = |text: &Option<String>| text.as_deref().and_then(|text| self.text(text));
        let new_keywords: Vec<_> = keywords.iter().map(|word| self.text(word)).collect();
        let new = Page {
            name: text(name),
            category: text(category),
            keywords: Vec::new(),
            title: text(title),
            url: text(url),
            path: text(path),
            search: text(search),
            referrer: text(referrer),
            properties: Properties::new(),
        };
        let new_properties = self.properties(properties, false);
        let same =
            new == Page::default() && new_keywords.iter().all(Option::is_none) && new_properties.is_none();
        (!same).then(|| Page {
            name: new.name.or_else(|| name.clone()),
            category: new.category.or_else(|| category.clone()),
            keywords: new_keywords
                .into_iter()
                .zip(keywords)
                .map(|(n, k)| n.unwrap_or_else(|| k.clone()))
                .collect(),
            title: new.title.or_else(|| title.clone()),
            url: new.url.or_else(|| url.clone()),
            path: new.path.or_else(|| path.clone()),
            search: new.search.or_else(|| search.clone()),
            referrer: new.referrer.or_else(|| referrer.clone()),
            properties: new_properties.unwrap_or_else(|| properties.clone()),
        })
    }
}

/// The text without a word, wherever neither a letter nor a digit adjoins it. None where it does not occur.
fn without_word(text: &str, word: &str) -> Option<String> {
    if word.is_empty() || text.len() < word.len() {
        return None;
    }
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices(word) {
        let end = at + word.len();
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(end..).and_then(|text| text.chars().next());
        if !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric) {
            out.push_str(text.get(done..at).unwrap_or_default());
            out.push_str(REDACTED);
            done = end;
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    (done > 0).then_some(out)
}

#[cfg(test)]
#[path = "scrub_tests.rs"]
mod tests;
