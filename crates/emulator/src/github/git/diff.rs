//! What changed between two directories, by file and by line.

use super::store::Git;
use super::tree::Files;
use crate::Cx;
use std::collections::BTreeSet;
use std::fmt::Write;

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Path.
    pub path: String,
    /// Id of its blob before; nothing when it is new.
    pub before: Option<String>,
    /// Id of its blob after; nothing when it is gone.
    pub after: Option<String>,
    /// Lines that came.
    pub additions: usize,
    /// Lines that went.
    pub deletions: usize,
    /// The hunks of a unified difference; nothing for what is no text.
    pub patch: Option<String>,
}

impl Change {
    /// GitHub's word for it.
    pub(crate) fn status(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "modified",
        }
    }
}

/// Every file that differs, by path.
pub(crate) fn changes(cx: &Cx, git: &Git, before: &Files, after: &Files) -> Vec<Change> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    differing
        .map(|path| {
            let id = |files: &Files| files.get(path).map(|(_, id)| id.clone());
            let (old, new) = (id(before), id(after));
            let text = |id: &Option<String>| match id {
                Some(id) => git.blob(cx, id).and_then(|data| String::from_utf8(data).ok()),
                None => Some(String::new()),
            };
            let lines = text(&old).zip(text(&new)).map(|(a, b)| hunks(&a, &b));
            let (additions, deletions, patch) = match lines {
                Some((a, d, patch)) => (a, d, Some(patch)),
                None => (0, 0, None),
            };
            Change { path: path.clone(), before: old, after: new, additions, deletions, patch }
        })
        .collect()
}

/// Above this many cells of the table, a changed middle is shown as replaced as a whole.
const LARGEST_TABLE: usize = 1 << 22;

/// Which lines are kept: for each kept line its index before and after.
fn kept(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (inner_a, inner_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut pairs: Vec<(usize, usize)> = (0..head).map(|i| (i, i)).collect();
    if inner_a.len() * inner_b.len() <= LARGEST_TABLE {
        let width = inner_b.len() + 1;
        let mut table = vec![0u32; (inner_a.len() + 1) * width];
        for i in (0..inner_a.len()).rev() {
            for j in (0..inner_b.len()).rev() {
                table[i * width + j] = if inner_a[i] == inner_b[j] {
                    table[(i + 1) * width + j + 1] + 1
                } else {
                    table[(i + 1) * width + j].max(table[i * width + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < inner_a.len() && j < inner_b.len() {
            if inner_a[i] == inner_b[j] {
                pairs.push((head + i, head + j));
                (i, j) = (i + 1, j + 1);
            } else if table[(i + 1) * width + j] >= table[i * width + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.extend((0..tail).map(|k| (a.len() - tail + k, b.len() - tail + k)));
    pairs
}

/// Lines that came, lines that went, and the unified difference with three lines around each change.
fn hunks(before: &str, after: &str) -> (usize, usize, String) {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let pairs = kept(&a, &b);
    // Each line of the result: sign, index before, index after.
    let mut lines: Vec<(char, usize, usize)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (x, y) in pairs.iter().copied().chain([(a.len(), b.len())]) {
        lines.extend((i..x).map(|k| ('-', k, j)));
        lines.extend((j..y).map(|k| ('+', x, k)));
        if x < a.len() || y < b.len() {
            lines.push((' ', x, y));
        }
        (i, j) = (x + 1, y + 1);
    }
    let count = |sign: char| lines.iter().filter(|l| l.0 == sign).count();
    let (additions, deletions) = (count('+'), count('-'));
    let mut patch = String::new();
    let mut next = 0;
    while let Some(change) = (next..lines.len()).find(|k| lines[*k].0 != ' ') {
        let start = change.saturating_sub(3).max(next);
        let mut end = change;
        while let Some(more) = (end..lines.len().min(end + 7)).rev().find(|k| lines[*k].0 != ' ') {
            if more < end {
                break;
            }
            end = more + 1;
        }
        let end = (end + 3).min(lines.len());
        let hunk = &lines[start..end];
        let (old, new) = (hunk.iter().filter(|l| l.0 != '+').count(), hunk.iter().filter(|l| l.0 != '-').count());
        let at = |index: usize, length: usize| if length == 0 { index } else { index + 1 };
        let _ = writeln!(patch, "@@ -{},{old} +{},{new} @@", at(hunk[0].1, old), at(hunk[0].2, new));
        for (sign, x, y) in hunk {
            let _ = writeln!(patch, "{sign}{}", if *sign == '+' { b[*y] } else { a[*x] });
        }
        next = end;
    }
    patch.pop();
    (additions, deletions, patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_came_and_went() {
        assert_eq!(hunks("", "a\nb\n"), (2, 0, "@@ -0,0 +1,2 @@\n+a\n+b".to_owned()));
        assert_eq!(hunks("a\nb\nc\n", "a\nx\nc\n"), (1, 1, "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c".to_owned()));
        assert_eq!(hunks("a\n", "a\n"), (0, 0, String::new()));
        let long: String = (0..40).map(|i| format!("{i}\n")).collect();
        let (a, d, patch) = hunks(&long, &long.replace("3\n", "three\n"));
        assert_eq!((a, d), (4, 4));
        assert_eq!(patch.matches("@@ -").count(), 4);
    }
}
