//! Lists that come in pages. Fastly's command, as of 16.1, reads all of `secret-store list --json` by itself; of
//! `secret-store-entry list --json` it prints a page, and takes the next one's cursor as `--cursor`; of `kv-store list --json`
//! it prints the first page and takes no cursor, but prints all of them for people, when nobody is to be asked. Wrangler
//! reads all pages by itself.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::tool::{Answer, Tools};
use crate::needs::Line;

/// The whole list that a command prints, as one answer.
///
/// # Errors
/// When the command cannot be started, or prints the same page again.
pub(super) fn listed(tools: &Tools, line: &Line) -> Result<Answer> {
    let mut answer = tools.ask(line, None)?;
    let Some(mut next) = answer.json().as_ref().and_then(cursor).filter(|_| answer.good) else {
        return Ok(answer);
    };
    if line.args.starts_with(&["kv-store".into(), "list".into()]) {
        let mut whole = tools.ask(&line.clone().without("--json").arg("--non-interactive"), None)?;
        whole.out = stores(&whole.out).to_string();
        return Ok(whole);
    }
    let mut pages = vec![answer.out];
    loop {
        answer = tools.ask(&line.clone().arg("--cursor").arg(&next), None)?;
        if !answer.good {
            return Ok(answer);
        }
        let after = answer.json().as_ref().and_then(cursor);
        pages.push(std::mem::take(&mut answer.out));
        match after {
            Some(after) if after == next => bail!("`{line}` prints the same page again and again"),
            Some(after) => next = after,
            None => break,
        }
    }
    let pages = pages.into_iter().filter_map(|out| Answer { out, ..answer.clone() }.json());
    answer.out = pages.collect::<Value>().to_string();
    Ok(answer)
}

/// Where the next page begins, if there is one.
fn cursor(page: &Value) -> Option<String> {
    let meta = page.get("meta").or_else(|| page.get("Meta"))?;
    meta.get("next_cursor")?.as_str().filter(|cursor| !cursor.is_empty()).map(str::to_owned)
}

/// KV stores as they are printed for people: for each a line `ID: …`, then one `Name: …`, and others.
fn stores(text: &str) -> Value {
    let mut id = None;
    let store = |line: &str| {
        if let Some(said) = line.strip_prefix("ID: ") {
            id = Some(said.to_owned());
        }
        let name = line.strip_prefix("Name: ")?;
        Some(json!({"Name": name, "StoreID": id.take()?}))
    };
    text.lines().filter_map(store).collect()
}
