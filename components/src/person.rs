//! Personal data for conversion APIs: found among what the owner said of a user, normalised as the vendor specifies, hashed
//! once, and consumed, so that the plain value never travels beside its hash.

use selvedge_core::event::{Data, Event, Properties};
use serde_json::Value;

use crate::hash::sha256;

/// What is known of a person, as it was said. Absent where it was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) gender: Option<String>,
    pub(crate) birthday: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) country: Option<String>,
}

impl Person {
    /// The person of an event, and the event's own properties without what was taken from them. What the event says wins
    /// over what is known of the user.
    pub(crate) fn of(event: &Event) -> (Self, Properties) {
        let mut own = match &event.data {
            Data::Page(page) => page.properties.clone(),
            Data::Track(track) => track.properties.clone(),
            Data::User(user) => user.properties.clone(),
        };
        let mut person = Self::default();
        person.take(&mut own);
        person.take(&mut event.context.user.properties.clone());
        (person, own)
    }

    /// Takes what is personal out of properties. What is known already stays, and what is said again is taken all the same.
    pub(crate) fn take(&mut self, properties: &mut Properties) {
        // Segment's users keep the parts of an address in an object.
        if let Some(Value::Object(_)) = properties.get("address")
            && let Some(Value::Object(mut address)) = properties.shift_remove("address")
        {
            self.take(&mut address);
        }
        let names: Vec<String> = properties.keys().cloned().collect();
        for name in names {
            let Some(field) = self.field(&plain(&name)) else { continue };
            let Some(value) = properties.get(&name).and_then(crate::commerce::text) else { continue };
            if field.is_none() {
                *field = Some(value);
            }
            properties.shift_remove(&name);
        }
    }

    fn field(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "email" | "mail" | "emailaddress" | "useremail" => &mut self.email,
            "phone" | "phonenumber" | "tel" | "telephone" | "mobile" | "mobilephone" => &mut self.phone,
            "firstname" | "givenname" => &mut self.first_name,
            "lastname" | "familyname" | "surname" => &mut self.last_name,
            "gender" | "sex" => &mut self.gender,
            "birthday" | "birthdate" | "dateofbirth" | "dob" => &mut self.birthday,
            "street" | "streetaddress" | "address" => &mut self.street,
            "city" => &mut self.city,
            "state" | "region" | "province" => &mut self.state,
            "zip" | "zipcode" | "postalcode" | "postcode" => &mut self.postal_code,
            "country" | "countrycode" => &mut self.country,
            _ => return None,
        })
    }
}

/// `first_name`, `firstName` and `First Name` alike.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// SHA-256 in lower-case hexadecimal, of a value that was normalised; one that was hashed already stays as it is.
pub(crate) fn hashed(value: &str) -> String {
    if is_hash(value) {
        return value.to_ascii_lowercase();
    }
    sha256(value)
}

