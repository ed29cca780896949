//! Who the visitor is to vendors that want an id, and what a browser said of itself.

use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event, User};

/// Whether the visitor agreed to analytics. Where not, an event that is sent all the same (`purposes = []`) carries
/// nothing that lasts: an id beside a refusal would contradict it.
pub(crate) fn granted(event: &Event) -> bool {
    event.consent.purposes.has(Purpose::Analytics)
}

/// Our own id for the visitor.
pub(crate) fn visitor_id(event: &Event) -> Option<&str> {
    event.context.user.edgee_id.as_deref().filter(|id| granted(event) && !id.is_empty())
}

/// The owner's id for a user who is signed in.
pub(crate) fn user_id(event: &Event) -> Option<&str> {
    said(event, |user| user.user_id.as_deref())
}

/// The owner's id for a user before that.
pub(crate) fn anonymous_id(event: &Event) -> Option<&str> {
    said(event, |user| user.anonymous_id.as_deref())
}

/// What a user event says of its user wins over what the visit knows.
fn said(event: &Event, field: fn(&User) -> Option<&str>) -> Option<&str> {
    let context = &event.context.user;
    let own = if let Data::User(user) = &event.data { user } else { context };
    field(own).or_else(|| field(context)).filter(|id| granted(event) && !id.is_empty())
}

/// The visitor's `User-Agent`, as a field may carry it.
pub(crate) fn user_agent(event: &Event) -> Option<String> {
    let agent = event.context.client.user_agent.as_deref()?;
    let agent: String = agent.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    Some(agent.trim().to_owned()).filter(|agent| !agent.is_empty())
}

/// The brands of a list as the browser's client hints have it (`Brand;version|Brand;version`), with their versions.
pub(crate) fn brands(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split('|').filter_map(|brand| brand.rsplit_once(';')).filter(|(brand, _)| !brand.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_may_have_semicolons_in_their_names() {
        let list = "Chromium;130.0.1|Not;A=Brand;99|;1||x";
        assert_eq!(brands(list).collect::<Vec<_>>(), [("Chromium", "130.0.1"), ("Not;A=Brand", "99")]);
    }
}
