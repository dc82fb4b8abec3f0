//! Documents that are outputs: written here with `PONTOON_WRITE=1`, otherwise compared.

use pontoon_compiler::lints;
use pontoon_core::diagnostic::CodePage;
use pontoon_spec::{
    Document, NoFiles,
    report::{Look, text},
};
use std::{path::PathBuf, process::Command};

fn current(file: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::var_os("PONTOON_WRITE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
        std::fs::write(&path, text).expect("the file can be written");
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{file} is not current: PONTOON_WRITE=1 cargo test writes it anew");
}

fn pontoon(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pontoon"))
        .args(args)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("help is text")
}

#[test]
fn the_language() {
    current("docs/reference/language.md", &pontoon_spec::reference::reference());
}

/// The scopes in SECURITY.md are those that the binary prints, and everything else there stays as it is.
#[test]
fn the_least_scopes() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let example = root.join("examples/single-cluster/platform.yaml");
    let scopes = pontoon(&["doctor", "--scopes", "-f", &example.display().to_string()]);
    let text = std::fs::read_to_string(root.join("SECURITY.md")).expect("the file can be read");
    let (before, rest) = text.split_once("<!-- scopes -->").expect("there is a place for them");
    let (_, after) = rest.split_once("<!-- /scopes -->").expect("it ends");
    current("SECURITY.md", &format!("{before}<!-- scopes -->\n```text\n{scopes}```\n<!-- /scopes -->{after}"));
}

#[test]
fn the_schema() {
    let schema = serde_json::to_string_pretty(&pontoon_spec::schema()).expect("a schema is JSON");
    current("docs/reference/platform.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_resources() {
    current("docs/reference/resources.md", &pontoon_catalog::reference::reference());
}

/// What `check` says of a page's example.
fn printed(page: &CodePage) -> String {
    let parsed = Document::parse("platform.yaml", page.example.as_bytes(), &NoFiles);
    let (mut found, mut sources) = (parsed.diagnostics, parsed.sources);
    if let Some(document) = parsed.document {
        let (resolved, diagnostics) = document.resolve_all();
        found = diagnostics;
        let specs: Vec<_> = resolved.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect();
        let linted: Vec<_> = lints::lint(&specs).iter().filter(|d| d.code == page.code).cloned().collect();
        found.extend(linted);
        sources = document.sources().clone();
    }
    let of_page = found.iter().filter(|d| d.code == page.code).cloned().collect();
    text(&of_page, &sources, Look::Plain)
}

#[test]
fn the_diagnostics() {
    let pages: Vec<&CodePage> = pontoon_spec::codes::pages().into_iter().chain(lints::PAGES.iter()).collect();
    let mut out = pontoon_spec::reference::diagnostics(&pages, printed);
    out.push_str("\n# Findings of a plan\n\nThey need a record and an account, so no document shows them.\n");
    for p in pontoon_plan::codes::PAGES {
        out.push_str(&format!("\n## {}: {}\n\n{}\n\n**Fix.** {}\n", p.code, p.title, p.explanation, p.fix));
    }
    current("docs/reference/diagnostics.md", &out);
}

#[test]
fn the_commands() {
    let mut out = String::from("# Commands\n");
    let all: &[&[&str]] = &[
        &[],
        &["init"],
        &["check"],
        &["explain"],
        &["schema"],
        &["plan"],
        &["up"],
        &["status"],
        &["drift"],
        &["why"],
        &["kubeconfig"],
        &["render"],
        &["render", "docs"],
        &["bootstrap"],
        &["promote"],
        &["rollback"],
        &["restore"],
        &["upgrade"],
        &["adopt"],
        &["forget"],
        &["leaks"],
        &["destroy"],
        &["cost"],
        &["secret"],
        &["secret", "set"],
        &["secret", "list"],
        &["secret", "rotate"],
        &["op"],
        &["op", "log"],
        &["op", "show"],
        &["op", "resolve"],
        &["local"],
        &["local", "start"],
        &["local", "env"],
        &["local", "objects"],
        &["local", "reset"],
        &["doctor"],
        &["completions"],
    ];
    for command in all {
        let help = pontoon(&[command, &["--help"][..]].concat());
        let title = ["pontoon"].iter().chain(command.iter()).copied().collect::<Vec<_>>().join(" ");
        out.push_str(&format!("\n## {title}\n\n```text\n{}\n```\n", help.trim_end()));
    }
    current("docs/reference/commands.md", &out);
}
