//! The stacks of every example, read back by another's reader of HCL: held against the provider's published schema, and
//! compared field by field with what the engine would send.

#[path = "stacks/account.rs"]
mod account;
#[path = "stacks/evaluate.rs"]
mod evaluate;
#[path = "stacks/inside.rs"]
mod inside;
#[path = "stacks/schema.rs"]
mod schema;
#[path = "stacks/tool.rs"]
mod tool;

use pontoon_compiler::{Options, compile};
use pontoon_core::{address::Scope, platform::Platform, record::Record};
use pontoon_spec::{Document, NoFiles, Spec};
use pontoon_tofu::{Backend, Part, Tree, tree};
use serde_json::json;
use std::{io::Write, path::PathBuf};

const EXAMPLES: &[&str] = &["minimal", "single-cluster", "isolated-pools", "enterprise", "hybrid", "gitops"];

/// A document that has everything of the cloud that the examples lack.
const EVERYTHING: &str = include_str!("stacks/everything.yaml");

fn specs(document: &[u8]) -> Vec<Spec> {
    let document = Document::parse("platform.yaml", document, &NoFiles).document.expect("a tree");
    let (resolved, diagnostics) = document.resolve_all();
    assert!(!diagnostics.has_errors(), "{:#?}", diagnostics.errors().collect::<Vec<_>>());
    resolved.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect()
}

/// What every example compiles to, for each of its environments, and the document that has everything.
fn platforms() -> Vec<(String, Scope, Platform)> {
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let read = |name: &str| std::fs::read(examples.join(name).join("platform.yaml")).expect("the example can be read");
    let mut documents: Vec<(String, Vec<u8>)> = EXAMPLES.iter().map(|name| ((*name).to_owned(), read(name))).collect();
    documents.push(("everything".into(), EVERYTHING.as_bytes().to_vec()));
    let mut all = Vec::new();
    for (name, document) in documents {
        let specs = specs(&document);
        for spec in &specs {
            let environment = spec.environment.to_string();
            let platform = compile(&specs, &environment, Options { shared: true });
            all.push((format!("{name} {environment}"), Scope::environment(environment.as_str()), platform));
        }
    }
    all
}

fn stacks(platform: &Platform, scope: &Scope, backend: &Backend) -> Tree {
    let part = |scope: Scope| Part { platform, scope, backend: backend.clone(), inside: None, record: None };
    tree(&[part(Scope::shared()), part(scope.clone())])
}

fn spaces() -> Backend {
    Backend::Spaces { bucket: "states".into(), region: "ams3".into() }
}

/// The blocks of one folder of a tree, read back.
fn read(tree: &Tree, folder: &str) -> hcl::Body {
    blocks_of(tree, &format!("{folder}/1-infra/"))
}

fn blocks_of(tree: &Tree, folder: &str) -> hcl::Body {
    let own = tree.files.iter().filter(|(path, _)| {
        path.strip_prefix(folder).is_some_and(|p| !p.contains('/')) && (path.ends_with(".tf") || path.ends_with(".tofu"))
    });
    let bodies = own.map(|(path, text)| hcl::parse(text).unwrap_or_else(|e| panic!("{path}: {e}\n{text}")));
    bodies.flat_map(|body| body.into_inner()).collect()
}

/// A test without what it looks with says so, and fails where everything has to be there.
fn skipped(test: &str, why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} was skipped, which CI does not allow: {why}");
    let _ = std::io::stderr().write_all(format!("SKIPPED {test}: {why}\n").as_bytes());
}

