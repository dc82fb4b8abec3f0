//! `pontoon render`

use crate::{
    args::{Render as Args, Where},
    contents::{argo_repository, build_here, follower, keep_lock, lock},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, note},
    settings::Settings,
};
use pontoon_render::{
    inventory::{self, Inventory},
    stamps::Stamps,
    tree,
};
use pontoon_spec::sections::secrets::GitSecrets;
use serde_json::json;
use std::{collections::BTreeMap, path::Path};

/// Writes the GitOps tree of all environments into a folder. What a person added or edited there stays.
pub fn render(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    let place = Where { local: args.local, ..Where::default() };
    keep_lock(settings, &place, &loaded, |_| false)?;
    let lock = lock(settings)?;
    let mut environments = Vec::new();
    let (mut encrypted, mut repository) = (false, None);
    let mut stamps = BTreeMap::new();
    for environment in loaded.environments() {
        let spec = &loaded.spec(settings, &place, &environment)?;
        let built = build_here(settings, &place, spec, &lock)?;
        repository = repository.or_else(|| argo_repository(spec));
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
    }
    let tree = tree(loaded.platform(), &environments, &follower(repository, encrypted));
    let trouble = |path: &Path, e: std::io::Error| {
        Trouble::new(format!("{}: {e}", path.display()), "make the folder writable, or name another: --to DIR")
    };
    let there = list(&args.to, &args.to).map_err(|e| trouble(&args.to, e))?;
    let before = std::fs::read_to_string(args.to.join(inventory::PATH)).ok();
    let mut wanted = tree.files;
    wanted.extend(stamps);
    // Encrypted Secrets are written by whoever has their values: up. Those that are there stay ours.
    for path in tree.secrets.keys() {
        if let Ok(text) = std::fs::read_to_string(args.to.join(path)) {
            wanted.insert(path.clone(), text);
        }
    }
    let inventory = Inventory::read(before.as_deref());
    if let Some(other) = inventory.of_another(loaded.platform()) {
        let what = format!("{}: holds the tree of platform {other}", args.to.display());
        return Err(Trouble::new(what, "name another folder: --to DIR"));
    }
    let change = inventory.change(loaded.platform(), &there, &wanted);
    for (path, text) in &change.files {
        let whole = args.to.join(path);
        let done = match text {
            Some(text) => whole.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&whole, text)),
            None => std::fs::remove_file(&whole),
        };
        done.map_err(|e| trouble(&whole, e))?;
    }
    let secrets: Vec<&String> = tree.secrets.keys().filter(|p| !there.contains_key(*p)).collect();
    if settings.json {
        print::line(
            &json!({
                "to": args.to, "files": wanted.len(), "written": change.files.values().filter(|t| t.is_some()).count(),
                "removed": change.files.values().filter(|t| t.is_none()).count(),
                "kept": change.kept, "disputed": change.disputed, "foreign": change.foreign, "secrets": secrets,
            })
            .to_string(),
        );
    } else {
        let written = change.files.values().filter(|t| t.is_some()).count();
        print::line(&format!(
            "{}: {} files, {written} written, {} removed",
            args.to.display(),
            wanted.len(),
            change.files.len() - written
        ));
        change.kept.iter().for_each(|p| note(&format!("kept as a person left it: {p}")));
        change.disputed.iter().for_each(|p| note(&format!("a person changed it, and it would change as well: {p}")));
        change.foreign.iter().for_each(|p| note(&format!("is there already, and Pontoon did not write it: {p}")));
        if !secrets.is_empty() {
            note(&format!("{} encrypted Secrets are written by pontoon up, which has their values", secrets.len()));
        }
    }
    if change.disputed.is_empty() && change.foreign.is_empty() { Ok(Exit::Done) } else { Ok(Exit::Failed) }
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
