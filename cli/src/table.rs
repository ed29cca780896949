//! Text in columns under headings, as the reports of this command are printed.

use std::fmt::Write;

/// An empty line, and a heading.
///
/// # Errors
/// Never: text takes whatever is written to it.
pub(crate) fn heading(out: &mut String, text: &str) -> std::fmt::Result {
    let bold = anstyle::Style::new().bold();
    writeln!(out, "\n{bold}{text}{bold:#}")
}

/// Lines in columns, a little to the right; `none` where there are none.
///
/// # Errors
/// Never: text takes whatever is written to it.
pub(crate) fn rows<R: AsRef<[String]>>(out: &mut String, rows: &[R]) -> std::fmt::Result {
    match rows {
        [] => writeln!(out, "  none"),
        rows => write!(out, "{}", columns(rows, "  ")),
    }
}

/// Lines in columns, each as wide as its widest cell, after `indent`.
pub(crate) fn columns<R: AsRef<[String]>>(rows: &[R], indent: &str) -> String {
    let rows: Vec<_> = rows.iter().map(AsRef::as_ref).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
            let width = width.filter(|width| *width > 0).map_or(0, |width| width + 2);
            line.push_str(&format!("{cell:width$}"));
        }
        out.push_str(indent);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
