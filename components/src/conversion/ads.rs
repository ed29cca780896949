//! What the conversion APIs of Meta, Pinterest, Snapchat and TikTok share. Meta's was the first; Pinterest and Snapchat
//! took over its format, TikTok its ideas: a list of events, each with its time, its id, its page, who it was as hashes,
//! and what was in the cart.

use selvedge_core::component::{Moment, ResolvedSettings, SettingError, SettingSpec};
use selvedge_core::config::Setting;
use selvedge_core::consent::Purpose;
use selvedge_core::event::{Data, Event, Page, Properties, Track};
use serde_json::{Map, Value, json};

use crate::batch::Room;
use crate::commerce::{Action, Commerce, Product, json_number, words};
use crate::person::{self, Person};
use crate::secret::Secret;

/// What a user event is sent as: these vendors have no event of their own for it.
pub(super) const USER_EVENT: SettingSpec = SettingSpec {
    name: "user_event",
    required: false,
    secret: false,
    help: "The vendor's event that a user event is sent as, such as a registration or a lead. Without it user events are \
           not sent: somebody who says who they are has not converted.",
};

/// An event, taken apart.
pub(super) struct Said<'e> {
    pub(super) event: &'e Event,
    /// The name of what happened; none for a page view.
    pub(super) name: Option<&'e str>,
    /// Who it was, as it was said.
    pub(super) person: Person,
    /// What was in the cart. No longer personal.
    pub(super) commerce: Commerce,
}

impl<'e> Said<'e> {
    /// Nothing of a track event without a name, and of a user event that nothing is made of.
    pub(super) fn of(event: &'e Event, user_event: Option<&'e str>) -> Option<Self> {
        let name = match &event.data {
            Data::Page(_) => None,
            Data::Track(track) => Some(track.name.trim()).filter(|name| !name.is_empty()).map(Some)?,
            Data::User(_) => Some(user_event?),
        };
        let (person, mut properties) = Person::of(event);
        if let Data::User(_) = event.data {
            // Traits say who it was, not what happened.
            properties = Properties::new();
        }
        let track = Track { name: name.unwrap_or_default().to_owned(), properties };
        Some(Self { event, name, person, commerce: Commerce::of(&track) })
    }

    /// Seconds. Vendors refuse the future, and a browser's clock may be ahead of ours.
    pub(super) fn seconds(&self, moment: &Moment<'_>) -> i64 {
        self.event.timestamp.min(moment.now).seconds()
    }

    /// The page's URL.
    pub(super) fn url(&self) -> Option<&'e str> {
        self.page().and_then(|page| page.url.as_deref()).or(self.event.context.page.url.as_deref())
    }

    /// The page before.
    pub(super) fn referrer(&self) -> Option<&'e str> {
        self.page().and_then(|page| page.referrer.as_deref()).or(self.event.context.page.referrer.as_deref())
    }

    /// The page that was viewed, if that is what happened.
    fn page(&self) -> Option<&'e Page> {
        match &self.event.data {
            Data::Page(page) => Some(page),
            Data::Track(_) | Data::User(_) => None,
        }
    }

    /// What the content was called: the only product, else the page that was viewed.
    pub(super) fn content_name(&self) -> Option<&str> {
        match (self.commerce.products.as_slice(), self.page()) {
            ([product], _) => product.name.as_deref(),
            ([], Some(page)) => {
                page.name.as_deref().or(page.title.as_deref()).or(self.event.context.page.title.as_deref())
            }
            _ => None,
        }
    }

    /// The category of every product, else that of the page that was viewed.
    pub(super) fn content_category(&self) -> Option<&str> {
        let of_products = shared(&self.commerce.products, |product| product.category.as_deref());
        of_products.or_else(|| self.page()?.category.as_deref())
    }

    /// The brand of every product.
    pub(super) fn content_brand(&self) -> Option<&str> {
        shared(&self.commerce.products, |product| product.brand.as_deref())
    }

    /// How the owner and the edge know the visitor: ids that vendors hash and compare, and nothing else.
    pub(super) fn external_ids(&self) -> Vec<String> {
        let known = &self.event.context.user;
        let said = match &self.event.data {
            Data::User(user) => user,
            Data::Page(_) | Data::Track(_) => known,
        };
        let own = [&said.user_id, &said.anonymous_id, &known.user_id, &known.anonymous_id];
        let mut ids = Vec::new();
        for id in own.into_iter().flatten().take(1).chain(&known.edgee_id) {
            let id = person::hashed(id.trim());
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// The visitor's address. An anonymous one is cut short: it is nobody's, and matches somebody else.
    pub(super) fn ip(&self) -> Option<&'e str> {
        self.event.context.client.ip.as_deref().filter(|_| !self.event.anonymous)
    }

    /// The visitor's browser.
    pub(super) fn user_agent(&self) -> Option<&'e str> {
        self.event.context.client.user_agent.as_deref()
    }

    /// Who it was, in the fields that Meta named: hashes, each in a list; address and browser as they are.
    pub(super) fn user_data(&self) -> Properties {
        let of = |value: &Option<String>, normalised: fn(&str) -> Option<String>| {
            value.as_deref().and_then(normalised).map(|value| person::hashed(&value))
        };
        let person = &self.person;
        let mut data = Map::new();
        for (field, hash) in [
            ("em", of(&person.email, person::email)),
            ("ph", of(&person.phone, person::phone)),
            ("fn", of(&person.first_name, person::name)),
            ("ln", of(&person.last_name, person::name)),
            ("ge", of(&person.gender, person::gender)),
            ("db", of(&person.birthday, person::birthday)),
            ("ct", of(&person.city, person::place)),
            ("st", of(&person.state, person::place)),
            ("zp", of(&person.postal_code, person::zip_code)),
            ("country", of(&person.country, person::country)),
        ] {
            put(&mut data, field, hash.map(|hash| json!([hash])));
        }
        let ids = self.external_ids();
        put(&mut data, "external_id", (!ids.is_empty()).then(|| json!(ids)));
        put(&mut data, "client_ip_address", self.ip().map(Value::from));
        put(&mut data, "client_user_agent", self.user_agent().map(Value::from));
        data
    }

    /// Whether advertising was agreed to.
    pub(super) fn may_advertise(&self) -> bool {
        self.event.consent.purposes.has(Purpose::Advertising)
    }

    /// Whether advertising that knows the visitor was agreed to.
    pub(super) fn may_personalise(&self) -> bool {
        self.may_advertise() && self.event.consent.purposes.has(Purpose::Personalization)
    }
}

