//! Documents that cannot be read, or are none.

use super::{TINY, diagnosed, recovers, refused, tiny};
use pontoon_test::binary::Bench;
use std::io::Write;

#[test]
fn an_unreadable_file() {
    let bench = tiny();
    // Reads of it fail for everybody, whatever the rights.
    if std::path::Path::new("/proc/self/mem").exists() {
        refused(bench.type_in("check -f /proc/self/mem"), &["/proc/self/mem", "cannot be read", "ls -l"]);
    }
    let path = bench.path().join("platform.yaml");
    let rights = |mode| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    rights(0o000);
    // Who may read everything cannot be refused.
    if std::fs::read(&path).is_err() {
        for line in ["check", "plan --local", "up --local", "destroy --local", "cost"] {
            refused(bench.type_in(line), &["platform.yaml", "cannot be read", "ls -l"]);
        }
    }
    rights(0o644);
    recovers(&bench);
}

#[test]
fn a_folder_instead_of_a_file() {
    let bench = tiny();
    for line in ["check -f .", "plan --local -f .", "explain -f ."] {
        refused(bench.type_in(line), &["is a folder", "-f ./platform.yaml"]);
    }
}

#[test]
fn no_file() {
    let bench = Bench::new(env!("CARGO_BIN_EXE_pontoon"));
    refused(bench.type_in("check"), &["there is no platform.yaml", "pontoon init"]);
    for line in ["check -f other.yaml", "up --local -f other.yaml", "plan --local -f no/such/folder.yaml"] {
        refused(bench.type_in(line), &["there is no", "-f FILE"]);
    }
}

#[test]
fn an_empty_file() {
    let bench = tiny();
    for content in ["", "\n\n", "# only a comment\n"] {
        bench.write("platform.yaml", content);
        diagnosed(bench.type_in("check"), "PT1002", &["platform.yaml", "pontoon init"]);
        refused(bench.type_in("up --local"), &["PT1002", "pontoon check"]);
    }
}

#[test]
fn a_file_of_100_megabytes() {
    let bench = tiny();
    let mut file = std::fs::File::create(bench.path().join("platform.yaml")).unwrap();
    let line = b"# a comment that fills the file with something that is no document at all, line by line\n";
    let block = line.repeat(11_000);
    for _ in 0..100_000_000 / block.len() + 1 {
        file.write_all(&block).unwrap();
    }
    drop(file);
    diagnosed(bench.type_in("check"), "PT1003", &["larger than"]);
    refused(bench.type_in("up --local"), &["PT1003", "pontoon check"]);
    // The same where the file has no end at all.
    diagnosed(bench.type_in("check -f /dev/zero"), "PT1003", &["larger than"]);
    bench.write("platform.yaml", TINY);
    recovers(&bench);
}

#[test]
fn nested_aliases() {
    let bench = tiny();
    let mut laughs = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (before, name) in ('a'..='h').zip('b'..='i') {
        laughs.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 10].join(", ")));
    }
    bench.write("platform.yaml", format!("{laughs}apps: *i\n"));
    diagnosed(bench.type_in("check"), "PT1003", &["aliases"]);
    refused(bench.type_in("plan --local"), &["PT1003"]);
    // An alias of itself, and levels without end.
    bench.write("platform.yaml", "apps: &a { x: *a }\n");
    diagnosed(bench.type_in("check"), "PT1003", &["alias"]);
    bench.write("platform.yaml", format!("apps: {}{}\n", "[".repeat(50_000), "]".repeat(50_000)));
    diagnosed(bench.type_in("check"), "PT1003", &["levels"]);
}

#[test]
fn no_text() {
    let bench = tiny();
    for bytes in [&b"platform: \xff\xfex\n"[..], b"\xff\xfep\0l\0a\0", b"\x80"] {
        bench.write("platform.yaml", bytes);
        diagnosed(bench.type_in("check"), "PT1004", &["UTF-8", "iconv"]);
        refused(bench.type_in("plan --local"), &["PT1004"]);
    }
    bench.write("platform.yaml", b"platform: a\0b\n");
    diagnosed(bench.type_in("check"), "PT1001", &["platform.yaml:1:"]);
}

#[test]
fn a_variable_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let bench = tiny();
    let mut command = bench.command(["check"]);
    command.env("SOMETHING", std::ffi::OsStr::from_bytes(b"\xff\xfe"));
    assert!(command.output().unwrap().status.success());
}