#[test]
fn every_block_and_attribute_is_in_the_providers_schema() {
    let Some(schema) = schema::Schema::find() else {
        return skipped("stacks", "no contracts; PONTOON_CONTRACTS=DIR says where they are");
    };
    let mut blocks = 0;
    for (name, scope, platform) in platforms() {
        let tree = stacks(&platform, &scope, &spaces());
        for folder in [pontoon_tofu::folder(&Scope::shared()), pontoon_tofu::folder(&scope)] {
            let body = read(&tree, &folder);
            let wrong = schema.check(&body);
            assert!(wrong.is_empty(), "{name}: {wrong:#?}");
            blocks += body.blocks().filter(|b| b.identifier() == "resource").count();
        }
    }
    for case in inside::cases() {
        let tree = case.tree(&spaces());
        for folder in inside::folders(&tree).into_iter().filter(|f| !f.ends_with("/1-infra")) {
            let body = blocks_of(&tree, &format!("{folder}/"));
            let wrong = schema.check(&body);
            assert!(wrong.is_empty(), "{} {folder}: {wrong:#?}", case.name);
            blocks += body.blocks().filter(|b| b.identifier() == "resource").count();
        }
    }
    assert!(blocks > 150, "only {blocks} blocks were looked at");
}

#[test]
fn the_stacks_describe_the_account_that_the_engine_builds() {
    for (name, scope, platform) in platforms() {
        let tree = stacks(&platform, &scope, &Backend::Local);
        for scope in [Scope::shared(), scope] {
            let native = account::native(&platform, &scope);
            let described = account::described(&read(&tree, &pontoon_tofu::folder(&scope)));
            let (native, described) = (lines(&native), lines(&described));
            assert_eq!(described, native, "{name} {scope}");
        }
    }
}

fn lines(account: &[serde_json::Value]) -> String {
    let mut lines: Vec<String> = account.iter().map(|v| serde_json::to_string_pretty(v).expect("JSON")).collect();
    lines.sort();
    lines.join("\n")
}

#[test]
fn what_differs_is_said() {
    let (_, scope, platform) =
        platforms().into_iter().find(|(name, ..)| name.starts_with("single-cluster")).expect("the example");
    let tree = stacks(&platform, &scope, &spaces());
    let said: Vec<String> = tree.left_out.iter().map(|l| format!("{}: {}", l.path, l.what)).collect();
    let open = "trusted sources at its creation: the provider sets them right after it, until then it is open";
    assert_eq!(said, [format!("caches.cart: {open}"), format!("databases.adservice: {open}")]);
    let readme = &tree.files["clusters/production/1-infra/README.md"];
    assert!(said.iter().all(|s| readme.contains(s.split_once(": ").expect("two parts").1)), "{readme}");
}

#[test]
fn what_no_stack_can_hold_is_left_out_by_name() {
    let mut platform = Platform { name: "p".into(), ..Platform::default() };
    pontoon_catalog::samples::samples().into_iter().for_each(|r| platform.add(r));
    let scope = Scope::environment("sample");
    let tree = stacks(&platform, &scope, &Backend::Local);
    for kind in pontoon_tofu::kinds::KINDS.iter().filter(|k| matches!(k.how, pontoon_tofu::kinds::How::Never)) {
        let said = tree.left_out.iter().any(|l| l.what.contains(&format!("{}.", kind.kind)));
        assert!(said, "{} is dropped without a word", kind.kind);
    }
}

#[test]
fn a_field_that_nothing_takes_is_left_out_by_name() {
    for resource in pontoon_catalog::samples::samples() {
        let mut platform = Platform { name: "p".into(), ..Platform::default() };
        pontoon_catalog::samples::samples_for(resource.address.kind()).into_iter().for_each(|r| platform.add(r));
        let address = resource.address.clone();
        platform.add(resource.with("new_field", "x"));
        let tree = stacks(&platform, address.scope(), &Backend::Local);
        let said = tree.left_out.iter().any(|l| l.what.contains("new_field") || l.what.contains(&address.to_string()));
        assert!(said, "{address}: {:#?}", tree.left_out);
    }
}

