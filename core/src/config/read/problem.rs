//! What is wrong with a file, and how it is shown.

use std::fmt;
use std::ops::Range;

use crate::config::check::Severity;

/// One thing that is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the file is refused for it.
    pub severity: Severity,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// How many characters of that line are meant; at least 1.
    pub width: usize,
    /// The dotted path, such as `component[1].settings.measurement_id`; empty where the file is not TOML.
    pub key: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// Finds the line and the columns of a span of bytes. A span that is longer than its first line ends there.
    pub(super) fn at(source: &str, span: &Range<usize>) -> Self {
        let before = source.get(..span.start).unwrap_or(source);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_before = before.get(start..).unwrap_or_default();
        let meant = source.get(span.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
        Self {
            severity: Severity::Error,
            line: before.matches('\n').count() + 1,
            column: line_before.chars().count() + 1,
            width: meant.trim_end().chars().count().max(1),
            key: String::new(),
            message: String::new(),
            help: None,
        }
    }

    fn show(&self, source: &str, file: &str, ink: Inks<'_>, f: &mut impl fmt::Write) -> fmt::Result {
        let Self { severity, line, column, message, .. } = self;
        let word = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let text = source.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        let colon = if file.is_empty() { "" } else { ":" };
        // A tab stays a tab, so that the carets stand under what they mean however wide it is shown.
        let indent = text.chars().take(column.saturating_sub(1)).map(|c| if c == '\t' { c } else { ' ' });
        let indent: String = indent.collect();
        let carets = ink(Ink::Severity(*severity), &"^".repeat(self.width));
        let bar = ink(Ink::Margin, "|");
        writeln!(f, "{}{}", ink(Ink::Severity(*severity), word), ink(Ink::Message, &format!(": {message}")))?;
        writeln!(f, "{gutter}{} {file}{colon}{line}:{column}", ink(Ink::Margin, "-->"))?;
        writeln!(f, "{gutter} {bar}")?;
        writeln!(f, "{} {bar} {text}", ink(Ink::Margin, &number))?;
        writeln!(f, "{gutter} {bar} {indent}{carets}")?;
        match &self.help {
            Some(help) => {
                writeln!(f, "{gutter} {} {}: {help}", ink(Ink::Margin, "="), ink(Ink::Message, "help"))
            }
            None => Ok(()),
        }
    }
}

/// What a part of a shown problem is, for whoever colours it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// `error` or `warning`, and the carets.
    Severity(Severity),
    /// What is wrong.
    Message,
    /// Line numbers, and what the excerpt is framed with.
    Margin,
}

/// Colours a text, or leaves it as it is.
pub type Inks<'a> = &'a dyn Fn(Ink, &str) -> String;

/// Everything that is wrong with a file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    source: String,
}

impl Problems {
    /// Problems of a file, which is needed to show them.
    #[must_use]
    pub fn new(mut list: Vec<Problem>, source: &str) -> Self {
        list.sort_by_key(|problem| (problem.line, problem.column));
        Self { list, source: source.to_owned() }
    }

    /// The problems, by line and column.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// Whether any of them is more than a warning.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The problems, by line and column.
    #[must_use]
    pub fn into_list(self) -> Vec<Problem> {
        self.list
    }
}

impl Problems {
    /// As compilers show them: the message, the place, the line with carets under what is meant, and the help. The
    /// place begins with the file's name, where there is one.
    #[must_use]
    pub fn render(&self, file: &str, ink: Inks<'_>) -> String {
        let mut out = String::new();
        for (at, problem) in self.list.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            // Text takes whatever is written to it.
            let _ = problem.show(&self.source, file, ink, &mut out);
        }
        out
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render("", &|_, text| text.to_owned()))
    }
}

impl std::error::Error for Problems {}
