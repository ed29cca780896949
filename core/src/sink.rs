//! Sinks: what a platform itself takes records by, without a request to anybody. Where they go from there is the
//! owner's to set up with the platform.

/// A kind of sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// A named endpoint of Fastly's real-time log streaming: each record is a line.
    LogEndpoint,
    /// A queue bound to the Worker: each record is a message.
    Queue,
    /// A dataset of Workers Analytics Engine, bound to the Worker: each record is a data point.
    Dataset,
}

impl Sink {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::LogEndpoint, Self::Queue, Self::Dataset];

    /// One word, as adapters say it to each other.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::LogEndpoint => "log-endpoint",
            Self::Queue => "queue",
            Self::Dataset => "dataset",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::LogEndpoint => "a log endpoint",
            Self::Queue => "a queue",
            Self::Dataset => "a dataset of Analytics Engine",
        }
    }
}

/// One call to a sink that a destination wants made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Which kind of sink.
    pub sink: Sink,
    /// The endpoint's name, or the binding's.
    pub name: String,
    /// JSON texts without line breaks. One for a log endpoint and for a dataset, whose calls take one; as many as a
    /// call takes for a queue.
    pub records: Vec<String>,
}
