//! The accounts: closed lists of reasons. The same word is the log's field, the metric's label, the header's value and
//! the documentation's heading, so that a person who meets one can look it up.

use serde::Serialize;

/// Makes an enum whose variants have one word each, for people and for machines.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every variant, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The one word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Which one a word is.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}

words! {
    /// Why a response passed untouched: `x-selvedge: pass; reason=<word>`.
    PassReason {
        /// No site of the configuration has this host.
        UnknownHost = "unknown-host",
        /// Only documents fetched by GET or POST are rewritten.
        Method = "method",
        /// The status is not that of a document that a visitor reads.
        Status = "status",
        /// The content type is not HTML.
        NotHtml = "not-html",
        /// Fetched by a script, not opened by a visitor: a fragment must not get a second head.
        Fragment = "fragment",
        /// Opened inside another page.
        Embedded = "embedded",
        /// `content-disposition: attachment`: it will be saved, not shown.
        Attachment = "attachment",
        /// `cache-control: no-transform`.
        NoTransform = "no-transform",
        /// Encoded in a way that the platform does not undo.
        Encoded = "encoded",
        /// In a character set whose ASCII does not look like ASCII.
        Charset = "charset",
        /// The body is declared empty.
        Empty = "empty",
        /// The configuration neither injects nor reports views.
        Disabled = "disabled",
        /// The connection is becoming a WebSocket.
        Upgrade = "upgrade",
        /// The origin did not answer; Selvedge's own error page was served.
        Origin = "origin",
        /// Selvedge itself failed, and stepped aside.
        Internal = "internal",
    }
}

words! {
    /// Why a page that was opened is not a page view.
    NoViewReason {
        /// The configuration leaves page views to the browser, or to nobody.
        NotEdge = "not-edge",
        /// Fetched ahead of time; nobody has seen it yet.
        Prefetch = "prefetch",
        /// Rendered ahead of time; nobody has seen it yet.
        Prerender = "prerender",
        /// A program, by the platform's judgement or by its own name.
        Bot = "bot",
        /// The data layer lists its events, and a page view is not among them.
        DataLayer = "data-layer",
    }
}

words! {
    /// Why an event is kept: in the outbox, or set aside.
    KeepReason {
        /// The component gets its events by way of the outbox.
        Queue = "queue",
        /// The destination has been failing, and is left alone for a while.
        HeldBack = "held-back",
        /// The platform's budget of subrequests was spent.
        NextTime = "next-time",
        /// The destination could not be reached, failed, or asked to come back later.
        TryAgain = "try-again",
        /// It was in the outbox, and could not be delivered after all.
        DeadLetter = "dead-letter",
    }
}

words! {
    /// Why an event did not reach a destination.
    DropReason {
        /// A purpose that the destination needs is not granted.
        WithoutConsent = "without-consent",
        /// The component's `events` does not list this type.
        EventType = "event-type",
        /// The event itself, or its page, names the components that may have it, and this is not one.
        NotSelected = "not-selected",
        /// It was withheld until the visitor agreed, and this destination needed no agreement: it has had it.
        AlreadyReported = "already-reported",
        /// The visitor is not of the part that the component's `sample` keeps.
        Sampled = "sampled",
        /// The component's `filter` does not let it pass.
        Filtered = "filtered",
        /// The destination has no use for this event.
        NotSupported = "not-supported",
        /// The event alone is larger than the destination takes.
        TooLarge = "too-large",
        /// The component's kind is another platform's.
        NotOnPlatform = "not-on-platform",
        /// The component is a third party's, and answered with an error.
        ComponentRefused = "component-refused",
        /// The component is a third party's, and did not do what it should: it trapped, did not come to an end, took too
        /// much memory, or returned what is not a request.
        ComponentFailed = "component-failed",
        /// A secret that the component needs is not in the platform's store.
        MissingSecret = "missing-secret",
        /// The platform's budget of subrequests, or of what third parties' components may compute, was spent on components of
        /// higher priority.
        OverBudget = "over-budget",
        /// It was tried again for as long as the owner has said, and was not taken.
        Expired = "expired",
        /// It was kept for a component that is not configured any more.
        UnknownComponent = "unknown-component",
        /// The destination answered that it will never take it.
        Rejected = "rejected",
        /// The destination could not be reached or failed, and there is no outbox to keep it in.
        Undelivered = "undelivered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_fit_a_header() {
        let mut words: Vec<_> = PassReason::ALL.iter().map(|r| r.word()).collect();
        words.extend(DropReason::ALL.iter().map(|r| r.word()));
        words.extend(NoViewReason::ALL.iter().map(|r| r.word()));
        words.extend(KeepReason::ALL.iter().map(|r| r.word()));
        let count = words.len();
        assert!(words.iter().all(|w| w.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }

    #[test]
    fn every_word_is_a_heading_of_the_documentation() {
        let headings =
            include_str!("../../docs/diagnostics.md").lines().filter_map(|line| line.strip_prefix("### "));
        let headings: std::collections::BTreeSet<_> = headings.collect();
        let mut words: std::collections::BTreeSet<_> = PassReason::ALL.iter().map(|r| r.word()).collect();
        words.extend(NoViewReason::ALL.iter().map(|r| r.word()));
        words.extend(KeepReason::ALL.iter().map(|r| r.word()));
        words.extend(DropReason::ALL.iter().map(|r| r.word()));
        assert_eq!(headings, words);
    }
}
