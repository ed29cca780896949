//! How what was said close to an event is completed from what was said further away. What is closer wins, field by
//! field; properties are merged name by name.

use super::{Campaign, Client, Page, Properties, User};

fn fill<T: Clone>(to: &mut Option<T>, from: &Option<T>) {
    if to.is_none() {
        to.clone_from(from);
    }
}

fn fill_properties(to: &mut Properties, from: &Properties) {
    for (name, value) in from {
        if !to.contains_key(name) {
            to.insert(name.clone(), value.clone());
        }
    }
}

impl Page {
    /// Takes what is missing from `base`. A page that says its URL has that URL's path and query, not another's.
    pub(super) fn complete(&mut self, base: &Self) {
        if let Some((path, search)) = self.url.as_deref().and_then(super::url::path_and_search) {
            fill(&mut self.path, &Some(path));
            fill(&mut self.search, &search);
        }
        fill(&mut self.name, &base.name);
        fill(&mut self.category, &base.category);
        if self.keywords.is_empty() {
            self.keywords.clone_from(&base.keywords);
        }
        fill(&mut self.title, &base.title);
        fill(&mut self.url, &base.url);
        fill(&mut self.path, &base.path);
        fill(&mut self.search, &base.search);
        fill(&mut self.referrer, &base.referrer);
        fill_properties(&mut self.properties, &base.properties);
    }
}

impl User {
    /// Takes what is missing from `base`: the visitor's id, and the rest unless `base` is another user. Two people on
    /// one browser do not lend each other their traits.
    pub(crate) fn complete(&mut self, base: &Self) {
        fill(&mut self.edgee_id, &base.edgee_id);
        if self.is_other_than(base) {
            return;
        }
        fill(&mut self.user_id, &base.user_id);
        fill(&mut self.anonymous_id, &base.anonymous_id);
        fill_properties(&mut self.properties, &base.properties);
    }

    fn is_other_than(&self, base: &Self) -> bool {
        self.user_id.is_some() && base.user_id.is_some() && self.user_id != base.user_id
    }
}

impl Client {
    /// Takes what the browser's script says of it. Of the time zone the browser knows more than the address tells; what
    /// else it says with each request counts more than what a script says.
    pub(super) fn hear(&mut self, said: &Self) {
        if said.timezone.is_some() {
            self.timezone.clone_from(&said.timezone);
        }
        self.complete(said);
    }

    /// Takes what is missing from `said`, what the browser said of itself.
    pub(super) fn complete(&mut self, said: &Self) {
        fill(&mut self.timezone, &said.timezone);
        fill(&mut self.user_agent_full_version_list, &said.user_agent_full_version_list);
        fill(&mut self.user_agent_architecture, &said.user_agent_architecture);
        fill(&mut self.user_agent_bitness, &said.user_agent_bitness);
        fill(&mut self.user_agent_model, &said.user_agent_model);
        fill(&mut self.os_version, &said.os_version);
        fill(&mut self.screen_width, &said.screen_width);
        fill(&mut self.screen_height, &said.screen_height);
        fill(&mut self.screen_density, &said.screen_density);
    }
}

impl Campaign {
    /// Takes `base` where nothing was said. Never in part: half of one campaign and half of another is neither.
    pub(super) fn complete(&mut self, base: &Self) {
        if *self == Self::default() {
            self.clone_from(base);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_knows_its_time_zone_and_the_request_its_hints() {
        let client = |timezone: Option<&str>, os_version: Option<&str>| Client {
            timezone: timezone.map(str::to_owned),
            os_version: os_version.map(str::to_owned),
            ..Client::default()
        };
        for (known, said, expected) in [
            (client(Some("Europe/Paris"), None), client(None, None), client(Some("Europe/Paris"), None)),
            (
                client(Some("Europe/Paris"), None),
                client(Some("Asia/Tokyo"), None),
                client(Some("Asia/Tokyo"), None),
            ),
            (client(None, Some("15.1")), client(Some("UTC"), Some("1")), client(Some("UTC"), Some("15.1"))),
            (client(None, None), client(None, Some("1")), client(None, Some("1"))),
        ] {
            let mut heard = known.clone();
            heard.hear(&said);
            assert_eq!(heard, expected, "{known:?} {said:?}");
        }
    }
}