#[test]
fn whatever_holds_data_is_protected_and_no_output_is_a_credential() {
    for (name, scope, platform) in platforms() {
        let tree = stacks(&platform, &scope, &Backend::Local);
        let folders = [Scope::shared(), scope].map(|s| pontoon_tofu::folder(&s));
        let body: hcl::Body = folders.iter().flat_map(|folder| read(&tree, folder).into_inner()).collect();
        for block in body.blocks().filter(|b| b.identifier() == "resource") {
            let provider = block.labels()[0].as_str();
            let kind = pontoon_tofu::kinds::KINDS.iter().find(|k| k.resource() == Some(provider)).expect("a kind of ours");
            let stateful = pontoon_catalog::find(kind.kind).is_some_and(|t| t.stateful);
            let lifecycle = block.body().blocks().find(|b| b.identifier() == "lifecycle");
            let protected = lifecycle.is_some_and(|l| l.body().attributes().any(|a| a.key() == "prevent_destroy"));
            assert_eq!(protected, stateful, "{name}: {provider}");
        }
        for output in body.blocks().filter(|b| b.identifier() == "output") {
            let text = format!("{:?}", output.body());
            assert!(!["kube_config", "password", "secret", "token", "uri"].iter().any(|w| text.contains(w)), "{name}: {text}");
        }
    }
}

#[test]
fn the_same_platform_gives_the_same_bytes() {
    for (name, scope, platform) in platforms() {
        let again: Platform = serde_json::from_str(&serde_json::to_string(&platform).expect("JSON")).expect("a platform");
        assert_eq!(stacks(&platform, &scope, &spaces()), stacks(&again, &scope, &spaces()), "{name}");
    }
}

/// The stacks of a platform of which everything exists already.
fn taken_over(platform: &Platform, scope: &Scope) -> Tree {
    let record = |scope: &Scope| {
        let own = platform.resources.values().filter(|r| r.address.scope() == scope);
        let one = |r: &pontoon_core::platform::Resource| {
            let recorded = json!({ "id": format!("id of {}", r.address.name()), "attributes": {}, "outputs": {} });
            (r.address.to_string(), recorded)
        };
        let resources: serde_json::Map<_, _> = own.map(one).collect();
        let record = json!({
            "version": 1, "platform": platform.name, "scope": scope, "lineage": "lineage", "serial": 1, "resources": resources,
        });
        serde_json::from_value::<Record>(record).expect("a record")
    };
    let records = [record(&Scope::shared()), record(scope)];
    let backend = || Backend::Local;
    let part =
        |record| Part { platform, scope: Record::clone(record).scope, backend: backend(), inside: None, record: Some(record) };
    tree(&[part(&records[0]), part(&records[1])])
}

/// Blocks, and those that are imported, of a scope's folder.
fn imports(tree: &Tree, scope: &Scope) -> (usize, usize) {
    let body = read(tree, &pontoon_tofu::folder(scope));
    let count = |kind: &str| body.blocks().filter(|b| b.identifier() == kind).count();
    (count("resource"), count("import"))
}

#[test]
fn what_exists_is_taken_over_or_named() {
    for (name, scope, platform) in platforms() {
        let tree = taken_over(&platform, &scope);
        let named =
            |scope: &Scope| tree.left_out.iter().filter(|l| l.scope == *scope && l.what.starts_with("taking over")).count();
        for scope in [Scope::shared(), scope] {
            let (blocks, imported) = imports(&tree, &scope);
            assert_eq!(blocks, imported + named(&scope), "{name} {scope}");
        }
    }
}

