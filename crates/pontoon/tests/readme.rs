//! The tour of the README is run, command by command, and prints what stands there.
//!
//! `PONTOON_WRITE=1` writes down what it prints now. The local cloud is seeded and starts at a fixed
//! time, so the same commands print the same.
#![cfg(unix)]

mod workspace;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use workspace::{root, text};

/// Runs one line of a shell with the binary on its path; everything that it prints, in order.
fn prints(line: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_pontoon")).parent().expect("a binary is in a folder");
    let path = env::join_paths([binary.to_owned(), PathBuf::from("/usr/bin"), PathBuf::from("/bin")]).expect("a path");
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {line}")])
        .current_dir(folder)
        .env_clear()
        .envs([("NO_COLOR", "1"), ("COLUMNS", "100"), ("USER", "you"), ("HOSTNAME", "laptop"), ("LC_ALL", "C.UTF-8")])
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .expect("a shell runs");
    String::from_utf8(output.stdout).expect("it prints text").trim_end().to_owned()
}

/// The document with what its commands print put below each of them: lines that begin with `$ ` in a
/// block of `console`.
fn told(document: &str, folder: &Path) -> (String, usize) {
    let mut out = String::new();
    let (mut in_block, mut below_command, mut commands) = (false, false, 0);
    for line in document.lines() {
        match line.strip_prefix("$ ") {
            Some(command) if in_block => {
                out.push_str(&format!("{line}\n"));
                let printed = prints(command, folder);
                if !printed.is_empty() {
                    out.push_str(&format!("{printed}\n"));
                }
                below_command = true;
                commands += 1;
                continue;
            }
            _ if line.starts_with("```") => {
                in_block = line == "```console";
                below_command = false;
            }
            _ => {}
        }
        if !below_command {
            out.push_str(&format!("{line}\n"));
        }
    }
    (out, commands)
}

#[test]
fn the_tour_prints_what_the_readme_shows() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tour");
    let _ = fs::remove_dir_all(&folder);
    // As in a repository, wherever this is built.
    fs::create_dir_all(folder.join(".git")).expect("a folder");
    let readme = text("README.md");
    let (now, commands) = told(&readme, &folder);
    assert!(commands > 5, "the tour has {commands} commands");
    if env::var_os("PONTOON_WRITE").is_some() {
        fs::write(root().join("README.md"), now).expect("the README can be written");
        return;
    }
    for (written, now) in readme.lines().zip(now.lines()) {
        assert_eq!(written, now, "README.md is not current: PONTOON_WRITE=1 cargo test --test readme writes it anew");
    }
    assert_eq!(readme.lines().count(), now.lines().count(), "README.md is not current");
}
