//! Sites that visitors come from, and what they are.

use Kind::{Ai, Email, Search, Shopping, Social, Video};

/// What a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Search,
    Social,
    Video,
    Shopping,
    /// An assistant.
    Ai,
    /// A reader of email on the web.
    Email,
}

/// A known site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) kind: Kind,
    /// Its short name.
    pub(super) name: &'static str,
}

/// The site of a host in lower case, or of an application's package (`com.google.android.gm`).
pub(super) fn of_host(host: &str) -> Option<Source> {
    let mut rest = Some(host);
    while let Some(domain) = rest.filter(|domain| domain.contains('.')) {
        if let Some(source) = look_up(domain) {
            return Some(source);
        }
        rest = domain.split_once('.').map(|(_, parent)| parent);
    }
    of_any_country(host)
}

/// The site of a `utm_source`: a host, or one of the short names.
pub(super) fn of_name(name: &str) -> Option<Source> {
    if name.contains('.') {
        return of_host(name);
    }
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    let (_, kind, name) = SITES.iter().find(|(.., known)| *known == name)?;
    Some(Source { kind: *kind, name })
}

/// `www.google.co.uk`, `fr.search.yahoo.com`: sites that have a domain in each country. Other hosts of theirs
/// (`docs.google.com`) are something else.
fn of_any_country(host: &str) -> Option<Source> {
    let labels: Vec<&str> = host.split('.').collect();
    let suffix = match labels.as_slice() {
        [.., "co" | "com" | "ne" | "or", country] if country.len() == 2 && labels.len() > 2 => 2,
        _ => 1,
    };
    let (name, before) = labels.get(..labels.len().checked_sub(suffix)?)?.split_last()?;
    let entrance = |label: &&str| {
        label.len() == 2 || matches!(*label, "www" | "m" | "r" | "search" | "images" | "shopping" | "smile")
    };
    before.iter().all(entrance).then(|| look_up(name)).flatten()
}

fn look_up(key: &str) -> Option<Source> {
    let at = SITES.binary_search_by(|(known, ..)| (*known).cmp(key)).ok()?;
    SITES.get(at).map(|(_, kind, name)| Source { kind: *kind, name })
}

/// What campaigns call sites, beside their names.
const ALIASES: [(&str, &str); 14] = [
    ("fb", "facebook"),
    ("ig", "instagram"),
    ("insta", "instagram"),
    ("meta", "facebook"),
    ("facebook_ads", "facebook"),
    ("yt", "youtube"),
    ("adwords", "google"),
    ("googleads", "google"),
    ("google_ads", "google"),
    ("google-ads", "google"),
    ("bingads", "bing"),
    ("microsoft", "bing"),
    ("tiktok_ads", "tiktok"),
    ("openai", "chatgpt"),
];

