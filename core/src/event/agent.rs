//! What a `User-Agent` tells of a browser, its system and its device.
//!
//! It is read for browsers that send no client hints (Safari, Firefox, what is old), and for what hints do not say. The
//! kept parsers (`woothee`, `ua-parser`) bring an engine for regular expressions, which is larger than all of Selvedge;
//! what is here takes one look at each word. `agent_tests.rs` holds it against user agents of ua-parser's test data.
//!
//! What cannot be told, because browsers hide it: an iPad that asks for desktop pages says that it is a Mac; Windows 11
//! says `Windows NT 10.0`; any macOS since 10.15 says `10_15_7`; Chrome on any Android says `Android 10; K`. In these
//! cases there is no version, rather than a wrong one.

use super::bounded::bounded;

/// What a user agent tells. Absent where it does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Agent<'a> {
    /// `Safari`, `Firefox`, `Samsung Internet`, …
    pub(super) browser: Option<&'static str>,
    /// Digits and dots; of versions that are reduced to their major (`142.0.0.0`) that one.
    pub(super) version: Option<&'a str>,
    /// By the words of `Sec-CH-UA-Platform` where that has one.
    pub(super) os: Option<&'static str>,
    /// As written: `17_5` for iOS.
    pub(super) os_version: Option<&'a str>,
    /// What it runs on.
    pub(super) device: Option<&'static str>,
}

/// How much of it is looked at, in bytes. Those of browsers are seldom half as long.
const MAX: usize = 512;

/// Reads one.
pub(super) fn parse(text: &str) -> Agent<'_> {
    let text = bounded(text, MAX);
    let mut seen = Seen::default();
    let mut before = "";
    let mut words = text
        .split(|c: char| c.is_ascii_whitespace() || matches!(c, ';' | '(' | ')' | '[' | ']' | ','))
        .filter(|word| !word.is_empty())
        .peekable();
    while let Some(word) = words.next() {
        seen.word(before, word, words.peek().copied().unwrap_or_default());
        before = word;
    }
    seen.agent()
}