/// Whether it is a SHA-256 already.
pub(crate) fn is_hash(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An e-mail address: trimmed, lower case. None where there is no `@` in it, unless it was hashed already.
pub(crate) fn email(value: &str) -> Option<String> {
    let value = value.trim().to_lowercase();
    (value.contains('@') || is_hash(&value)).then_some(value)
}

/// A telephone number: its digits with the country's, without zeros in front and without `+`. None where there are fewer
/// than seven digits, unless it was hashed already.
pub(crate) fn phone(value: &str) -> Option<String> {
    if is_hash(value.trim()) {
        return Some(value.trim().to_owned());
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (digits.len() >= 7).then(|| digits.to_owned())
}

/// A name: trimmed, lower case, without ASCII punctuation.
pub(crate) fn name(value: &str) -> Option<String> {
    let kept = value.trim().to_lowercase();
    let kept: String = kept.chars().filter(|c| !c.is_ascii_punctuation()).collect();
    (!kept.is_empty()).then_some(kept)
}

/// A city, a state: as a name, without spaces too.
pub(crate) fn place(value: &str) -> Option<String> {
    name(value).map(|name| name.chars().filter(|c| !c.is_whitespace()).collect::<String>())
}

/// A postal code: lower case, without spaces and dashes.
pub(crate) fn postal_code(value: &str) -> Option<String> {
    let kept: String = value.to_lowercase().chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (!kept.is_empty()).then_some(kept)
}

/// A postal code as [`postal_code`] has it, and of the nine digits of a ZIP+4 the five that name a place.
pub(crate) fn zip_code(value: &str) -> Option<String> {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match value.trim().split_once('-') {
        Some((place, box_)) if digits(place, 5) && digits(box_, 4) => Some(place.to_owned()),
        _ => postal_code(value),
    }
}

/// A country: ISO 3166-1 alpha-2 in lower case. None where it is not two letters, unless it was hashed already.
pub(crate) fn country(value: &str) -> Option<String> {
    let value = value.trim().to_lowercase();
    (value.len() == 2 && value.bytes().all(|b| b.is_ascii_lowercase()) || is_hash(&value)).then_some(value)
}

/// `f` or `m`, where it is said.
pub(crate) fn gender(value: &str) -> Option<String> {
    match value.trim().to_lowercase().as_str() {
        "f" | "female" | "woman" => Some("f".into()),
        "m" | "male" | "man" => Some("m".into()),
        other => is_hash(other).then(|| other.to_owned()),
    }
}

/// A day of birth as `YYYYMMDD`, from that or from `YYYY-MM-DD` and what follows it.
pub(crate) fn birthday(value: &str) -> Option<String> {
    let value = value.trim();
    if is_hash(value) {
        return Some(value.to_owned());
    }
    // The year comes first; of another order nobody can tell the day from the month.
    let year = value.chars().take_while(char::is_ascii_digit).count();
    let day: String = value.chars().take(10).filter(char::is_ascii_digit).collect();
    (day.len() == 8 && matches!(year, 4 | 8..)).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_personal_is_taken_whatever_it_is_called() {
        let mut properties = json!({
            "Email": "a@b.example", "phoneNumber": "+33 6 12", "first_name": "Ada", "plan": "pro", "e_mail": "c@d.example",
            "address": {"city": "Paris", "postalCode": 75001, "floor": 3}, "state": "",
        });
        let properties = properties.as_object_mut().unwrap();
        let mut person = Person { city: Some("Lyon".into()), ..Person::default() };
        person.take(properties);
        assert_eq!(Value::Object(properties.clone()), json!({"plan": "pro", "state": ""}));
        assert_eq!(person.email.as_deref(), Some("a@b.example"));
        assert_eq!((person.city.as_deref(), person.postal_code.as_deref()), (Some("Lyon"), Some("75001")));
    }

    #[test]
    fn values_are_normalised_and_hashed_once() {
        assert_eq!(email(" Ada@Example.COM "), Some("ada@example.com".into()));
        assert_eq!(email("ada"), None);
        assert_eq!(phone("+33 (0)6 12-34-56-78"), Some("330612345678".into()));
        assert_eq!(phone("00 1 650 555 1212"), Some("16505551212".into()));
        assert_eq!(name(" Mary-Ann O'Neil "), Some("maryann oneil".into()));
        assert_eq!(place("New York"), Some("newyork".into()));
        assert_eq!(postal_code("SW1A 1AA"), Some("sw1a1aa".into()));
        assert_eq!(zip_code("94035-1234"), Some("94035".into()));
        assert_eq!(zip_code("01310-100"), Some("01310100".into()));
        assert_eq!((country("FR"), country("France")), (Some("fr".into()), None));
        assert_eq!((gender("Female"), gender("x")), (Some("f".into()), None));
        assert_eq!((birthday("1997-02-16"), birthday("16/02/1997")), (Some("19970216".into()), None));
        // Meta's own example: developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters.
        let hash = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f";
        assert_eq!(hashed("john_smith@gmail.com"), hash);
        assert_eq!(hashed(hash), hash, "not twice");
        assert_eq!(hashed(&hash.to_uppercase()), hash);
    }
}
