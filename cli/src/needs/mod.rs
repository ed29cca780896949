//! What must exist on the platform before the artifact runs there, and the commands that look for it and create it: the
//! one list that `selvedge check` prints and `selvedge deploy` goes through.

mod line;
mod secrets;

use clap::ValueEnum;
use selvedge_core::config::Config;

use crate::platform::Platform;
pub(crate) use line::{Line, STORE_ID, quoted};
pub(crate) use secrets::{keys, needed};

/// The store that has every secret, on Fastly.
const SECRETS: &str = "selvedge";
const OUTBOX: &str = "selvedge-outbox";
const DEAD: &str = "selvedge-outbox-dead";
/// Kinds that have access tokens to keep (docs/delivery.md, Tokens).
const TOKEN_KINDS: [&str; 3] = ["google-ads", "bigquery", "snowflake"];

/// What a service can have beyond what its configuration asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Extra {
    /// A store for configurations that are pushed without a deployment
    Push,
    /// A store for the visits of a debug session
    Debug,
    /// A dataset for metrics, on Cloudflare (Analytics Engine, which is switched on once for an account)
    Metrics,
    /// None of these
    Nothing,
}

/// Something that is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// `the secret SELVEDGE_KEY`.
    pub(crate) what: String,
    /// What it is for.
    pub(crate) why: String,
    /// How one knows that it is there.
    pub(crate) look: Look,
    /// What creates it.
    pub(crate) create: Line,
    /// The secret whose value `create` reads from stdin.
    pub(crate) secret: Option<Secret>,
    /// The store whose id `STORE_ID` stands for in both commands.
    pub(crate) of: Option<&'static str>,
    /// The store that it is.
    pub(crate) store: Option<&'static str>,
}

/// A look at what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) line: Line,
    /// The name that is found in the answer. Without one, the command fails where there is none.
    pub(crate) finds: Option<String>,
}

/// A secret's name, and whether it is a key: 32 bytes that nobody gives out, so that they can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) is_key: bool,
}

impl Need {
    fn new(what: String, why: impl Into<String>, look: Look, create: Line) -> Self {
        Self { what, why: why.into(), look, create, secret: None, of: None, store: None }
    }

    /// The command for a person in a shell, who is asked for a secret's value.
    pub(crate) fn shell(&self) -> String {
        match &self.secret {
            Some(secret) if secret.is_key => format!("openssl rand -hex 32 | {}", self.create),
            Some(_) => self.create.clone().without("--stdin").to_string(),
            None => self.create.to_string(),
        }
    }
}

impl Look {
    fn listed(line: Line, name: &str) -> Self {
        Self { line, finds: Some(name.to_owned()) }
    }
}

/// What a platform must have, in the order in which it is created.
pub(crate) fn needs(config: &Config, platform: Platform, extras: &[Extra]) -> Vec<Need> {
    match platform {
        Platform::Fastly => on_fastly(config, extras),
        Platform::Cloudflare => on_cloudflare(config),
    }
}

fn on_fastly(config: &Config, extras: &[Extra]) -> Vec<Need> {
    let fastly = |words: &str| Line::new("fastly", words);
    let link = |store: &'static str| Need {
        of: Some(store),
        ..Need::new(
            format!("the link to {store}"),
            "lets the service see the store",
            Look::listed(fastly("service resource-link list --version latest --json"), store),
            fastly("service resource-link create --version latest --autoclone --json --resource-id STORE_ID"),
        )
    };
    let mut needs = vec![Need {
        store: Some(SECRETS),
        ..Need::new(
            format!("the secret store {SECRETS}"),
            "has the service's secrets",
            Look::listed(fastly("secret-store list --json"), SECRETS),
            fastly("secret-store create --json --name").arg(SECRETS),
        )
    }];
    for (secret, why) in named(config) {
        let list = fastly("secret-store-entry list --json --store-id STORE_ID");
        let create = fastly("secret-store-entry create --store-id STORE_ID --stdin --name").arg(&secret.name);
        let need = Need::new(what(&secret), why, Look::listed(list, &secret.name), create);
        needs.push(Need { secret: Some(secret), of: Some(SECRETS), ..need });
    }
    needs.push(link(SECRETS));
    for (store, why) in stores(config, extras) {
        needs.push(Need {
            store: Some(store),
            ..Need::new(
                format!("the KV store {store}"),
                why,
                Look::listed(fastly("kv-store list --json"), store),
                fastly("kv-store create --json --name").arg(store),
            )
        });
        needs.push(link(store));
    }
    needs
}

fn on_cloudflare(config: &Config) -> Vec<Need> {
    let wrangler = |words: &str| Line::new("wrangler", words);
    let mut needs = Vec::new();
    let queues = [(OUTBOX, OUTBOX_WHY), (DEAD, "has what the Worker could not even look at")];
    for (queue, why) in queues.into_iter().filter(|_| config.delivery.outbox) {
        let look = Look { line: wrangler("queues info").arg(queue), finds: None };
        let create = wrangler("queues create").arg(queue);
        needs.push(Need::new(format!("the queue {queue}"), why, look, create));
    }
    for (secret, why) in named(config) {
        let look = Look::listed(wrangler("secret list --format json"), &secret.name);
        let create = wrangler("secret put").arg(&secret.name);
        needs.push(Need { secret: Some(secret.clone()), ..Need::new(what(&secret), why, look, create) });
    }
    needs
}

const OUTBOX_WHY: &str = "keeps what could not be delivered yet";