/// What the words of a user agent have told so far. Of browsers and systems the first in the order of their lists
/// counts: those that pretend to be another name that one too.
#[derive(Debug, Default)]
struct Seen<'a> {
    browser: Option<(usize, &'static str, &'a str)>,
    os: Option<(Os, &'a str)>,
    /// `Version/17.5`, Safari's own.
    version: &'a str,
    engine: Engine,
    mobile: bool,
    tablet: bool,
    tv: bool,
    console: bool,
    web_view: bool,
    /// `K`: a device that Chrome does not name.
    hidden: bool,
    any: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Engine {
    #[default]
    Other,
    Trident,
    WebKit,
    /// What ends with `Safari/604.1`: with WebKit a browser, without it a view in an application.
    Safari,
}

/// Systems, those first that name others as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Os {
    Console(&'static str),
    WindowsPhone,
    Tizen,
    /// LG's televisions.
    Lg,
    Kai,
    Harmony,
    Chrome,
    Ios,
    Android,
    BlackBerry,
    Windows,
    Mac,
    Bsd(&'static str),
    Linux,
}

impl Os {
    fn name(self) -> &'static str {
        match self {
            Self::Console(name) | Self::Bsd(name) => name,
            Self::WindowsPhone => "Windows Phone",
            Self::Tizen => "Tizen",
            Self::Lg => "webOS",
            Self::Kai => "KaiOS",
            Self::Harmony => "HarmonyOS",
            Self::Chrome => "Chrome OS",
            Self::Ios => "iOS",
            Self::Android => "Android",
            Self::BlackBerry => "BlackBerry",
            Self::Windows => "Windows",
            Self::Mac => "macOS",
            Self::Linux => "Linux",
        }
    }
}

/// Words by which browsers name themselves, and what they are called here; the more particular first, because most of
/// them name Chrome or Safari as well.
const BROWSERS: [(&str, &str); 60] = [
    // Views in applications.
    ("FBAV", "Facebook"),
    ("Instagram", "Instagram"),
    ("Snapchat", "Snapchat"),
    ("musical_ly", "TikTok"),
    ("BytedanceWebview", "TikTok"),
    ("Pinterest", "Pinterest"),
    ("LinkedInApp", "LinkedIn"),
    ("MicroMessenger", "WeChat"),
    ("Line", "LINE"),
    ("KAKAOTALK", "KakaoTalk"),
    ("GSA", "Google"),
    // Browsers.
    ("EdgA", "Edge"),
    ("EdgiOS", "Edge"),
    ("Edg", "Edge"),
    ("Edge", "Edge"),
    ("OPR", "Opera"),
    ("OPT", "Opera"),
    ("OPX", "Opera"),
    ("OPiOS", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("YaBrowser", "Yandex"),
    ("SamsungBrowser", "Samsung Internet"),
    ("UCBrowser", "UC Browser"),
    ("UBrowser", "UC Browser"),
    ("MiuiBrowser", "MIUI Browser"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("HeyTapBrowser", "HeyTap Browser"),
    ("VivoBrowser", "Vivo Browser"),
    ("MQQBrowser", "QQ Browser"),
    ("QQBrowser", "QQ Browser"),
    ("Whale", "Whale"),
    ("Silk", "Silk"),
    ("Brave", "Brave"),
    ("DuckDuckGo", "DuckDuckGo"),
    ("Ddg", "DuckDuckGo"),
    ("Ecosia", "Ecosia"),
    ("Puffin", "Puffin"),
    ("Coc_Coc_browser", "Coc Coc"),
    ("Sleipnir", "Sleipnir"),
    ("Maxthon", "Maxthon"),
    ("QuarkPC", "Quark"),
    ("Quark", "Quark"),
    ("AvastSecureBrowser", "Avast"),
    ("Avast", "Avast"),
    ("Electron", "Electron"),
    ("SeaMonkey", "SeaMonkey"),
    ("PaleMoon", "Pale Moon"),
    ("Waterfox", "Waterfox"),
    ("Focus", "Firefox Focus"),
    ("Klar", "Firefox Focus"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("Konqueror", "Konqueror"),
    ("Falkon", "Falkon"),
    ("Epiphany", "Epiphany"),
    ("HeadlessChrome", "Chrome"),
    ("Chromium", "Chromium"),
    ("CriOS", "Chrome"),
    ("Opera", "Opera"),
    ("Chrome", "Chrome"),
];

impl<'a> Seen<'a> {
    fn word(&mut self, before: &str, word: &'a str, next: &'a str) {
        self.any = true;
        let (name, version) = word.split_once('/').unwrap_or((word, ""));
        self.product(before, name, version, next);
        self.platform(before, name, version, next);
        match name {
            "Mobile" | "Mobi" | "iPhone" | "iPod" => self.mobile = true,
            "iPad" | "Tablet" | "Kindle" | "PlayBook" => self.tablet = true,
            "K" => self.hidden = true,
            "wv" => self.web_view = true,
            "CrKey" | "BRAVIA" | "Roku" | "NetCast" | "Web0S" | "NETTV" | "VIDAA" | "MIBOX" => self.tv = true,
            // Fire TV: AFTB, AFTMM, AFTKA, …
            _ if name.len() <= 8
                && name.strip_prefix("AFT").is_some_and(|model| {
                    !model.is_empty() && model.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                }) =>
            {
                self.tv = true;
            }
            _ if name.ends_with("TV") => self.tv = true,
            _ => {}
        }
    }

    fn product(&mut self, before: &str, name: &'a str, version: &'a str, next: &'a str) {
        match name {
            "Version" => self.version = version,
            "AppleWebKit" if self.engine == Engine::Other => self.engine = Engine::WebKit,
            "Safari" => self.engine = Engine::Safari,
            "Trident" => self.engine = Engine::Trident,
            "MSIE" => self.browser = Some((BROWSERS.len(), "Internet Explorer", next)),
            "Mini" if before == "Opera" => {
                self.browser = Some((0, "Opera Mini", version));
                self.mobile = true;
            }
            _ => {
                if let Some(version) = name.strip_prefix("rv:")
                    && self.engine == Engine::Trident
                {
                    self.browser = Some((BROWSERS.len(), "Internet Explorer", version));
                }
                // Only a product has a version, or names an application of these two.
                let version =
                    if matches!(name, "Instagram" | "KAKAOTALK") { or(version, next) } else { version };
                let rank = BROWSERS.iter().position(|(word, _)| *word == name);
                if let Some(rank) = rank.filter(|rank| self.browser.is_none_or(|(best, ..)| *rank < best))
                    && let Some((_, called)) = BROWSERS.get(rank)
                    && (!version.is_empty() || matches!(name, "LinkedInApp"))
                {
                    self.browser = Some((rank, called, version));
                }
            }
        }
    }

    fn platform(&mut self, before: &str, name: &'a str, version: &'a str, next: &'a str) {
        let found = match name {
            "Phone" if before == "Windows" => (Os::WindowsPhone, after_os(next)),
            "NT" if before == "Windows" => (Os::Windows, windows(next)),
            "Windows" => (Os::Windows, ""),
            "Tizen" => (Os::Tizen, or(version, next)),
            "Web0S" | "webOS" | "WebOS" => (Os::Lg, version),
            "KAIOS" => (Os::Kai, version),
            "HarmonyOS" | "OpenHarmony" => (Os::Harmony, or(version, next)),
            "CrOS" => (Os::Chrome, ""),
            // `CPU iPhone OS 17_5 like Mac OS X`, `CPU OS 13_3 like Mac OS X`.
            "OS" if matches!(before, "iPhone" | "CPU") => (Os::Ios, next),
            "iPhone" | "iPad" | "iPod" => (Os::Ios, ""),
            "Android" => (Os::Android, or(version, next)),
            "BlackBerry" | "BB10" => (Os::BlackBerry, ""),
            "X" if before == "OS" => (Os::Mac, next),
            "Macintosh" => (Os::Mac, ""),
            "FreeBSD" => (Os::Bsd("FreeBSD"), ""),
            "OpenBSD" => (Os::Bsd("OpenBSD"), ""),
            "Linux" | "X11" => (Os::Linux, ""),
            "Xbox" => {
                self.console = true;
                return;
            }
            "PlayStation" | "PLAYSTATION" => (Os::Console("PlayStation"), ""),
            "Nintendo" => (Os::Console("Nintendo"), ""),
            _ => return,
        };
        match self.os {
            Some((os, known)) if os < found.0 || (os == found.0 && !known.is_empty()) => {}
            _ => self.os = Some(found),
        }
    }

    fn agent(self) -> Agent<'a> {
        let os = self.os.map(|(os, _)| os);
        let (browser, version) = self.browser(os);
        Agent {
            browser,
            version: version.and_then(self::version),
            os: os.map(Os::name),
            os_version: self.os_version(),
            device: self.any.then(|| self.device(os)),
        }
    }

    fn browser(&self, os: Option<Os>) -> (Option<&'static str>, Option<&'a str>) {
        match (self.browser, self.engine) {
            (Some((_, "Chrome", version)), _) if self.web_view => (Some("Android WebView"), Some(version)),
            // Opera 9.80 names the version that it stayed at, and after it the true one.
            (Some((_, "Opera", "9.80")), _) => (Some("Opera"), Some(self.version)),
            (Some((_, name, version)), _) => (Some(name), Some(version)),
            (None, Engine::Safari) if os == Some(Os::Android) => {
                (Some("Android Browser"), Some(self.version))
            }
            (None, Engine::Safari) if matches!(os, Some(Os::Ios | Os::Mac)) => {
                (Some("Safari"), Some(self.version))
            }
            (None, Engine::WebKit | Engine::Safari) if os == Some(Os::Ios) => (Some("iOS WebView"), None),
            _ => (None, None),
        }
    }

    fn os_version(&self) -> Option<&'a str> {
        let (os, version) = self.os?;
        let frozen = match os {
            Os::Mac => version.starts_with("10_15") || version.starts_with("10.15"),
            Os::Android => version == "10" && self.hidden,
            _ => false,
        };
        Some(version)
            .filter(|version| {
                !frozen && version.starts_with(|c: char| c.is_ascii_alphanumeric()) && version.len() <= 16
            })
            .filter(|version| {
                version.starts_with(|c: char| c.is_ascii_digit()) || matches!(*version, "XP" | "Vista")
            })
    }

    fn device(&self, os: Option<Os>) -> &'static str {
        match os {
            _ if self.console => "console",
            Some(Os::Console(_)) => "console",
            _ if self.tv => "tv",
            Some(Os::WindowsPhone | Os::Kai) => "mobile",
            Some(Os::Ios | Os::Harmony) if !self.tablet => "mobile",
            Some(Os::Ios | Os::Harmony) => "tablet",
            // Android's browsers say `Mobile` on telephones, and only there.
            Some(Os::Android) if self.mobile && !self.tablet => "mobile",
            Some(Os::Android) => "tablet",
            Some(Os::Windows | Os::Mac | Os::Bsd(_) | Os::Chrome) => "desktop",
            _ if self.tablet => "tablet",
            _ if self.mobile => "mobile",
            Some(Os::BlackBerry) => "mobile",
            Some(Os::Linux) => "desktop",
            _ => "other",
        }
    }
}

fn or<'a>(version: &'a str, next: &'a str) -> &'a str {
    if version.is_empty() { next } else { version }
}

/// `Windows Phone OS 7.5` has a word more than `Windows Phone 8.1`; that far back it does not matter.
fn after_os(next: &str) -> &str {
    if next == "OS" { "" } else { next }
}

/// What people call a version of Windows. 10.0 is that of 10 and of 11.
fn windows(nt: &str) -> &'static str {
    match nt {
        "5.1" | "5.2" => "XP",
        "6.0" => "Vista",
        "6.1" => "7",
        "6.2" => "8",
        "6.3" => "8.1",
        _ => "",
    }
}

/// Digits and dots at the beginning, without the zeros of a version that is reduced to its major.
pub(super) fn version(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text.get(..end)?.trim_end_matches('.');
    let number = number.strip_suffix(".0.0.0").unwrap_or(number);
    (number.starts_with(|c: char| c.is_ascii_digit()) && number.len() <= 32).then_some(number)
}

#[cfg(test)]
#[path = "agent_tests.rs"]
mod tests;
