use proptest::prelude::*;

use super::*;

fn named(agent: &str) -> Option<String> {
    bot(agent.as_bytes(), &facts::Client::default()).map(Cow::into_owned)
}

#[test]
fn programs_are_known_by_name() {
    for (agent, name) in [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
        (
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Googlebot",
        ),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot"),
        ("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", "YandexBot"),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot"),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "GPTBot",
        ),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
            "ChatGPT-User",
        ),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0)",
            "Perplexity-User",
        ),
        ("ClaudeBot/1.0; +claudebot@anthropic.com", "ClaudeBot"),
        (
            "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
            "Baiduspider",
        ),
        ("Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)", "Slurp"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/130.0.0.0 Safari/537.36",
            "HeadlessChrome",
        ),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebookexternalhit"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot-LinkExpanding"),
        ("WhatsApp/2.23.20.0", "WhatsApp"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32.3", "python-requests"),
        ("Java/17.0.2", "Java"),
        ("Apache-HttpClient/4.5.14 (Java/17.0.2)", "Apache-HttpClient"),
        ("aiohttp/3.9", "aiohttp"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; Google Web Preview) Chrome/41 Safari/537.36",
            "Google Web Preview",
        ),
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)", "Feedly"),
        ("Mozilla/5.0 (compatible; heritrix/1.12.1 +http://www.webarchiv.cz)", "heritrix"),
        ("Mozilla/5.0 (compatible; Foo/1.0; +https://foo.example/bot.html)", "Foo"),
        (
            "Mozilla/5.0 AppleWebKit/537.36 Chrome/137.0.0.0 Safari/537.36; Devin/1.0; +https://devin.ai",
            "Devin",
        ),
        ("bot", "bot"),
        ("", "unnamed"),
        (" \t", "unnamed"),
    ] {
        assert_eq!(named(agent).as_deref(), Some(name), "{agent}");
    }
}

#[test]
fn people_are_not_programs() {
    for agent in [
        "Mozilla/5.0 (Linux; Android 10; CUBOT_NOTE_20) AppleWebKit/537.36 Chrome/110.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/110.0.0.0 Mobile Safari/537.36",
        // Builds and names of telephones, that lists of programs have as well.
        "Mozilla/5.0 (Linux; Android 15; SM-S918B Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 6.0; FEVER Build/MRA58K) AppleWebKit/537.36 Chrome/110.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 5.0.2; HTC Butterfly 2 Build/LRX22G) AppleWebKit/537.36 Chrome/110.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (LG-T385 AppleWebkit/531 Browser/Phantom/V2.0 MMS/LG-MMS-V1.0/1.2 Java/ASVM/1.1 Profile/MIDP-2.1 Configuration/CLDC-1.1)",
        "SonyEricssonW666i/R2BA Java/SEMC-Java/2.0 Profile/MIDP-2.0 Configuration/CLDC-1.1 UNTRUSTED/1.0",
        // Views in applications.
        "Mozilla/5.0 (Linux; Android 16; Pixel 10 Build/CP1A.260305.018; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/146.0.7680.174 Mobile Safari/537.36 MetaIAB Facebook",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/460.0;]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 [Pinterest/iOS]",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Notion/3.0.0 Chrome/126.0.0.0 Electron/31.0 Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/120.0 Chrome/114.0.0.0 Safari/537.36",
        // What a content delivery network puts in the place of a browser's.
        "Amazon CloudFront",
        "Botswanaut/1.0",
    ] {
        assert_eq!(named(agent), None, "{agent}");
    }
}

#[test]
fn the_platforms_word_counts_where_the_program_is_silent() {
    let facts = |bot: &str| facts::Client { bot: Some(bot.into()), ..facts::Client::default() };
    for (agent, platform, expected) in [
        ("Mozilla/5.0 Firefox/132.0", "Search Engine Crawler", "Search Engine Crawler"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", "Search Engine Crawler", "Googlebot"),
        ("", facts::UNNAMED_BOT, "platform"),
    ] {
        assert_eq!(bot(agent.as_bytes(), &facts(platform)).as_deref(), Some(expected), "{agent}");
    }
    let long = facts(&"é".repeat(100));
    assert_eq!(bot(b"Mozilla/5.0", &long).map(|name| name.len()), Some(MAX_NAME));
}

#[test]
fn the_table_is_sorted_and_no_text_begins_with_another() {
    for pair in INSIDE.windows(2).chain(WORDS.windows(2)) {
        assert!(pair[0] < pair[1] && !pair[1].starts_with(pair[0]), "{pair:?}");
    }
    for text in INSIDE.iter().chain(&WORDS) {
        assert!(may_be_listed(text.as_bytes()), "{text}");
    }
    for text in INSIDE.iter().chain(&STARTS) {
        assert_eq!(*text, text.to_lowercase());
        assert!(text.starts_with(|c: char| c.is_ascii_alphanumeric()), "{text}");
        assert_eq!(
            INSIDE.contains(text),
            listed(text.as_bytes()).is_some_and(|found| found == (0, text.len()))
        );
    }
}

proptest! {
    #[test]
    fn no_user_agent_panics(agent in proptest::collection::vec(any::<u8>(), 0..200), text in "([a-zA-Z0-9/.;:@() _-]|bot|spider|é){0,60}") {
        let facts = facts::Client::default();
        for agent in [&agent[..], text.as_bytes()] {
            let name = bot(agent, &facts);
            prop_assert!(name.is_none_or(|name| (1..=MAX_NAME).contains(&name.len())));
        }
    }
}

/// Prints what a call costs: `cargo test --release -p selvedge-core bots -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost() {
    const CHROME: &[u8] = b"Mozilla/5.0 (Linux; Android 15; SM-S918B Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36";
    let facts = facts::Client::default();
    let start = std::time::Instant::now();
    for _ in 0..100_000 {
        assert!(std::hint::black_box(bot(std::hint::black_box(CHROME), &facts)).is_none());
    }
    println!("{} ns a browser", start.elapsed().as_nanos() / 100_000);
}
