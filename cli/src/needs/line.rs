//! A command of a platform's own: printed for people, run by `selvedge deploy`.

use std::fmt;

/// Stands in a command for what is only known once something was made.
pub(crate) const STORE_ID: &str = "STORE_ID";

/// One command, without a shell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// `wrangler` or `fastly`.
    pub(crate) tool: &'static str,
    pub(crate) args: Vec<String>,
}

impl Line {
    /// Of words that are apart by spaces.
    pub(crate) fn new(tool: &'static str, words: &str) -> Self {
        Self { tool, args: words.split_whitespace().map(str::to_owned).collect() }
    }

    /// With an argument more, whatever is in it.
    pub(crate) fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Without an argument.
    pub(crate) fn without(mut self, arg: &str) -> Self {
        self.args.retain(|candidate| candidate != arg);
        self
    }

    /// With a store's id in its place.
    pub(crate) fn with_store(mut self, id: &str) -> Self {
        self.args.iter_mut().filter(|arg| *arg == STORE_ID).for_each(|arg| id.clone_into(arg));
        self
    }

    /// Whether a store's id is still to be put in.
    pub(crate) fn wants_store(&self) -> bool {
        self.args.iter().any(|arg| arg == STORE_ID)
    }
}

impl fmt::Display for Line {
    /// As a shell takes it, in the repository.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "npx {}", self.tool)?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", quoted(arg)))
    }
}

/// A text as one word of a shell's command.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_shells_command() {
        let line = Line::new("fastly", "service create --name").arg("my shop").arg("--type").arg("wasm");
        assert_eq!(line.to_string(), "npx fastly service create --name 'my shop' --type wasm");
        let line = Line::new("fastly", "x --store-id STORE_ID --stdin");
        assert!(line.wants_store());
        let line = line.without("--stdin").with_store("abc");
        assert_eq!((line.to_string().as_str(), line.wants_store()), ("npx fastly x --store-id abc", false));
    }
}
