//! What the catcher answers in a vendor's stead.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};

/// Longer than anybody waits for a destination.
const SILENCE: Duration = Duration::from_secs(8);
/// What a vendor with too much to do asks for, in seconds.
const LATER: &str = "20";

/// An answer of a vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Answer {
    /// Taken: 204.
    #[default]
    Taken,
    /// Refused for good: 400.
    Refused,
    /// Too much to do, come back later: 429 with `Retry-After`.
    Later,
    /// Out of order: 500.
    Failed,
    /// None, for longer than anybody waits.
    Silence,
}

impl Answer {
    const ALL: [Self; 5] = [Self::Taken, Self::Refused, Self::Later, Self::Failed, Self::Silence];

    /// As it is chosen, and shown.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Taken => "204",
            Self::Refused => "400",
            Self::Later => "429",
            Self::Failed => "500",
            Self::Silence => "hang",
        }
    }

    /// By its word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.word() == word)
    }

    /// Gives it, once it is time.
    pub(super) async fn give(self) -> Response {
        match self {
            Self::Taken => StatusCode::NO_CONTENT.into_response(),
            Self::Refused => StatusCode::BAD_REQUEST.into_response(),
            Self::Later => (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, LATER)]).into_response(),
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::Silence => {
                tokio::time::sleep(SILENCE).await;
                StatusCode::GATEWAY_TIMEOUT.into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_are_what_their_words_say() {
        for answer in Answer::ALL {
            assert_eq!(Answer::of(answer.word()), Some(answer));
            if answer != Answer::Silence {
                assert_eq!(answer.give().await.status().as_str(), answer.word());
            }
        }
        assert_eq!(Answer::of("418"), None);
    }
}
