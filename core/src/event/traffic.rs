//! By which channel a visitor came.

use serde::Serialize;

/// How a visitor came, as far as the page's URL and its referrer tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// The channel.
    pub channel: Channel,
    /// The site or campaign that sent them: `google`, `news.example`; absent where they came by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Channels, by the names of Google Analytics' default channel group (support.google.com/analytics/answer/9756891), in
/// snake case, and one for assistants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Nothing tells where they came from.
    Direct,
    /// From another page of this site.
    Internal,
    /// From a search engine's results.
    OrganicSearch,
    /// From an advertisement among them.
    PaidSearch,
    /// From a social network.
    OrganicSocial,
    /// From an advertisement there.
    PaidSocial,
    /// From a video site.
    OrganicVideo,
    /// From an advertisement there.
    PaidVideo,
    /// From a shop.
    OrganicShopping,
    /// From an advertisement there.
    PaidShopping,
    /// From an assistant's answer.
    AiAssistant,
    /// From a display advertisement.
    Display,
    /// From any other advertisement.
    PaidOther,
    /// From a newsletter or another message.
    Email,
    /// From a partner who is paid for it.
    Affiliates,
    /// From a text message.
    Sms,
    /// From a push notification.
    PushNotifications,
    /// From any other site.
    Referral,
}
