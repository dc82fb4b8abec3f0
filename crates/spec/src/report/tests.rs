//! Each format on one document with two problems and an accepted warning.

use super::*;
use crate::{Document, NoFiles, codes};
use pontoon_core::diagnostic::{Code, Diagnostic, Diagnostics, Sources};

const TEXT: &str = "apiVersion: pontoon.dev/v1alpha1
platform: shop
blueprint: single-cluster
domain: shop.example.com
contact: ops@example.com
environments: { production: { region: nyc3 } }
cluster:
  version: 1.30
  highAvailabilty: true
ingress: { controller: gateway, accept: [ PT5101 ] }
";

fn problems() -> (Diagnostics, Sources) {
    let parsed = Document::parse("platform.yaml", TEXT.as_bytes(), &NoFiles);
    let document = parsed.document.unwrap();
    let (_, mut problems) = document.resolve_all();
    let mut later = Diagnostics::from_iter([Diagnostic::warning(Code::new("PT5101"), "retired").path("ingress.controller")]);
    document.accept(&mut later);
    problems.extend(later);
    (problems, parsed.sources)
}

#[test]
fn text_underlines_and_hints() {
    let (problems, sources) = problems();
    let expected = "\
error[PT1015]: `version`: `1.30` without quotes is the number 1.3 to YAML, not text
 --> platform.yaml:8:12
  |
8 |   version: 1.30
  |            ^^^^
  |
  = help: write \"1.30\"

error[PT1010]: `cluster` has no key `highAvailabilty`
 --> platform.yaml:9:3
  |
9 |   highAvailabilty: true
  |   ^^^^^^^^^^^^^^^
  |
  = help: did you mean `highAvailability`?

accepted PT5101: retired
2 errors, 1 accepted
";
    assert_eq!(text(&problems, &sources, Look::Plain), expected);
    assert!(text(&problems, &sources, Look::Coloured).contains('\u{1b}'));
    assert_eq!(text(&Diagnostics::new(), &sources, Look::Plain), "");
}

#[test]
fn github_annotates_places() {
    let lines = github(&problems().0);
    assert!(lines.starts_with("::error file=platform.yaml,line=8,endLine=8,col=12,endColumn=16,title=PT1015::"), "{lines}");
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.contains("%0Awrite \"1.30\""));
}

#[test]
fn sarif_names_rules_and_suppressions() {
    let (problems, _) = problems();
    let log: serde_json::Value = serde_json::from_str(&sarif(&problems, &codes::pages(), "0.1.0")).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(2));
    for result in run["results"].as_array().unwrap() {
        if let Some(index) = result["ruleIndex"].as_u64() {
            assert_eq!(run["tool"]["driver"]["rules"][index as usize]["id"], result["ruleId"]);
        }
    }
    assert_eq!(run["results"][0]["locations"][0]["physicalLocation"]["region"]["startColumn"], 12);
    assert_eq!(run["results"][2]["suppressions"][0]["kind"], "inSource");
}

#[test]
fn json_reads_back() {
    let (problems, _) = problems();
    let value: serde_json::Value = serde_json::from_str(&json(&problems)).unwrap();
    assert_eq!((&value["errors"], &value["accepted"]), (&2.into(), &1.into()));
    let back: Diagnostics = serde_json::from_value(value["diagnostics"].clone()).unwrap();
    assert_eq!(back, problems);
}
