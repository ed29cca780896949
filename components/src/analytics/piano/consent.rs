//! Piano's consent modes, and the events and properties that each allows.

/// A consent mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Everything.
    OptIn,
    /// What the exemption from consent covers, for measurement alone. The visitor has an id.
    Essential,
    /// Nothing of the visitor's; Piano leaves such events out of everything but its count of them.
    OptOut,
}

/// What the other modes allow: `mandatory` of Piano's SDK.
const EVENTS: &[&str] = &["click.action", "click.download", "click.exit", "click.navigation", "page.display"];
const MANDATORY: &[&str] = &[
    "ch_ua",
    "ch_ua_arch",
    "ch_ua_bitness",
    "ch_ua_full_version",
    "ch_ua_full_version_list",
    "ch_ua_mobile",
    "ch_ua_model",
    "ch_ua_platform",
    "ch_ua_platform_version",
    "connection_type",
    "device_timestamp_utc",
    "visitor_privacy_consent",
    "visitor_privacy_mode",
];
/// What the exemption covers beside: of Piano's list, what anybody here says.
const ESSENTIAL: &[&str] = &[
    "app_version",
    "click",
    "click_chapter1",
    "click_chapter2",
    "click_chapter3",
    "click_full_name",
    "device_display_height",
    "device_display_width",
    "device_screen_height",
    "device_screen_width",
    "event_collection_platform",
    "event_collection_version",
    "event_url_full",
    "page",
    "page_chapter1",
    "page_chapter2",
    "page_chapter3",
    "page_duration",
    "page_full_name",
    "page_position",
    "page_title_html",
    "pageview_id",
    "previous_url",
    "site_env",
];

impl Mode {
    /// `visitor_privacy_mode`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OptIn => "optin",
            Self::Essential => "exempt",
            Self::OptOut => "optout",
        }
    }

    pub(super) fn allows_event(self, name: &str) -> bool {
        self == Self::OptIn || EVENTS.contains(&name)
    }

    pub(super) fn allows_property(self, name: &str) -> bool {
        match self {
            Self::OptIn => true,
            Self::Essential => MANDATORY.contains(&name) || ESSENTIAL.contains(&name),
            Self::OptOut => MANDATORY.contains(&name),
        }
    }
}
