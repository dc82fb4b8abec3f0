//! `pontoon render`

mod documents;

use crate::{
    args::{Render as Args, RenderPart, Where},
    contents::{argo_repository, built_all, follower},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    files,
    print::{self, note},
    settings::Settings,
    stacks::{Insides, stacks},
};
use pontoon_deliver::actions::names;
use pontoon_render::{
    inventory::{self, Change, Inventory},
    stamps::Stamps,
    tree, workflows,
};
use pontoon_spec::sections::{
    delivery::without_workflows,
    secrets::{GitSecrets, SecretHome, SecretStore},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Writes the GitOps tree of all environments into a folder, and their OpenTofu stacks, workflows and documents below it. What
/// a person added or edited there stays.
pub fn render(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    let place = Where { local: args.local, ..Where::default() };
    if let Some(RenderPart::Docs(which)) = &args.part {
        if args.import {
            return Err(Trouble::new(
                "--import is about the stacks, which render docs does not write",
                "leave it out: pontoon render docs",
            ));
        }
        return documents::alone(settings, &place, &loaded, &args.to, which);
    }
    let (mut environments, mut grounds) = (Vec::new(), Vec::new());
    let (mut encrypted, mut repository) = (false, None);
    let mut stamps = BTreeMap::new();
    let all = built_all(settings, &place, &loaded)?;
    let documents = documents::write(settings, &place, &loaded, &all, &args.to, &loaded.environments())?;
    for (spec, built) in all {
        let environment = spec.environment.as_str().to_owned();
        repository = repository.or_else(|| argo_repository(&spec));
        encrypted |= *spec.secrets.git == GitSecrets::SopsAge || built.units.iter().any(|u| !u.secrets.is_empty());
        for left_out in &built.deferred {
            note(&format!("not built: {environment} {}: {}", left_out.path, left_out.what));
        }
        // Only whoever delivers knows the values: what the folder says of them stays.
        let path = Stamps::path(&environment);
        let held = std::fs::read_to_string(args.to.join(&path)).ok();
        let mut units = built.units;
        Stamps::read(held.as_deref()).put_on(&mut units);
        stamps.extend(held.map(|text| (path, text)));
        environments.push((environment, units));
        grounds.push((spec, built.contents));
    }
    let tree = tree(loaded.platform(), &environments, &follower(repository, encrypted));
    // Their inventory is their own: the repository that clusters follow need not hold them.
    let contents = Insides { grounds: &grounds, environments: &environments, tree: &tree.files, encrypted };
    let stacks = stacks(settings, &place, &loaded, &contents, args.import)?;
    let mut wanted = tree.files;
    wanted.extend(stamps);
    // Encrypted Secrets are written by whoever has their values: up. Those that are there stay ours.
    let secrets: Vec<&String> = tree.secrets.keys().filter(|p| !args.to.join(p).exists()).collect();
    for path in tree.secrets.keys() {
        if let Ok(text) = std::fs::read_to_string(args.to.join(path)) {
            wanted.insert(path.clone(), text);
        }
    }
    let written = write(&args.to, loaded.platform(), &wanted)?;
    let infra = write(&args.to.join(pontoon_tofu::ROOT), loaded.platform(), &stacks.tree.files)?;
    let (flows, no_flows) = workflows(&loaded, &args.to)?;
    if settings.json {
        let mut document = written.json();
        document["secrets"] = json!(secrets);
        document["stacks"] = infra.json();
        document["workflows"] = flows.as_ref().map_or_else(|| json!({ "left_out": no_flows }), Written::json);
        document["documents"] = documents.json();
        let left_out = stacks.tree.left_out.iter().map(|l| json!({"scope": l.scope, "path": l.path, "what": l.what}));
        document["stacks"]["left_out"] = left_out.collect();
        print::line(&document.to_string());
    } else {
        for left_out in &stacks.deferred {
            note(&format!("not built: {} {}: {}", left_out.scope, left_out.path, left_out.what));
        }
        for left_out in &stacks.tree.left_out {
            note(&format!("not in the stacks: {} {}: {}", left_out.scope, left_out.path, left_out.what));
        }
        written.print();
        infra.print();
        flows.iter().for_each(Written::print);
        documents.print();
        no_flows.iter().for_each(|why| note(&format!("no workflows: {why}")));
        if !secrets.is_empty() {
            note(&format!("{} encrypted Secrets are written by pontoon up, which has their values", secrets.len()));
        }
    }
    let beside = [Some(&infra), Some(&documents), flows.as_ref()];
    if written.is_settled() && beside.into_iter().flatten().all(Written::is_settled) { Ok(Exit::Done) } else { Ok(Exit::Failed) }
}

/// Writes the workflows of the platform, which a person commits: GitHub takes them from no token without the right to. Or
/// says why there are none.
fn workflows(loaded: &Loaded, to: &Path) -> Outcome<(Option<Written>, Option<&'static str>)> {
    let spec = loaded.first();
    if let Some(why) = without_workflows(spec) {
        return Ok((None, Some(why)));
    }
    let vault = matches!(spec.secrets.home(), SecretHome::Store(SecretStore::Vault(_)));
    let of = workflows::Setting {
        platform: loaded.platform().to_owned(),
        environments: loaded.environments(),
        branch: spec.delivery.repository.as_ref().map(|r| r.branch.to_string()).unwrap_or_default(),
        secrets: names(vault).into_iter().map(str::to_owned).collect(),
        promotes: !loaded.document().promotion().is_empty(),
    };
    write(&to.join(workflows::ROOT), loaded.platform(), &workflows::files(&of)).map(|written| (Some(written), None))
}

/// What became of a folder.
struct Written {
    root: PathBuf,
    files: usize,
    change: Change,
}

/// Makes a folder hold these files, and leaves alone what a person added or edited.
fn write(root: &Path, platform: &str, wanted: &BTreeMap<String, String>) -> Outcome<Written> {
    write_within(root, platform, wanted, |_| true)
}

/// The same for a part of the folder: paths that are not `within` stay as they are, and stay ours.
fn write_within(
    root: &Path,
    platform: &str,
    wanted: &BTreeMap<String, String>,
    within: impl Fn(&str) -> bool,
) -> Outcome<Written> {
    let trouble = |path: &Path, e: std::io::Error| {
        Trouble::new(format!("{}: {e}", path.display()), "make the folder writable, or name another: --to DIR")
    };
    let there = list(root, root).map_err(|e| trouble(root, e))?;
    let before = std::fs::read_to_string(root.join(inventory::PATH)).ok();
    let inventory = Inventory::read(before.as_deref());
    if let Some(other) = inventory.of_another(platform) {
        let what = format!("{}: holds the tree of platform {other}", root.display());
        return Err(Trouble::new(what, "name another folder: --to DIR"));
    }
    let (own, rest) = inventory.files.into_iter().partition(|(path, _)| within(path));
    let mut change = Inventory { platform: inventory.platform, files: own }.change(platform, &there, wanted);
    if let Some(Some(text)) = change.files.get_mut(inventory::PATH) {
        let mut all = Inventory::read(Some(text));
        all.files.extend::<BTreeMap<String, String>>(rest);
        *text = all.write();
    }
    for (path, text) in &change.files {
        let whole = root.join(path);
        let done = match text {
            Some(text) => files::rendered(&whole, text),
            None => std::fs::remove_file(&whole),
        };
        done.map_err(|e| trouble(&whole, e))?;
    }
    Ok(Written { root: root.to_owned(), files: wanted.len(), change })
}

impl Written {
    fn is_settled(&self) -> bool {
        self.change.disputed.is_empty() && self.change.foreign.is_empty()
    }
    fn count(&self) -> (usize, usize) {
        // The inventory is about the files, and none of them.
        let files = self.change.files.iter().filter(|(path, _)| *path != inventory::PATH);
        let (written, removed): (Vec<_>, Vec<_>) = files.partition(|(_, text)| text.is_some());
        (written.len(), removed.len())
    }
    fn json(&self) -> serde_json::Value {
        let (written, removed) = self.count();
        json!({
            "to": self.root, "files": self.files, "written": written, "removed": removed,
            "kept": self.change.kept, "disputed": self.change.disputed, "foreign": self.change.foreign,
        })
    }
    fn print(&self) {
        let (written, removed) = self.count();
        print::line(&format!("{}: {} files, {written} written, {removed} removed", self.root.display(), self.files));
        let at = |p: &String| self.root.join(p).display().to_string();
        // Paths of the tree itself stand as they are in the repository.
        let apart = [pontoon_tofu::ROOT, workflows::ROOT, pontoon_documents::ROOT].iter().any(|r| self.root.ends_with(r));
        let short = |p: &String| if apart { at(p) } else { p.clone() };
        self.change.kept.iter().for_each(|p| note(&format!("kept as a person left it: {}", short(p))));
        self.change
            .disputed
            .iter()
            .for_each(|p| note(&format!("a person changed it, and it would change as well: {}", short(p))));
        self.change.foreign.iter().for_each(|p| note(&format!("is there already, and Pontoon did not write it: {}", short(p))));
    }
}

/// Git's ids of all files below a folder, by path; nothing where there is no folder.
fn list(root: &Path, at: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let entries = match std::fs::read_dir(at) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(files),
        Err(e) => return Err(e),
    };
    for entry in entries {
        let path = entry?.path();
        if path.ends_with(".git") {
            continue;
        }
        if path.is_dir() {
            files.extend(list(root, &path)?);
        } else if let (Ok(relative), Ok(text)) = (path.strip_prefix(root), std::fs::read_to_string(&path)) {
            files.insert(relative.to_string_lossy().into_owned(), inventory::id(&text));
        }
    }
    Ok(files)
}
