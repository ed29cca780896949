//! Which of the owner's conversions an event is, for vendors that know conversions by a number of the owner's account:
//! `["purchase=104012", "Newsletter signed up=104013"]`.

use selvedge_core::component::{ResolvedSettings, SettingError};
use selvedge_core::config::Setting;
use selvedge_core::event::{Data, Event};

use crate::commerce::{Action, words};

/// The most rules that are kept.
const MOST: usize = 100;

/// What an event's name means: a name of the shop's vocabulary means the same whoever named it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Action(Action),
    Words(String),
}

impl Name {
    fn of(name: &str) -> Self {
        Action::of(name).map_or_else(|| Self::Words(words(name)), Self::Action)
    }
}

/// Events' names, and the numbers that they have in the owner's account.
#[derive(Debug, Clone)]
pub(super) struct Rules(Vec<(Name, String)>);

impl Rules {
    /// Reads the setting: a list of `event=number`, or one text with commas between.
    ///
    /// # Errors
    /// When it is absent, or one is not of that form.
    pub(super) fn of(settings: &ResolvedSettings, name: &'static str) -> Result<Self, SettingError> {
        let said: Vec<String> = match settings.values.get(name) {
            Some(Setting::List(rules)) => rules.clone(),
            Some(Setting::Text(rules)) => rules.split(',').map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let said: Vec<&str> = said.iter().map(|rule| rule.trim()).filter(|rule| !rule.is_empty()).collect();
        if said.is_empty() || said.len() > MOST {
            return Err(SettingError { name, problem: format!("is a list of 1 to {MOST} `event=number`") });
        }
        let rules: Option<Vec<_>> = said.iter().map(|rule| Self::rule(rule)).collect();
        rules.map(Self).ok_or_else(|| SettingError {
            name,
            problem: "is a list of `event=number`, such as `purchase=104012`; page views are `page_view`"
                .into(),
        })
    }

    fn rule(rule: &str) -> Option<(Name, String)> {
        let (event, number) = rule.rsplit_once('=')?;
        let (event, number) = (event.trim(), number.trim());
        (!words(event).is_empty() && is_number(number)).then(|| (Name::of(event), number.to_owned()))
    }

    /// The number of the conversion that the event is. A page view is `page_view`, a user event `user`.
    pub(super) fn find(&self, event: &Event) -> Option<&str> {
        let name = match &event.data {
            Data::Page(_) => Name::Words("page view".into()),
            Data::User(_) => Name::Words("user".into()),
            Data::Track(track) => Name::of(&track.name),
        };
        self.0.iter().find(|(known, _)| *known == name).map(|(_, number)| number.as_str())
    }
}

/// A number as vendors have them: one to twenty digits.
pub(super) fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(setting: Setting) -> Result<Rules, String> {
        let values = [("conversions".to_owned(), setting)].into();
        Rules::of(&ResolvedSettings { values, endpoint: None }, "conversions").map_err(|error| error.problem)
    }

    #[test]
    fn names_mean_the_same_whoever_named_them() {
        let rules = rules(Setting::Text("purchase=1, Newsletter = signed up = 22".into())).unwrap();
        let names: Vec<_> = rules.0.iter().map(|(name, number)| (name.clone(), number.as_str())).collect();
        assert_eq!(
            names,
            [(Name::Action(Action::Purchase), "1"), (Name::Words("newsletter = signed up".into()), "22")]
        );
        assert_eq!(Name::of("Order Completed"), Name::Action(Action::Purchase));
        assert_eq!(Name::of("page_view"), Name::Words("page view".into()));
    }

    #[test]
    fn what_is_not_a_rule_is_refused() {
        for wrong in ["", "purchase", "=1", "purchase=", "purchase=a1", "purchase=123456789012345678901"] {
            assert!(rules(Setting::Text(wrong.into())).is_err(), "{wrong}");
        }
        assert!(rules(Setting::List(vec!["a=1".into(), "b".into()])).is_err());
        assert!(rules(Setting::Integer(1)).is_err());
        assert!(rules(Setting::List((0..101).map(|n| format!("e{n}={n}")).collect())).is_err());
    }
}