/// Domains and packages, with what they are and their short names, sorted. Without a dot: the name of a site that has a
/// domain in each country. Those of the list of source categories that Google publishes (linked from
/// support.google.com/analytics/answer/9756891) that send visitors in number; assistants, and what reads email on the
/// web, are our own addition.
#[rustfmt::skip]
static SITES: [(&str, Kind, &str); 297] = [
    ("360.cn", Search, "360"), ("ai.perplexity.app.android", Ai, "perplexity"),
    ("alibaba.com", Shopping, "alibaba"), ("alice.it", Search, "alice"),
    ("aliexpress", Shopping, "aliexpress"), ("allegro.pl", Shopping, "allegro"),
    ("amazon", Shopping, "amazon"), ("ameblo.jp", Social, "ameba"), ("andisearch.com", Ai, "andi"),
    ("aol.com", Search, "aol"), ("app.slack.com", Social, "slack"), ("ask", Search, "ask"),
    ("away.vk.com", Social, "vk"), ("b.hatena.ne.jp", Social, "hatena"), ("b23.tv", Video, "bilibili"),
    ("baidu", Search, "baidu"), ("band.us", Social, "band"), ("bard.google.com", Ai, "gemini"),
    ("biglobe.ne.jp", Search, "biglobe"), ("bilibili.com", Video, "bilibili"),
    ("billiger.de", Shopping, "billiger"), ("bing", Search, "bing"), ("bitchute.com", Video, "bitchute"),
    ("blogger.com", Social, "blogger"), ("bol.com", Shopping, "bol"), ("bsky.app", Social, "bluesky"),
    ("cdiscount.com", Shopping, "cdiscount"), ("ceneo.pl", Shopping, "ceneo"),
    ("character.ai", Ai, "character"), ("chat.openai.com", Ai, "chatgpt"), ("chatgpt.com", Ai, "chatgpt"),
    ("claude.ai", Ai, "claude"), ("coccoc.com", Search, "coccoc"),
    ("com.amazon.mshop.android.shopping", Shopping, "amazon"), ("com.anthropic.claude", Ai, "claude"),
    ("com.deepseek.chat", Ai, "deepseek"), ("com.discord", Social, "discord"),
    ("com.duckduckgo.mobile.android", Search, "duckduckgo"), ("com.facebook.katana", Social, "facebook"),
    ("com.facebook.orca", Social, "messenger"), ("com.google.android.apps.bard", Ai, "gemini"),
    ("com.google.android.gm", Email, "gmail"), ("com.google.android.googlequicksearchbox", Search, "google"),
    ("com.google.android.youtube", Video, "youtube"), ("com.instagram.android", Social, "instagram"),
    ("com.linkedin.android", Social, "linkedin"), ("com.microsoft.bing", Search, "bing"),
    ("com.microsoft.copilot", Ai, "copilot"), ("com.microsoft.office.outlook", Email, "outlook"),
    ("com.openai.chatgpt", Ai, "chatgpt"), ("com.pinterest", Social, "pinterest"),
    ("com.reddit.frontpage", Social, "reddit"), ("com.slack", Social, "slack"),
    ("com.snapchat.android", Social, "snapchat"), ("com.twitter.android", Social, "twitter"),
    ("com.whatsapp", Social, "whatsapp"), ("com.yahoo.mobile.client.android.mail", Email, "yahoo"),
    ("com.zhiliaoapp.musically", Social, "tiktok"), ("copilot.cloud.microsoft", Ai, "copilot"),
    ("copilot.com", Ai, "copilot"), ("copilot.microsoft.com", Ai, "copilot"),
    ("dai.ly", Video, "dailymotion"), ("dailymotion.com", Video, "dailymotion"), ("daum.net", Search, "daum"),
    ("deepseek.com", Ai, "deepseek"), ("deref-gmx.net", Email, "gmx"), ("deref-web.de", Email, "web.de"),
    ("deviantart.com", Social, "deviantart"), ("discord.com", Social, "discord"),
    ("discord.gg", Social, "discord"), ("discordapp.com", Social, "discord"),
    ("disneyplus.com", Video, "disneyplus"), ("disqus.com", Social, "disqus"),
    ("dogpile.com", Search, "dogpile"), ("douban.com", Social, "douban"), ("doubao.com", Ai, "doubao"),
    ("douyin.com", Social, "douyin"), ("duck.ai", Ai, "duck"), ("duckduckgo", Search, "duckduckgo"),
    ("e.mail.ru", Email, "mail.ru"), ("ebay", Shopping, "ebay"), ("ecosia", Search, "ecosia"),
    ("edgeservices.bing.com", Ai, "copilot"), ("ekoru.org", Search, "ekoru"), ("etsy.com", Shopping, "etsy"),
    ("excite.co.jp", Search, "excite"), ("facebook.com", Social, "facebook"),
    ("fastmail.com", Email, "fastmail"), ("fb.com", Social, "facebook"), ("fb.me", Social, "facebook"),
    ("feedly.com", Social, "feedly"), ("felo.ai", Ai, "felo"), ("flickr.com", Social, "flickr"),
    ("flipboard.com", Social, "flipboard"), ("flipkart.com", Shopping, "flipkart"),
    ("gab.com", Social, "gab"), ("geizhals.at", Shopping, "geizhals"), ("gemini.google.com", Ai, "gemini"),
    ("genspark.ai", Ai, "genspark"), ("getpocket.com", Social, "pocket"), ("gibiru.com", Search, "gibiru"),
    ("gmx.net", Email, "gmx"), ("go.mail.ru", Search, "mail.ru"), ("goo.ne.jp", Search, "goo"),
    ("goodreads.com", Social, "goodreads"), ("google", Search, "google"), ("grok.com", Ai, "grok"),
    ("haosou.com", Search, "haosou"), ("hatena.ne.jp", Social, "hatena"), ("heureka.cz", Shopping, "heureka"),
    ("houzz.com", Social, "houzz"), ("hulu.com", Video, "hulu"), ("iask.ai", Ai, "iask"),
    ("icloud.com", Email, "icloud"), ("idealo", Shopping, "idealo"), ("infospace.com", Search, "infospace"),
    ("instagram.com", Social, "instagram"), ("instapaper.com", Social, "instapaper"),
    ("iqiyi.com", Video, "iqiyi"), ("jd.com", Shopping, "jd"), ("jwplatform.com", Video, "jwplatform"),
    ("kagi.com", Search, "kagi"), ("kakaku.com", Shopping, "kakaku"), ("kakao.com", Social, "kakao"),
    ("karma-search.com", Search, "karma"), ("kaskus.co.id", Social, "kaskus"), ("kelkoo", Shopping, "kelkoo"),
    ("kick.com", Video, "kick"), ("kimi.com", Ai, "kimi"), ("kimi.moonshot.cn", Ai, "kimi"),
    ("leboncoin.fr", Shopping, "leboncoin"), ("lilo.org", Search, "lilo"), ("line.me", Social, "line"),
    ("linkedin.com", Social, "linkedin"), ("linktr.ee", Social, "linktree"),
    ("livejournal.com", Social, "livejournal"), ("lnkd.in", Social, "linkedin"),
    ("lycos.com", Search, "lycos"), ("m.search.naver.com", Search, "naver"),
    ("m365.cloud.microsoft", Ai, "copilot"), ("mail.163.com", Email, "163"), ("mail.aol.com", Email, "aol"),
    ("mail.google.com", Email, "gmail"), ("mail.naver.com", Email, "naver"),
    ("mail.orange.fr", Email, "orange"), ("mail.proton.me", Email, "proton"), ("mail.qq.com", Email, "qq"),
    ("mail.ru", Email, "mail"), ("mail.yahoo.com", Email, "yahoo"), ("mail.yandex.com", Email, "yandex"),
    ("mail.yandex.ru", Email, "yandex"), ("mail.zoho.com", Email, "zoho"), ("manus.im", Ai, "manus"),
    ("mastodon.online", Social, "mastodon"), ("mastodon.social", Social, "mastodon"),
    ("medium.com", Social, "medium"), ("meetup.com", Social, "meetup"),
    ("mercadolibre", Shopping, "mercadolibre"), ("mercadolivre.com.br", Shopping, "mercadolivre"),
    ("messagerie.orange.fr", Email, "orange"), ("messenger.com", Social, "messenger"),
    ("meta.ai", Ai, "meta"), ("metager.de", Search, "metager"), ("metager.org", Search, "metager"),
    ("mistral.ai", Ai, "mistral"), ("mixi.jp", Social, "mixi"), ("mojeek.com", Search, "mojeek"),
    ("msn.com", Search, "msn"), ("mstdn.social", Social, "mastodon"), ("naver.com", Search, "naver"),
    ("navigator.gmx.net", Email, "gmx"), ("netflix.com", Video, "netflix"),
    ("news.ycombinator.com", Social, "hackernews"), ("nextdoor.com", Social, "nextdoor"),
    ("nicovideo.jp", Video, "niconico"), ("ning.com", Social, "ning"),
    ("notebooklm.google.com", Ai, "notebooklm"), ("oceanhero.today", Search, "oceanhero"),
    ("odysee.com", Video, "odysee"), ("ok.ru", Social, "odnoklassniki"), ("onet.pl", Search, "onet"),
    ("openai.com", Ai, "openai"), ("org.telegram.messenger", Social, "telegram"),
    ("outlook.com", Email, "outlook"), ("outlook.live.com", Email, "outlook"),
    ("outlook.office.com", Email, "outlook"), ("outlook.office365.com", Email, "outlook"),
    ("ozon.ru", Shopping, "ozon"), ("perplexity.ai", Ai, "perplexity"),
    ("petalsearch.com", Search, "petalsearch"), ("phind.com", Ai, "phind"), ("pi.ai", Ai, "pi"),
    ("pin.it", Social, "pinterest"), ("pinterest", Social, "pinterest"), ("poe.com", Ai, "poe"),
    ("presearch.com", Search, "presearch"), ("pricerunner", Shopping, "pricerunner"),
    ("producthunt.com", Social, "producthunt"), ("quora.com", Social, "quora"), ("qwant", Search, "qwant"),
    ("qwen.ai", Ai, "qwen"), ("rakuten", Shopping, "rakuten"), ("rambler.ru", Search, "rambler"),
    ("redd.it", Social, "reddit"), ("reddit.com", Social, "reddit"), ("rumble.com", Video, "rumble"),
    ("rutube.ru", Video, "rutube"), ("sapo.pt", Search, "sapo"), ("search.aol.com", Search, "aol"),
    ("search.brave.com", Search, "brave"), ("search.com", Search, "search"),
    ("search.naver.com", Search, "naver"), ("search.seznam.cz", Search, "seznam"),
    ("search.t-online.de", Search, "t-online"), ("search.yahoo.co.jp", Search, "yahoo"),
    ("seznam.cz", Search, "seznam"), ("shein.com", Shopping, "shein"), ("shop.app", Shopping, "shop"),
    ("shopify.com", Shopping, "shopify"), ("shopping.google.com", Shopping, "google"),
    ("shopping.naver.com", Shopping, "naver"), ("shopping.yahoo.co.jp", Shopping, "yahoo"),
    ("shopzilla.com", Shopping, "shopzilla"), ("simplycodes.com", Shopping, "simplycodes"),
    ("skyrock.com", Social, "skyrock"), ("slack.com", Social, "slack"), ("sm.cn", Search, "sm"),
    ("snapchat.com", Social, "snapchat"), ("so.com", Search, "360"), ("sogou.com", Search, "sogou"),
    ("stackexchange.com", Social, "stackexchange"), ("stackoverflow.com", Social, "stackoverflow"),
    ("startpage", Search, "startpage"), ("substack.com", Social, "substack"),
    ("suche.web.de", Search, "web.de"), ("swisscows.com", Search, "swisscows"), ("t.cn", Social, "weibo"),
    ("t.co", Social, "twitter"), ("t.me", Social, "telegram"), ("t.umblr.com", Social, "tumblr"),
    ("tagged.com", Social, "tagged"), ("taobao.com", Shopping, "taobao"), ("target.com", Shopping, "target"),
    ("taringa.net", Social, "taringa"), ("teams.microsoft.com", Social, "teams"), ("ted.com", Video, "ted"),
    ("telegram.org", Social, "telegram"), ("temu.com", Shopping, "temu"), ("threads.com", Social, "threads"),
    ("threads.net", Social, "threads"), ("tiktok.com", Social, "tiktok"), ("tmall.com", Shopping, "tmall"),
    ("tripadvisor.com", Social, "tripadvisor"), ("truthsocial.com", Social, "truthsocial"),
    ("tumblr.com", Social, "tumblr"), ("twitch.tv", Video, "twitch"), ("twitter.com", Social, "twitter"),
    ("v.qq.com", Video, "tencent"), ("veoh.com", Video, "veoh"), ("vevo.com", Video, "vevo"),
    ("viadeo.com", Social, "viadeo"), ("vimeo.com", Video, "vimeo"), ("virgilio.it", Search, "virgilio"),
    ("vk.com", Social, "vk"), ("vk.ru", Social, "vk"), ("wa.me", Social, "whatsapp"),
    ("walmart.com", Shopping, "walmart"), ("web.de", Email, "web"), ("webcrawler.com", Search, "webcrawler"),
    ("webmail.free.fr", Email, "free"), ("wechat.com", Social, "wechat"), ("weibo.cn", Social, "weibo"),
    ("weibo.com", Social, "weibo"), ("weixin.qq.com", Social, "wechat"), ("whatsapp.com", Social, "whatsapp"),
    ("wildberries.ru", Shopping, "wildberries"), ("wish.com", Shopping, "wish"),
    ("wistia.com", Video, "wistia"), ("wistia.net", Video, "wistia"), ("wordpress.com", Social, "wordpress"),
    ("wp.pl", Search, "wp"), ("x.com", Social, "twitter"), ("xiaohongshu.com", Social, "xiaohongshu"),
    ("xing.com", Social, "xing"), ("ya.ru", Search, "yandex"), ("yahoo", Search, "yahoo"),
    ("yandex", Search, "yandex"), ("yelp.com", Social, "yelp"), ("yep.com", Search, "yep"),
    ("you.com", Ai, "you"), ("youku.com", Video, "youku"), ("youtu.be", Video, "youtube"),
    ("youtube-nocookie.com", Video, "youtube"), ("youtube.com", Video, "youtube"),
    ("yuanbao.tencent.com", Ai, "yuanbao"), ("zalando", Shopping, "zalando"), ("zhihu.com", Social, "zhihu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(SITES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(ALIASES.iter().all(|(_, name)| SITES.iter().any(|(.., known)| known == name)));
    }

    #[test]
    fn hosts_are_known_by_their_domain() {
        for (host, expected) in [
            ("www.google.com", Some((Search, "google"))),
            ("google.co.uk", Some((Search, "google"))),
            ("www.google.com.au", Some((Search, "google"))),
            ("docs.google.com", None),
            ("mail.google.com", Some((Email, "gmail"))),
            ("gemini.google.com", Some((Ai, "gemini"))),
            ("fr.search.yahoo.com", Some((Search, "yahoo"))),
            ("r.search.yahoo.com", Some((Search, "yahoo"))),
            ("l.facebook.com", Some((Social, "facebook"))),
            ("notfacebook.com", None),
            ("t.co", Some((Social, "twitter"))),
            ("fr.pinterest.com", Some((Social, "pinterest"))),
            ("pinterest.de", Some((Social, "pinterest"))),
            ("m.youtube.com", Some((Video, "youtube"))),
            ("www.amazon.co.jp", Some((Shopping, "amazon"))),
            ("google.evil.example", None),
            ("com.google.android.gm", Some((Email, "gmail"))),
            ("com", None),
            ("google", None),
            ("", None),
            ("...", None),
        ] {
            let found = of_host(host).map(|source| (source.kind, source.name));
            assert_eq!(found, expected, "{host}");
        }
    }

    #[test]
    fn campaigns_name_sites_as_they_like() {
        for (name, expected) in [
            ("google", Some("google")),
            ("fb", Some("facebook")),
            ("chatgpt.com", Some("chatgpt")),
            ("www.bing.com", Some("bing")),
            ("newsletter", None),
            ("", None),
        ] {
            assert_eq!(of_name(name).map(|source| source.name), expected, "{name}");
        }
    }
}
