//! The core in this process, for one request: what an adapter does, without the network.

use anyhow::{Context, Result, bail};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use selvedge_core::Edge;
use selvedge_core::answer::Body;
use selvedge_core::budget::Platform;
use selvedge_core::config::Config;
use selvedge_core::edge::Secrets;
use selvedge_core::facts::{Client, Facts, Random, Timestamp};
use selvedge_core::head::{Reply, Request};
use selvedge_core::page::Progress;
use selvedge_core::plan::Plan;
use selvedge_core::receive::Received;
use selvedge_core::visitor::KeyRing;
use serde_json::Value;

use super::input::{Input, Meets};

/// How much of a page the adapters read at a time.
const CHUNK: usize = 16 * 1024;

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) plan: Plan,
    /// What is amiss with the configuration at work, as the log says it.
    pub(crate) problems: Vec<Value>,
}

/// Runs a request to its end.
///
/// # Errors
/// When it is no request, or the core answers that it will not have it.
pub(crate) fn run(
    config: &Config,
    secrets: &Secrets,
    input: &Input,
    now: Timestamp,
    seed: [u8; 32],
    platform: Platform,
) -> Result<Ran> {
    let edge = Edge::new(config.clone(), selvedge_components::registry(), secrets, platform);
    let facts = Facts {
        client: Client {
            ip: input
                .ip
                .as_deref()
                .map(str::parse)
                .transpose()
                .context("the visitor's `ip` is no address")?,
            geo: input.geo.clone(),
            bot: None,
        },
        now,
        random: Random::from_seed(seed),
    };
    let request = request(config, secrets, input, &facts.random)?;
    let mut budget = platform.budget;
    let visit = match (edge.receive(request, facts), &input.meets) {
        (Received::Collect(collect), Meets::Post(body)) => {
            let (reply, visit) = collect.accept(Ok(body));
            match visit {
                Some(visit) => visit,
                None => bail!("the event endpoint answers {}", said(&reply)),
            }
        }
        (Received::Forward(forward), Meets::Answer { status, headers, body }) => {
            let _ = budget.take_subrequest();
            let status = StatusCode::from_u16(*status).context("the website's `status`")?;
            let answer = forward.answer(status, &fields(headers)?);
            match answer.body {
                Body::Rewrite(mut page) => {
                    let mut out = Vec::new();
                    for chunk in body.chunks(CHUNK) {
                        if page.write(chunk, &mut out) == Progress::Released {
                            break;
                        }
                    }
                    page.finish(&mut out)
                }
                Body::Pass => {
                    let of = |edit: &_| format!("{edit:?}");
                    let reason = answer.edits.iter().map(of).find_map(|edit| {
                        Some(edit.split_once("reason=")?.1.split(['"', '\'']).next()?.to_owned())
                    });
                    let reason = reason.unwrap_or_else(|| "it is no page".into());
                    bail!("nothing is learned from this response: {reason} (docs/diagnostics.md)")
                }
            }
        }
        (Received::Reply(reply), _) => bail!("Selvedge answers this request itself: {}", said(&reply)),
        (Received::Forward(_), Meets::Post(_)) => bail!("{} is not the event endpoint", input.url),
        (Received::Owner(_), _) => bail!("{} is the owner's endpoint: `selvedge outbox` asks it", input.url),
        (Received::Collect(_), Meets::Answer { .. }) => bail!("{} is the event endpoint", input.url),
    };
    let plan = Plan::new(&edge, visit, budget);
    let problems = edge.problems().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Ok(Ran { plan, problems })
}

fn request(config: &Config, secrets: &Secrets, input: &Input, random: &Random) -> Result<Request> {
    let method: Method = input.method.parse().context("the visit's `method`")?;
    let mut headers = fields(&input.headers)?;
    if let Some(visitor) = &input.visitor
        && let Some(key) = secrets.get(&config.visitor.key.secret)
        && let Ok(ring) = KeyRing::new::<&[u8]>(key.as_bytes(), &[])
    {
        let cookie = format!("{}={}", config.visitor.cookie, ring.seal(visitor, random));
        headers.append("cookie", HeaderValue::from_str(&cookie)?);
    }
    Request::new(method, &input.url, headers).context("the visit's `url`")
}

fn fields(fields: &[(String, String)]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let wrong = || format!("the field {name:?}");
        let name: HeaderName = name.parse().with_context(wrong)?;
        headers.append(name, HeaderValue::from_str(value).with_context(wrong)?);
    }
    Ok(headers)
}

/// Status and body on a line.
fn said(reply: &Reply) -> String {
    let body = String::from_utf8_lossy(&reply.body);
    format!("{} {}", reply.status.as_u16(), body.lines().next().unwrap_or_default()).trim_end().to_owned()
}
