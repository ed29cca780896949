//! The difference of two texts, for the person who reads why a case failed.

/// The lines that differ, as `-expected` and `+actual`, with two lines around.
#[must_use]
pub fn lines(expected: &str, actual: &str) -> String {
    let (a, b): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    // The lengths of the longest common subsequences of the rests.
    let mut common = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] =
                if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut all = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            all.push((' ', a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && common[i + 1][j] >= common[i][j + 1] {
            all.push(('-', a[i]));
            i += 1;
        } else {
            all.push(('+', b[j]));
            j += 1;
        }
    }
    let near =
        |n: usize| all[n.saturating_sub(2)..(n + 3).min(all.len())].iter().any(|(mark, _)| *mark != ' ');
    let mut out = String::new();
    let mut skipped = false;
    for (n, (mark, line)) in all.iter().enumerate() {
        if near(n) || line.starts_with("== ") {
            out.push_str(&format!("{mark}{line}\n"));
            skipped = false;
        } else if !skipped {
            out.push_str("  …\n");
            skipped = true;
        }
    }
    out
}
