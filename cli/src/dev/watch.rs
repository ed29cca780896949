//! A configuration that changes while it is at work.

use std::path::Path;
use std::time::{Duration, SystemTime};

use selvedge_core::config::check::check_platform;
use tokio::time::sleep;

use crate::build::Overrides;
use crate::config::{self, Loaded};
use crate::platform::Platform;

/// How often the file is looked at. Editors replace files as often as they write them: what is watched is its name.
const PAUSE: Duration = Duration::from_millis(400);

/// When a file was last changed; none where there is none.
pub(super) fn changed_at(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|data| data.modified()).ok()
}

/// Waits for a configuration that is another than the one of `since`, and that can be used. What is wrong with one that
/// cannot is told, once for each change.
pub(super) async fn changed(
    file: &Path,
    since: &mut Option<SystemTime>,
    platform: Platform,
    overrides: &Overrides,
) -> Loaded {
    loop {
        sleep(PAUSE).await;
        let now = changed_at(file);
        if now.is_none() || now == *since {
            continue;
        }
        *since = now;
        let usable = config::load(file).and_then(|loaded| {
            let found = check_platform(&loaded.config, selvedge_components::registry(), platform.limits());
            loaded.refuse(found)?;
            overrides.apply(&mut loaded.config.clone())?;
            Ok(loaded)
        });
        match usable {
            Ok(loaded) => return loaded,
            Err(error) => {
                anstream::eprintln!(
                    "{}\nThe configuration from before stays at work.",
                    config::shown(&error)
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const GOOD: &str = "[[site]]\norigin = 'https://a.example'\n";

    #[tokio::test]
    async fn a_configuration_that_can_be_used_is_waited_for() {
        let file = std::env::temp_dir().join(format!("selvedge-watch-{}.toml", std::process::id()));
        std::fs::write(&file, GOOD).unwrap();
        let mut since = changed_at(&file);
        let overrides = Overrides::default();
        let mut waits = Box::pin(changed(&file, &mut since, Platform::Fastly, &overrides));
        assert!(timeout(PAUSE * 2, &mut waits).await.is_err(), "nothing has changed");
        std::fs::write(&file, "[[sites]]").unwrap();
        assert!(timeout(PAUSE * 3, &mut waits).await.is_err(), "nobody can use that");
        std::fs::write(&file, format!("{GOOD}[visitor]\ncookie = 'other'\n")).unwrap();
        let loaded = timeout(PAUSE * 10, waits).await.unwrap();
        assert_eq!(loaded.config.visitor.cookie, "other");
        std::fs::remove_file(&file).unwrap();
    }
}
