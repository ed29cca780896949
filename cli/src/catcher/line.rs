//! A caught event on a line for people.

use std::fmt::{self, Display, Write};

use anstyle::{AnsiColor, Style};

use super::read::Caught;

const DIM: Style = Style::new().dimmed();
const COMPONENT: Style = AnsiColor::Cyan.on_default();
const KIND: Style = Style::new().bold();
const GRANTED: Style = AnsiColor::Green.on_default();
const NOT_GRANTED: Style = AnsiColor::Yellow.on_default();

/// `12:03:44  ga4     page_view  /cart  “Cart”  granted  visitor 10867005 session 1`
pub(super) fn line(time: &str, caught: &Caught) -> String {
    let Caught { component, kind, subject, path, consent, visitor, session, .. } = caught;
    let mut line = String::new();
    let mut put = |style: Style, width: usize, text: &dyn Display| {
        // Text takes whatever is written to it.
        let _ = write!(line, "{style}{text:width$}{style:#}  ");
    };
    put(DIM, 0, &time);
    put(COMPONENT, 8, &Shown(component, 24));
    put(KIND, 10, &Shown(kind, 32));
    put(Style::new(), 22, &Shown(path.as_deref().unwrap_or("-"), 48));
    if let Some(subject) = subject {
        put(Style::new(), 0, &format!("“{}”", Shown(subject, 48)));
    }
    if let Some(consent) = consent {
        put(if consent == "granted" { GRANTED } else { NOT_GRANTED }, 0, &Shown(consent, 24));
    }
    if let Some(visitor) = visitor {
        let session = session.as_ref().map(|session| format!(", session {session}")).unwrap_or_default();
        put(DIM, 0, &format!("visitor {}{}", Shown(visitor, 8), Shown(&session, 20)));
    }
    line.truncate(line.trim_end().len());
    line
}

/// Text as a terminal may show it: what visitors send must not move the cursor, nor fill the screen.
struct Shown<'a>(&'a str, usize);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, most) = *self;
        let mut shown: String =
            text.chars().take(most).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        if text.chars().nth(most).is_some() {
            shown.push('…');
        }
        f.pad(&shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(caught: &Caught) -> String {
        anstream::adapter::strip_str(&line("12:03:44", caught)).to_string()
    }

    fn page() -> Caught {
        Caught {
            component: "ga4".into(),
            kind: "page_view".into(),
            subject: Some("Cart".into()),
            path: Some("/cart".into()),
            consent: Some("granted".into()),
            visitor: Some("10867005".into()),
            session: Some("1".into()),
            ..Caught::default()
        }
    }

    #[test]
    fn a_line_says_who_what_and_where() {
        assert_eq!(
            plain(&page()),
            "12:03:44  ga4       page_view   /cart                   “Cart”  granted  visitor 10867005, session 1"
        );
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        let caught = Caught { component: "events".into(), kind: "user".into(), ..Caught::default() };
        assert_eq!(plain(&caught), "12:03:44  events    user        -");
    }

    #[test]
    fn visitors_do_not_control_the_terminal() {
        let subject = format!("\u{1b}[2J\nnext{}", "x".repeat(100));
        let shown = plain(&Caught { subject: Some(subject), ..page() });
        assert!(shown.contains("“\u{fffd}[2J\u{fffd}nextxxx") && shown.contains("x…”"), "{shown}");
        assert_eq!(shown.lines().count(), 1);
    }

    #[test]
    fn consent_stands_out() {
        let granted = line("t", &page());
        let pending = line("t", &Caught { consent: Some("pending".into()), ..page() });
        assert!(granted.contains(&format!("{GRANTED}granted")));
        assert!(pending.contains(&format!("{NOT_GRANTED}pending")));
    }
}
