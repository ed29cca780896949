//! Whether a page that was opened was viewed by somebody.

use std::borrow::Cow;

use super::bots::bot;
use crate::account::NoViewReason;
use crate::config::Bots;
use crate::facts;
use crate::head::Request;

/// Why opening this page is not a view of it, as far as the request tells; none when it is. Those of programs are views
/// where the owner keeps them, by [`Bots::Tag`].
#[must_use]
pub fn view_refused(request: &Request, facts: &facts::Client, bots: Bots) -> Option<NoViewReason> {
    if let Some(ahead) = ahead_of_time(request) {
        return Some(ahead);
    }
    (bots == Bots::Drop && bot(agent(request), facts).is_some()).then_some(NoViewReason::Bot)
}

/// The name of the program that asked, if it is one: for `context.client.bot`.
#[must_use]
pub fn bot_name(request: &Request, facts: &facts::Client) -> Option<String> {
    bot(agent(request), facts).map(Cow::into_owned)
}

fn agent(request: &Request) -> &[u8] {
    request.headers.get("user-agent").map_or(&b""[..], |value| value.as_bytes())
}

/// The fields by which browsers say, or have said, that a page is only fetched ahead of time.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

fn ahead_of_time(request: &Request) -> Option<NoViewReason> {
    let said = |word: &str| {
        let fields = PURPOSES.iter().flat_map(|name| request.headers.get_all(*name));
        fields.into_iter().any(|value| {
            value.as_bytes().to_ascii_lowercase().windows(word.len()).any(|w| w == word.as_bytes())
        })
    };
    // `Sec-Purpose: prefetch;prerender` is the more precise of the two.
    if said("prerender") {
        Some(NoViewReason::Prerender)
    } else if said("prefetch") || said("preview") {
        // Safari's "top sites" is a `preview`.
        Some(NoViewReason::Prefetch)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue, Method};

    const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

    fn refused(
        agent: Option<&str>,
        fields: &[(&'static str, &'static str)],
        bot: Option<bool>,
    ) -> Option<NoViewReason> {
        let mut headers = HeaderMap::new();
        if let Some(agent) = agent {
            headers.insert("user-agent", HeaderValue::from_bytes(agent.as_bytes()).unwrap());
        }
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let request = Request::new(Method::GET, "https://shop.example/", headers).unwrap();
        let bot = bot.filter(|bot| *bot).map(|_| "platform".to_owned());
        view_refused(&request, &facts::Client { bot, ..facts::Client::default() }, Bots::Drop)
    }

    #[test]
    fn what_is_fetched_ahead_of_time_is_not_viewed() {
        for (name, value, expected) in [
            ("sec-purpose", "prefetch", Some(NoViewReason::Prefetch)),
            ("sec-purpose", "prefetch;prerender", Some(NoViewReason::Prerender)),
            ("sec-purpose", "prefetch;anonymous-client-ip", Some(NoViewReason::Prefetch)),
            ("purpose", "Prefetch", Some(NoViewReason::Prefetch)),
            ("x-moz", "prefetch", Some(NoViewReason::Prefetch)),
            ("x-purpose", "preview", Some(NoViewReason::Prefetch)),
            ("x-purpose", "prerender", Some(NoViewReason::Prerender)),
            ("sec-purpose", "", None),
            ("purpose", "reading", None),
            ("sec-fetch-mode", "prefetch", None),
        ] {
            assert_eq!(refused(Some(CHROME), &[(name, value)], None), expected, "{name}: {value}");
        }
        assert_eq!(
            refused(Some("Googlebot"), &[("sec-purpose", "prefetch")], Some(true)),
            Some(NoViewReason::Prefetch)
        );
    }

    #[test]
    fn people_are_not_bots() {
        for agent in [
            CHROME,
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 [FBAN/FBIOS;FBAV/460.0;]",
            "Mozilla/5.0 (Linux; Android 10; CUBOT_NOTE_20) AppleWebKit/537.36 Chrome/110.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/110.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 YaBrowser/24.10 Safari/537.36",
            "Botswanaut/1.0",
        ] {
            assert_eq!(refused(Some(agent), &[], None), None, "{agent}");
            assert_eq!(refused(Some(agent), &[], Some(false)), None, "{agent}");
            assert_eq!(refused(Some(agent), &[], Some(true)), Some(NoViewReason::Bot), "{agent}");
        }
    }

    #[test]
    fn programs_that_say_so_are_bots() {
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "ClaudeBot/1.0",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "Mozilla/5.0 (compatible; Yahoo! Slurp)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/130.0.0.0 Safari/537.36",
            "Slackbot-LinkExpanding 1.0",
            "TelegramBot (like TwitterBot)",
            "facebookexternalhit/1.1",
            "SomeBots 1.0",
            "UptimeRobot/2.0",
            "curl/8.5.0",
            "python-requests/2.32",
            "Bytespider",
            " ",
            "",
        ] {
            assert_eq!(refused(Some(agent), &[], None), Some(NoViewReason::Bot), "{agent}");
            assert_eq!(refused(Some(agent), &[], Some(false)), Some(NoViewReason::Bot), "{agent}");
        }
        assert_eq!(refused(None, &[], None), Some(NoViewReason::Bot));
    }

    #[test]
    fn what_programs_open_is_viewed_where_the_owner_keeps_it() {
        let fields = [("user-agent", "Googlebot/2.1"), ("sec-purpose", "prefetch")];
        let request = |count| {
            let headers = fields.iter().take(count);
            let headers = headers
                .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
            Request::new(Method::GET, "https://shop.example/", headers.collect()).unwrap()
        };
        let facts = facts::Client::default();
        assert_eq!(view_refused(&request(1), &facts, Bots::Tag), None);
        assert_eq!(view_refused(&request(1), &facts, Bots::Drop), Some(NoViewReason::Bot));
        assert_eq!(view_refused(&request(2), &facts, Bots::Tag), Some(NoViewReason::Prefetch));
        assert_eq!(bot_name(&request(1), &facts).as_deref(), Some("Googlebot"));
    }
}
