//! Blueprints: each is usable with nothing but names, and new documents are free of problems.

mod common;

use pontoon_core::diagnostic::Diagnostics;
use pontoon_spec::{
    Document, Files, NoFiles,
    document::BUILT_IN,
    init::{Answers, document},
};

fn problems(text: &str, files: &dyn Files) -> Diagnostics {
    let parsed = Document::parse("platform.yaml", text.as_bytes(), files);
    parsed.document.map_or(parsed.diagnostics, |d| d.resolve_all().1)
}

#[test]
fn a_new_document_of_each_blueprint_is_free_of_problems() {
    for (blueprint, _) in BUILT_IN {
        for environments in [&[("production", "nyc3")][..], &[("staging", "fra1"), ("on", "fra1"), ("production", "fra1")]] {
            let answers = Answers {
                blueprint,
                platform: "shop",
                domain: "shop.example.com",
                contact: "ops@example.com",
                environments,
                schema: Some("platform.schema.json"),
            };
            let text = document(&answers);
            let found = problems(&text, &NoFiles);
            assert!(found.is_empty(), "{text}\n{found:#?}");
            // What stands in comments is right as well.
            let whole = text.replace("\n# delivery", "\ndelivery").replace("\n# apps", "\napps").replace("\n#   ", "\n  ");
            let found = problems(&whole, &NoFiles);
            assert!(whole != text && found.is_empty(), "{whole}\n{found:#?}");
        }
    }
}

/// One blueprint beside the document.
struct One(&'static str);

impl Files for One {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if path == "./ours.yaml" { Ok(self.0.into()) } else { Err("not found".into()) }
    }
    fn exists(&self, _: &str) -> Option<bool> {
        None
    }
}

#[test]
fn a_path_works_as_well() {
    let text = "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: ./ours.yaml\ndomain: shop.example.com\ncontact: ops@example.com\nenvironments: { production: { region: nyc3 } }\n";
    let good =
        "apiVersion: pontoon.dev/v1alpha1\nnetwork: 10.7.0.0/20\ncluster: { pools: { main: { size: s-2vcpu-4gb, nodes: 2 } } }\n";
    assert!(problems(text, &One(good)).is_empty());
    let lines = |blueprint: &'static str| -> Vec<String> {
        let all = problems(text, &One(blueprint));
        all.iter().map(|d| format!("{} {}", d.at.as_ref().map(ToString::to_string).unwrap_or_default(), d.code)).collect()
    };
    assert_eq!(
        lines("network: 10.7.0.0/20\nplatform: other\ncluster: { pools: { main: { size: s-2vcpu-4gb, nodes: 2 } } }\n")[0],
        "./ours.yaml:2:11 PT1019"
    );
    assert!(lines("cluster: { pool: {} }\n").contains(&"./ours.yaml:1:12 PT1010".to_owned()));
    assert!(lines("cluster: [").iter().any(|l| l.ends_with("PT1001")));
    let missing = problems(&text.replace("ours", "theirs"), &One(good));
    assert!(missing.iter().any(|d| d.code.as_str() == "PT1019" && d.message.contains("not found")));
}
