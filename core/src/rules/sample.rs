//! A part of the visitors instead of all.

use sha2::{Digest, Sha256};

/// Whether somebody is of the part that is kept: always the same of one key, and of a smaller part only if of a larger.
/// The first 32 bits of the key's SHA-256, as a number between 0 and 1, are below `part`: a warehouse can say the same.
pub(crate) fn keeps(part: f64, key: &str) -> bool {
    if part >= 1.0 {
        return true;
    }
    let digest = Sha256::digest(key);
    let first = digest.first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
    f64::from(first) < part * 2_f64.powi(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_large_as_they_say_and_within_each_other() {
        let of = |part: f64| (0..10_000).filter(move |n| keeps(part, &format!("visitor {n}")));
        for part in [0.0, 0.001, 0.1, 0.5, 0.9, 1.0] {
            let kept = of(part).count();
            assert!((kept as f64 / 10_000.0 - part).abs() < 0.01, "{part}: {kept}");
        }
        assert!(of(0.1).all(|n| keeps(0.2, &format!("visitor {n}"))));
        assert!(!keeps(f64::NAN, "x"));
    }

    /// Deployed already: whoever is kept today is kept tomorrow.
    #[test]
    fn who_is_kept_stays_the_same() {
        let key = "ddb14b31-e762-4eb9-890a-5245053dc544";
        let first = Sha256::digest(key)[..4].iter().fold(0.0, |sum, b| sum * 256.0 + f64::from(*b));
        let at = first / 2_f64.powi(32);
        assert!(keeps(at + 1e-6, key) && !keeps(at - 1e-6, key), "{at}");
    }
}