/// What all products agree on.
fn shared<'p>(products: &'p [Product], field: impl Fn(&'p Product) -> Option<&'p str>) -> Option<&'p str> {
    let (first, rest) = products.split_first()?;
    field(first).filter(|value| rest.iter().all(|product| field(product) == Some(*value)))
}

/// Whether both are known by which these vendors recognise a browser without an id.
pub(super) fn is_browser(user: &Properties) -> bool {
    user.contains_key("client_ip_address") && user.contains_key("client_user_agent")
}

/// Adds what is known, unless the owner said it in the vendor's own words.
pub(super) fn put<V: Into<Value>>(to: &mut Properties, name: &str, value: Option<V>) {
    if let Some(value) = value
        && !to.contains_key(name)
    {
        to.insert(name.to_owned(), value.into());
    }
}

/// A number of pieces: whole.
pub(super) fn count(number: f64) -> Option<Value> {
    Some(json_number(number.round())).filter(|_| number >= 0.0)
}

/// Meta's own name for what happens in a shop, which TikTok took over in 2025.
pub(super) fn metas_name(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::AddPaymentInfo => "AddPaymentInfo",
        Action::AddToCart => "AddToCart",
        Action::AddToWishlist => "AddToWishlist",
        Action::BeginCheckout => "InitiateCheckout",
        Action::GenerateLead => "Lead",
        Action::Purchase => "Purchase",
        Action::Search => "Search",
        Action::SignUp => "CompleteRegistration",
        Action::StartTrial => "StartTrial",
        Action::Subscribe => "Subscribe",
        Action::ViewItem => "ViewContent",
        Action::AddShippingInfo
        | Action::Login
        | Action::Refund
        | Action::RemoveFromCart
        | Action::SelectItem
        | Action::SelectPromotion
        | Action::Share
        | Action::ViewCart
        | Action::ViewItemList
        | Action::ViewPromotion => return None,
    })
}

/// The vendor's event that a name means, however it is written. Names are in [`words`].
pub(super) fn standard(name: &str, names: &[(&str, &'static str)]) -> Option<&'static str> {
    let words = words(name);
    names.iter().find(|(known, _)| *known == words).map(|(_, standard)| *standard)
}

/// Room for as many events. None of the four says what bytes it takes; these are what servers take without being asked to.
pub(super) const fn room(events: usize) -> Room {
    Room { events, bytes: 1_000_000, around: 0 }
}

/// The `test_event_code` as the end of a JSON object, if there is one.
pub(super) fn test_code(code: Option<&str>) -> String {
    code.map(|code| format!(r#","test_event_code":{}"#, Value::from(code))).unwrap_or_default()
}

/// A setting that becomes a part of the URL's path, of characters that `fits` allows.
pub(super) fn path_part(
    settings: &ResolvedSettings,
    name: &'static str,
    fits: fn(char) -> bool,
    like: &str,
) -> Result<String, SettingError> {
    let value = settings.required(name)?;
    if value.chars().all(fits) {
        return Ok(value);
    }
    Err(SettingError { name, problem: format!("`{value}` is not {like}") })
}

/// A secret that becomes a header's value.
pub(super) fn token(settings: &ResolvedSettings, name: &'static str) -> Result<Secret, SettingError> {
    let token = settings.required(name)?;
    if token.trim() == token && token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Secret(token));
    }
    Err(SettingError { name, problem: "has characters that no token has".into() })
}

/// A setting that is yes or no.
pub(super) fn flag(settings: &ResolvedSettings, name: &str) -> bool {
    match settings.values.get(name) {
        Some(Setting::Bool(yes)) => *yes,
        Some(Setting::Text(text)) => text == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commerce::Product;

    #[test]
    fn products_share_what_all_of_them_have() {
        let of = |brands: &[Option<&str>]| {
            let products: Vec<Product> = brands
                .iter()
                .map(|brand| Product { brand: brand.map(str::to_owned), ..Product::default() })
                .collect();
            shared(&products, |product| product.brand.as_deref()).map(str::to_owned)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[Some("a")]).as_deref(), Some("a"));
        assert_eq!(of(&[Some("a"), Some("a")]).as_deref(), Some("a"));
        assert_eq!(of(&[Some("a"), Some("b")]), None);
        assert_eq!(of(&[Some("a"), None]), None);
    }

    #[test]
    fn what_the_owner_said_in_the_vendors_words_stays() {
        let mut to = Map::new();
        put(&mut to, "a", Some(json!(1)));
        put(&mut to, "a", Some(json!(2)));
        put(&mut to, "b", None::<&str>);
        assert_eq!(Value::Object(to), json!({"a": 1}));
    }
}
