//! What a component may use.

/// What one call of a component may use. What is not used is not paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Instructions, about: bulk operations count by their bytes. 400 million take about a second on both platforms.
    pub fuel: u64,
    /// Memory in bytes, of one instance.
    pub memory: usize,
    /// What it may return, in bytes.
    pub output: usize,
}

impl Limits {
    /// The most that the owner can allow.
    pub const MOST: Self = Self { fuel: 40_000_000, memory: 64 << 20, output: 1 << 20 };

    /// Instructions that a component has for all events of a visit. It leaves something to others.
    #[must_use]
    pub const fn of_visit(&self) -> u64 {
        self.fuel / 2 * 3
    }
}

impl Default for Limits {
    /// Twenty times what Google Analytics' component takes for a page view, and about 10 ms.
    fn default() -> Self {
        Self { fuel: 4_000_000, memory: 16 << 20, output: 256 << 10 }
    }
}
