//! Every case of `scenarios/`, on every host. `UPDATE=1` writes what the in-process host does to `expected.txt`, for a
//! person to read before it is committed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use selvedge_tests::case::Case;
use selvedge_tests::hosts::Kind;
use selvedge_tests::world::World;
use selvedge_tests::{diff, root};

/// How many hosts run at a time: an idle Viceroy takes 6 % of a core.
const WORLDS: usize = 4;

fn main() {
    let mut arguments = Arguments::from_args();
    // Most of a case is waiting.
    arguments.test_threads.get_or_insert(3);
    let update = std::env::var_os("UPDATE").is_some();
    let worlds = Arc::new(Worlds::default());
    let scenarios = root().join("tests/scenarios");
    let mut cases = Vec::new();
    for topic in folders(&scenarios) {
        for dir in folders(&topic).into_iter().filter(|dir| dir.join("case.toml").exists()) {
            let name = dir.strip_prefix(&scenarios).unwrap_or(&dir).display().to_string();
            cases.push((name, Case::read(&dir)));
        }
    }
    // Cases of one configuration follow one another, so that few hosts are started.
    cases.sort_by_key(|(name, case)| {
        (case.as_ref().map(|case| case.config.clone()).unwrap_or_default(), name.clone())
    });
    let mut trials = Vec::new();
    for (name, case) in cases {
        for kind in Kind::ALL.into_iter().filter(|kind| !update || *kind == Kind::InProcess) {
            let title = format!("{name}::{}", kind.name());
            let (case, worlds) = (case.clone(), Arc::clone(&worlds));
            let why = case.as_ref().ok().and_then(|case| case.except.get(kind.name()).cloned());
            let trial = Trial::test(title, move || run(&worlds, kind, &case?, update));
            trials.push(match why {
                Some(why) => trial.with_kind(why).with_ignored_flag(true),
                None => trial,
            });
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Emulators end with their worlds, and `exit` drops nothing.
    worlds.end();
    conclusion.exit();
}

fn run(worlds: &Worlds, kind: Kind, case: &Case, update: bool) -> Result<(), Failed> {
    let path = case.dir.join("expected.txt");
    let expected = std::fs::read_to_string(&path).ok();
    let world = worlds.get(kind, &case.config);
    let mut world = world.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let world =
        world.get_or_insert_with(|| World::start(kind, &case.config)).as_ref().map_err(String::clone)?;
    let played = world.play(case, expected.as_deref().filter(|_| !update))?;
    let mut problems = played.faults;
    if update {
        std::fs::write(&path, &played.transcript)?;
    } else if let Some(expected) = expected.filter(|expected| *expected != played.transcript) {
        problems.push(format!("expected and actual differ:\n{}", diff::lines(&expected, &played.transcript)));
    } else if !path.exists() {
        problems.push(format!("there is no expected.txt; this is what happened:\n{}", played.transcript));
    }
    if !problems.is_empty() {
        problems.extend(kind.hint());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// The worlds that were used last.
#[derive(Default)]
struct Worlds(Mutex<Vec<(Kind, String, Slot)>>);

type Slot = Arc<Mutex<Option<Result<World, String>>>>;

impl Worlds {
    fn get(&self, kind: Kind, config: &str) -> Slot {
        let mut worlds = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let at = worlds.iter().position(|(k, c, _)| *k == kind && c == config);
        let used =
            at.map(|at| worlds.remove(at)).unwrap_or_else(|| (kind, config.to_owned(), Slot::default()));
        let slot = Arc::clone(&used.2);
        worlds.push(used);
        let old = if worlds.len() > WORLDS { Some(worlds.remove(0)) } else { None };
        drop(worlds);
        // Whoever still plays in it ends it.
        drop(old);
        slot
    }

    fn end(&self) {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clear();
    }
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(of).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
