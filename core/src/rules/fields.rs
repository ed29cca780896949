//! The tables of an event: every field of its JSON, by name, and which of them a rule may change. A field that is not
//! listed here cannot be reached, which a test finds.

use super::node::{Kind, Node, View};
use crate::event::{Campaign, Client, Context, Data, Event, EventType, Page, Session, Track, Traffic, User};

/// Makes a table of a type: the fields that may be changed, and those that may not.
macro_rules! table {
    ($type:ty { $($field:ident,)* } fixed { $($fixed:ident,)* }) => {
        impl Node for $type {
            fn kind(&self) -> Kind {
                Kind::Table
            }

            /// A table of nothing but absent fields is absent.
            fn view(&self) -> View<'_> {
                let there = |name: &&str| self.child(name).is_some_and(|node| node.view() != View::Absent);
                if self.names().iter().any(there) { View::Group } else { View::Absent }
            }

            fn child(&self, name: &str) -> Option<&dyn Node> {
                Some(match name {
                    $(stringify!($field) => &self.$field,)*
                    $(stringify!($fixed) => &self.$fixed,)*
                    _ => return None,
                })
            }

            fn child_mut(&mut self, name: &str) -> Option<&mut dyn Node> {
                Some(match name {
                    $(stringify!($field) => &mut self.$field,)*
                    _ => return None,
                })
            }

            fn names(&self) -> &'static [&'static str] {
                &[$(stringify!($field),)* $(stringify!($fixed),)*]
            }

            fn clear(&mut self) {
                $(Node::clear(&mut self.$field);)*
            }
        }
    };
}

table!(Context {
    page,
    user,
    client,
    campaign,
    traffic,
    ids,
    session,
} fixed {});

table!(Page {
    name,
    category,
    keywords,
    title,
    url,
    path,
    search,
    referrer,
    properties,
} fixed {});

table!(Track {
    name,
    properties,
} fixed {});

table!(User {
    user_id,
    anonymous_id,
    edgee_id,
    properties,
} fixed {});

table!(Client {
    ip,
    locale,
    accept_language,
    timezone,
    user_agent,
    user_agent_version_list,
    user_agent_full_version_list,
    user_agent_mobile,
    user_agent_architecture,
    user_agent_bitness,
    user_agent_model,
    os_name,
    os_version,
    browser,
    browser_version,
    device,
    bot,
    screen_width,
    screen_height,
    screen_density,
    continent,
    country_code,
    country_name,
    region,
    city,
    postal_code,
    latitude,
    longitude,
} fixed {});

table!(Campaign {
    name,
    source,
    medium,
    term,
    content,
    creative_format,
    marketing_tactic,
} fixed {});

// The channel is one of a closed list.
table!(Traffic {
    source,
} fixed {
    channel,
});

// What numbers and times a session has is not for a rule to say; the one before may be kept from a destination.
table!(Session {
    previous_session_id,
} fixed {
    session_id,
    session_count,
    session_start,
    first_seen,
    last_seen,
});

/// What is absent has no fields, and may be taken away whole.
macro_rules! optional {
    ($($type:ty),*) => {$(
        impl Node for Option<$type> {
            fn kind(&self) -> Kind {
                Kind::Table
            }

            fn view(&self) -> View<'_> {
                if self.is_some() { View::Group } else { View::Absent }
            }

            fn child(&self, name: &str) -> Option<&dyn Node> {
                self.as_ref()?.child(name)
            }

            fn child_mut(&mut self, name: &str) -> Option<&mut dyn Node> {
                self.as_mut()?.child_mut(name)
            }

            fn names(&self) -> &'static [&'static str] {
                self.as_ref().map_or(&[], Node::names)
            }

            fn clear(&mut self) {
                *self = None;
            }
        }
    )*};
}

optional!(Traffic, Session);

/// Its type cannot be changed, and its data are those of its type.
impl Node for Data {
    fn kind(&self) -> Kind {
        Kind::Table
    }

    fn view(&self) -> View<'_> {
        self.table().view()
    }

    fn child(&self, name: &str) -> Option<&dyn Node> {
        self.table().child(name)
    }

    fn child_mut(&mut self, name: &str) -> Option<&mut dyn Node> {
        match self {
            Self::Page(page) => page.child_mut(name),
            Self::Track(track) => track.child_mut(name),
            Self::User(user) => user.child_mut(name),
        }
    }

    fn names(&self) -> &'static [&'static str] {
        self.table().names()
    }

    fn clear(&mut self) {
        match self {
            Self::Page(page) => page.clear(),
            Self::Track(track) => track.clear(),
            Self::User(user) => user.clear(),
        }
    }
}

impl Data {
    fn table(&self) -> &dyn Node {
        match self {
            Self::Page(page) => page,
            Self::Track(track) => track,
            Self::User(user) => user,
        }
    }
}

/// What an event is, when it was, where it came from, what was agreed to and who may have it is not for rules to change.
impl Node for Event {
    fn kind(&self) -> Kind {
        Kind::Table
    }

    fn view(&self) -> View<'_> {
        View::Group
    }

    fn child(&self, name: &str) -> Option<&dyn Node> {
        Some(match name {
            "uuid" => &self.uuid,
            "timestamp" => &self.timestamp,
            "type" => match self.data.event_type() {
                EventType::Page => &EventType::Page,
                EventType::Track => &EventType::Track,
                EventType::User => &EventType::User,
            },
            "data" => &self.data,
            "context" => &self.context,
            "components" => &self.components,
            "from" => &self.from,
            "consent" => &self.consent.state,
            "purposes" => &self.consent.purposes,
            "consent_source" => &self.consent.source,
            "cmp" => &self.consent.cmp,
            "gpc" => &self.consent.gpc,
            "anonymous" => &self.anonymous,
            _ => return None,
        })
    }

    fn child_mut(&mut self, name: &str) -> Option<&mut dyn Node> {
        match name {
            "data" => Some(&mut self.data),
            "context" => Some(&mut self.context),
            _ => None,
        }
    }

    fn names(&self) -> &'static [&'static str] {
        &[
            "uuid",
            "timestamp",
            "type",
            "data",
            "context",
            "components",
            "from",
            "consent",
            "purposes",
            "consent_source",
            "cmp",
            "gpc",
            "anonymous",
        ]
    }
}

#[cfg(test)]
#[path = "fields_tests.rs"]
pub(super) mod tests;