/// Fastly's KV stores.
fn stores(config: &Config, extras: &[Extra]) -> Vec<(&'static str, &'static str)> {
    let mut stores = Vec::new();
    if config.delivery.outbox {
        stores.push((OUTBOX, OUTBOX_WHY));
    }
    if has_tokens(config) {
        stores.push(("selvedge-tokens", "keeps access tokens for all instances, sealed"));
    }
    if extras.contains(&Extra::Push) {
        stores.push(("selvedge-config", "has the configurations that are pushed"));
    }
    if extras.contains(&Extra::Debug) {
        stores.push(("selvedge-debug", "has the visits of debug sessions, for an hour"));
    }
    stores
}

/// What stands in `wrangler.toml` so that the Worker has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    /// A KV namespace.
    Namespace(&'static str, &'static str),
    /// The outbox: a queue, which the Worker both fills and empties.
    Outbox(&'static str, &'static str),
    /// A dataset of Analytics Engine, made by the first data point.
    Dataset(&'static str, &'static str),
}

/// The bindings that Cloudflare's service must have.
pub(crate) fn bindings(config: &Config, extras: &[Extra]) -> Vec<Binding> {
    let mut bindings = Vec::new();
    if config.delivery.outbox {
        bindings.push(Binding::Outbox("SELVEDGE_OUTBOX", OUTBOX_WHY));
        bindings.push(Binding::Namespace("SELVEDGE_DEAD", "has what could not be delivered after all"));
    }
    if has_tokens(config) {
        bindings.push(Binding::Namespace("SELVEDGE_TOKENS", "keeps access tokens for all isolates, sealed"));
    }
    if extras.contains(&Extra::Push) {
        bindings.push(Binding::Namespace("SELVEDGE_CONFIG", "has the configurations that are pushed"));
    }
    if extras.contains(&Extra::Debug) {
        bindings.push(Binding::Namespace("SELVEDGE_DEBUG", "has the visits of debug sessions, for an hour"));
    }
    if extras.contains(&Extra::Metrics) {
        bindings.push(Binding::Dataset("SELVEDGE_METRICS", "counts what was delivered"));
    }
    bindings
}

impl Binding {
    /// Its name in the Worker.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Namespace(name, _) | Self::Outbox(name, _) | Self::Dataset(name, _) => name,
        }
    }

    /// What it is for.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Namespace(_, why) | Self::Outbox(_, why) | Self::Dataset(_, why) => why,
        }
    }

    /// What creates a namespace, whose title begins with the Worker's name: two Workers of an account have one each. wrangler
    /// would make one for a binding without an id, but not find it again where the deployment fails afterwards.
    pub(crate) fn namespace(self, worker: &str) -> Option<Need> {
        let Self::Namespace(name, why) = self else { return None };
        let title = format!("{worker}-{}", name.trim_start_matches("SELVEDGE_").to_lowercase());
        let look = Look::listed(Line::new("wrangler", "kv namespace list"), &title);
        let create = Line::new("wrangler", "kv namespace create").arg(&title);
        Some(Need { store: Some(name), ..Need::new(format!("the KV namespace {title}"), why, look, create) })
    }

    /// As it stands in `wrangler.toml`, a namespace with its id.
    pub(crate) fn toml(self, id: &str) -> String {
        match self {
            Self::Namespace(name, _) => {
                format!("[[kv_namespaces]]\nbinding = \"{name}\"\nid = \"{id}\"\n")
            }
            Self::Dataset(name, _) => format!(
                "[[analytics_engine_datasets]]\nbinding = \"{name}\"\ndataset = \"{}\"\n",
                name.to_lowercase()
            ),
            Self::Outbox(name, _) => format!(
                "[[queues.producers]]\nbinding = \"{name}\"\nqueue = \"{OUTBOX}\"\n\
                 [[queues.consumers]]\nqueue = \"{OUTBOX}\"\nmax_batch_size = 100\nmax_batch_timeout = 5\n\
                 max_retries = 10\ndead_letter_queue = \"{DEAD}\"\n"
            ),
        }
    }
}

/// The commands that create what a platform must have, with comments for what they cannot know.
pub(crate) fn commands(config: &Config, platform: Platform) -> Vec<String> {
    let mut commands = vec![format!("# `selvedge deploy --platform {}` does all of this.", platform.word())];
    if platform == Platform::Fastly {
        commands.push("# In a service that exists (STORE_ID: what `create` prints):".into());
    }
    for binding in bindings(config, &[]).into_iter().filter(|_| platform == Platform::Cloudflare) {
        commands.push(format!(
            "# wrangler.toml needs the binding {}, which {}",
            binding.name(),
            binding.why()
        ));
        commands.extend(binding.namespace("selvedge").as_ref().map(Need::shell));
    }
    commands.extend(needs(config, platform, &[]).iter().map(Need::shell));
    commands
}

fn has_tokens(config: &Config) -> bool {
    config.components.iter().any(|component| TOKEN_KINDS.contains(&component.kind.as_str()))
}

fn named(config: &Config) -> Vec<(Secret, String)> {
    let is_key = |name: &str| keys(config).any(|key| key == name);
    let secret = |name: &str| Secret { name: name.to_owned(), is_key: is_key(name) };
    needed(config).into_iter().map(|(name, why)| (secret(name), why.join(", "))).collect()
}

fn what(secret: &Secret) -> String {
    format!("the secret {}", secret.name)
}