/// Each stack is what the tool would format it to, valid, and after one apply there is nothing to do; and what the tool
/// keeps of it is not readable.
#[test]
fn the_tools_take_the_stacks() {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("stacks");
    let _ = std::fs::remove_dir_all(&home);
    let tools = tool::tools(&home, &schema::contracts());
    if !tools.iter().any(tool::Tool::encrypts) {
        skipped("stacks", "no tofu, or no stand-in for its provider: crates/test/witness/tools.sh builds them");
    }
    for tool in &tools {
        for (name, scope, platform) in platforms() {
            // A backend that needs a network is formatted, and no more.
            for (kind, backend) in
                [("spaces", spaces()), ("hcp", Backend::Hcp { organization: "o".into(), platform: "p".into() })]
            {
                tool.write(&format!("{name}/{kind}"), &stacks(&platform, &scope, &backend));
            }
            let tree = stacks(&platform, &scope, &Backend::Local);
            let root = tool.write(&format!("{name}/local"), &tree);
            // One environment of each is enough for the rest, which takes seconds.
            if !["everything", "single-cluster"].iter().any(|n| name.starts_with(n)) {
                continue;
            }
            for stack in tool::stacks(&root, &tree) {
                tool.good(&stack, &tool.with(&["init"]));
                tool.good(&stack, &["validate", "-no-color"]);
                tool.good(&stack, &tool.with(&["apply", "-auto-approve"]));
                let again = tool.run(&stack, &tool.with(&["plan", "-detailed-exitcode"]));
                assert_eq!(again.status.code(), Some(0), "{name}: there is still something to do\n{}", tool::said(&again));
                let state = std::fs::read_to_string(stack.join("terraform.tfstate")).expect("a state");
                assert_eq!(state.contains("encrypted_data"), tool.encrypts(), "{name}: {state}");
                assert_eq!(state.contains("\"resources\""), !tool.encrypts(), "{name}: {state}");
                another_size_is_refused(tool, &stack);
            }
            if name.starts_with("everything") {
                let tree = taken_over(&platform, &scope);
                let root = tool.write(&format!("{name}/taken-over"), &tree);
                let stack = root.join(pontoon_tofu::folder(&scope)).join("1-infra");
                let (blocks, imported) = imports(&tree, &scope);
                tool.good(&stack, &tool.with(&["init"]));
                let said = tool.good(&stack, &tool.with(&["plan"]));
                let (wanted, made) = (format!("Plan: {imported} to import, {} to add,", blocks - imported), "0 to destroy");
                assert!(said.contains(&wanted) && said.contains(made), "{wanted}, {made}\n{said}");
            }
        }
        // What runs in the clusters: one that nobody follows, and one of each that somebody does.
        for name in ["single-cluster", "gitops", "hybrid"] {
            let case = inside::case(name);
            let tree = case.tree(&Backend::Local);
            let root = tool.write(&format!("{name}/inside"), &tree);
            let environment = root.join(format!("clusters/{}", case.units[0].0));
            for stack in tool::stacks(&root, &tree).into_iter().filter(|s| s.starts_with(&environment)) {
                tool.good(&stack, &tool.with(&["init"]));
                tool.good(&stack, &tool.with(&["apply", "-auto-approve"]));
                if case.is_followed() {
                    continue;
                }
                let again = tool.run(&stack, &tool.with(&["plan", "-detailed-exitcode"]));
                assert_eq!(again.status.code(), Some(0), "{name}: there is still something to do\n{}", tool::said(&again));
            }
            if case.is_followed() {
                inside::rendered_is_the_tree(tool, &case, &root);
            } else {
                inside::applied_is_what_the_engine_applies(tool, &case, &root);
            }
        }
        // The rest is formatted, and no more.
        for case in inside::cases() {
            tool.write(&format!("{}/written", case.name), &case.tree(&spaces()));
        }
        // All at once: each start of the tool takes its time.
        tool.good(tool.home(), &["fmt", "-check", "-recursive", "-diff"]);
    }
}

/// The first pool's size is part of the cluster to the provider: another one is refused, and nobody's cluster is replaced.
fn another_size_is_refused(tool: &tool::Tool, stack: &std::path::Path) {
    let path = stack.join("cluster.tf");
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    let (before, inside) = text.split_once("  node_pool {").expect("a first pool");
    std::fs::write(&path, format!("{before}  node_pool {{{}", inside.replacen("\"s-", "\"c-", 1))).expect("a file");
    let output = tool.run(stack, &tool.with(&["plan"]));
    let said = tool::said(&output);
    assert!(!output.status.success() && said.contains("prevent_destroy"), "{}", said);
    std::fs::write(&path, text).expect("a file");
}
