//! What of a repository is no part of its artifact. Source: Flux's reference, "GitRepository: excluding files".

use crate::cluster::kustomize::Files;

/// What is left out when `spec.ignore` does not say: version control, workflows, images, archives, and tools' files.
const DEFAULTS: &str = ".git/\n.gitignore\n.gitmodules\n.gitattributes\n*.jpg\n*.jpeg\n*.gif\n*.png\n*.wmv\n*.flv\n*.tar.gz\n*.zip\n.github/\n.circleci/\n.travis.yml\n.gitlab-ci.yml\nappveyor.yml\n.drone.yml\ncloudbuild.yaml\ncodeship-services.yml\ncodeship-steps.yml\n.goreleaser.yml\n.sops.yaml\n.flux.yaml\n";

/// Drops the files that `spec.ignore` and the repository's `.sourceignore` leave out.
pub(super) fn drop_ignored(files: &mut Files, spec: Option<&str>) {
    let own = files.get(".sourceignore").and_then(|b| String::from_utf8(b.clone()).ok()).unwrap_or_default();
    let text = format!("{}\n{own}\n.sourceignore\n", spec.unwrap_or(DEFAULTS));
    let rules: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    files.retain(|path, _| !ignored(path, &rules));
}

/// The last rule that matches decides, as with `.gitignore`.
fn ignored(path: &str, rules: &[&str]) -> bool {
    let mut out = false;
    for rule in rules {
        let (keep, rule) = rule.strip_prefix('!').map_or((false, *rule), |r| (true, r));
        if matches(path, rule) {
            out = !keep;
        }
    }
    out
}

fn matches(path: &str, rule: &str) -> bool {
    let folder = rule.ends_with('/');
    let rule = rule.trim_end_matches('/');
    let anchored = rule.contains('/');
    let rule = rule.trim_start_matches('/').trim_start_matches("**/");
    let parts: Vec<&str> = path.split('/').collect();
    // A rule for a folder takes everything below it.
    (1..=parts.len()).any(|end| {
        if folder && end == parts.len() {
            return false;
        }
        if anchored {
            glob(rule.as_bytes(), parts[..end].join("/").as_bytes())
        } else {
            glob(rule.as_bytes(), parts[end - 1].as_bytes())
        }
    })
}

fn glob(rule: &[u8], text: &[u8]) -> bool {
    match rule {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|i| glob(rest, &text[i..])),
        [b'*', rest @ ..] => (0..=text.len()).take_while(|i| *i == 0 || text[i - 1] != b'/').any(|i| glob(rest, &text[i..])),
        [b'?', rest @ ..] => text.first().is_some_and(|c| *c != b'/') && glob(rest, &text[1..]),
        [c, rest @ ..] => text.first() == Some(c) && glob(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::drop_ignored;
    use crate::cluster::kustomize::Files;

    fn left(spec: Option<&str>) -> Vec<String> {
        let paths = ["a.yaml", ".github/w.yml", "logo.png", "deploy/b.yaml", "deploy/x/c.yaml", "docs/d.md"];
        let mut files: Files = paths.iter().map(|p| ((*p).to_owned(), Vec::new())).collect();
        drop_ignored(&mut files, spec);
        files.into_keys().collect()
    }

    #[test]
    fn rules_leave_files_out_and_take_them_back_in() {
        assert_eq!(left(None), ["a.yaml", "deploy/b.yaml", "deploy/x/c.yaml", "docs/d.md"]);
        assert_eq!(left(Some("/*\n!/deploy\n")), ["deploy/b.yaml", "deploy/x/c.yaml"]);
        assert_eq!(left(Some("*.yaml\n!a.yaml\n# no\n")), [".github/w.yml", "a.yaml", "docs/d.md", "logo.png"]);
    }
}
