//! Others' readers: one of XML, and Mermaid's own.

use pontoon_documents::{diagram::Diagram, mermaid::mermaid as written};
use quick_xml::{Reader, events::Event};
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// The names of all elements, in order. Every one is closed, every entity known, every attribute written once.
pub fn elements(name: &str, text: &str) -> Vec<String> {
    let mut reader = Reader::from_str(text);
    let (mut names, mut depth) = (Vec::new(), 0i32);
    loop {
        let event = reader.read_event().unwrap_or_else(|e| panic!("{name}: {e}\n{text}"));
        if let Event::Start(e) | Event::Empty(e) = &event {
            e.attributes().for_each(|a| assert!(a.is_ok(), "{name}: {a:?}"));
            names.push(String::from_utf8_lossy(e.name().as_ref()).into_owned());
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{name}: an element is not closed");
    names
}

/// Has Mermaid read every picture. `crates/test/witness/install.sh` fetches it.
pub fn mermaid(test: &str, pictures: &[(String, Diagram)]) {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = set("PONTOON_WITNESS_DIR").unwrap_or_else(|| set("HOME").unwrap_or_default().join(".cache/pontoon/witness"));
    let folder = folder.join("mermaid");
    if !folder.join("node_modules/mermaid").is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} was skipped, which CI does not allow");
        let _ = std::io::stderr().write_all(format!("SKIPPED {test}: no {}\n", folder.display()).as_bytes());
        return;
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../test/witness/mermaid/parse.mjs");
    let copy = folder.join("parse.mjs");
    std::fs::copy(&script, &copy).expect("the script is copied beside its modules");
    let texts: Vec<serde_json::Value> =
        pictures.iter().map(|(name, d)| serde_json::json!({ "name": name, "text": written(d) })).collect();
    let mut child = Command::new("node")
        .arg(&copy)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(serde_json::Value::from(texts).to_string().as_bytes()).expect("it reads");
    drop(input);
    let said = child.wait_with_output().expect("it ends");
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{out}\n{err}");
    assert!(out.contains(&format!("{} read", pictures.len())), "{out}");
}
