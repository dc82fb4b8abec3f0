//! The document of a command: read, resolved, compiled; and the releases beside it.

use crate::{
    args::{Where, Which},
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use pontoon_catalog::prices;
use pontoon_compiler::{Options, compile, lints, shared_scope, targets};
use pontoon_core::{
    cidr::Cidr,
    diagnostic::{Diagnostics, Sources},
    platform::Platform,
};
use pontoon_plan::Ephemeral;
use pontoon_spec::{
    Document, Files, Spec,
    report::{Look, text},
    tree::LARGEST,
};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// What runs where there is no document yet.
const EXAMPLE: &str = include_str!("../../../examples/single-cluster/platform.yaml");

/// A document that may be planned for: free of errors.
pub struct Loaded {
    document: Document,
    specs: Vec<Spec>,
    first: Spec,
    platform: String,
    trial: Option<Ephemeral>,
}

/// Files beside the document.
pub struct Beside(pub PathBuf);

impl Files for Beside {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        read_bounded(&self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

/// Reads a file, but no more of it than can be a document, so that a huge one costs nothing.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What was read, with everything that is wrong with it.
pub struct Checked {
    /// The document, where there is a tree to speak of.
    pub document: Option<Document>,
    /// Its environments, where they resolve.
    pub specs: Vec<Spec>,
    /// Everything that is wrong.
    pub diagnostics: Diagnostics,
    /// What the diagnostics point into.
    pub sources: Sources,
}

/// Reads and checks a document, all of it. `example`: whether the example may stand in for it.
pub fn read(settings: &Settings, example: bool) -> Outcome<Checked> {
    let path = &settings.file;
    let bytes = match read_bounded(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && example && !settings.file_named => {
            print::note("there is no platform.yaml here: this is the single-cluster example; to write your own: pontoon init");
            EXAMPLE.as_bytes().to_vec()
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let next = if settings.file_named { "name another file: -f FILE" } else { "write one: pontoon init" };
            return Err(Trouble::new(format!("there is no {}", path.display()), next));
        }
        Err(e) if e.kind() == std::io::ErrorKind::IsADirectory => {
            let next = format!("name the file in it: -f {}", path.join("platform.yaml").display());
            return Err(Trouble::new(format!("{} is a folder, not a file", path.display()), next));
        }
        Err(e) => {
            return Err(Trouble::new(
                format!("{}: cannot be read", path.display()),
                format!("see who may: ls -l {}", path.display()),
            )
            .because(e.to_string()));
        }
    };
    let beside = Beside(path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf());
    let parsed = Document::parse(&path.to_string_lossy(), &bytes, &beside);
    let Some(document) = parsed.document else {
        return Ok(Checked { document: None, specs: Vec::new(), diagnostics: parsed.diagnostics, sources: parsed.sources });
    };
    let (resolved, mut diagnostics) = document.resolve_all();
    let total = resolved.len();
    let specs: Vec<Spec> = resolved.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect();
    if specs.len() == total {
        let mut found = lints::lint(&specs);
        document.accept(&mut found);
        diagnostics.extend(found.iter().cloned());
    }
    diagnostics.extend(document.check_accepted(&pages()).iter().cloned());
    diagnostics.sort();
    Ok(Checked { specs, diagnostics, sources: document.sources().clone(), document: Some(document) })
}

/// Shows diagnostics to a person, on standard error.
pub fn shown(settings: &Settings, diagnostics: &Diagnostics, sources: &Sources) {
    let look = match settings.err {
        pontoon_ui::style::Style::Colour => Look::Coloured,
        pontoon_ui::style::Style::Plain => Look::Plain,
    };
    print::note(text(diagnostics, sources, look).trim_end());
}

/// The page of every code of every crate.
pub fn pages() -> Vec<&'static pontoon_core::diagnostic::CodePage> {
    pontoon_spec::codes::pages().into_iter().chain(lints::PAGES.iter()).collect()
}

/// The environment of this name.
fn one(specs: Vec<Spec>, environment: &str) -> Outcome<Spec> {
    let found = specs.into_iter().find(|s| s.environment.as_str() == environment);
    found.ok_or_else(|| Trouble::new(format!("{environment} does not resolve"), "see what is wrong with it: pontoon check"))
}

impl Loaded {
    /// Reads a document that has to be free of errors; the example stands in for a missing one.
    pub fn read(settings: &Settings) -> Outcome<Loaded> {
        let checked = read(settings, true)?;
        match (checked.document, checked.specs.first().cloned(), checked.diagnostics.has_errors()) {
            (Some(document), Some(first), false) => {
                let platform = document.platform().unwrap_or_default().to_owned();
                Ok(Loaded { document, specs: checked.specs, first, platform, trial: None })
            }
            _ => {
                let errors: Diagnostics = checked.diagnostics.errors().cloned().collect();
                shown(settings, &errors, &checked.sources);
                let mut t = Trouble::new("the document has errors", "correct them; to see warnings too: pontoon check");
                t.exit = Exit::Failed;
                Err(t)
            }
        }
    }

    /// The platform's name.
    pub fn platform(&self) -> &str {
        &self.platform
    }

    /// The environments, in promotion order.
    pub fn environments(&self) -> Vec<String> {
        self.specs.iter().map(|s| s.environment.to_string()).collect()
    }

    /// The environments that a command is for.
    pub fn select(&self, which: &Which, command: &str) -> Outcome<Vec<String>> {
        let all = self.environments();
        match (&which.environment, which.all, all.as_slice()) {
            (Some(name), ..) if all.contains(name) => Ok(vec![name.clone()]),
            (Some(name), ..) => {
                Err(Trouble::new(format!("there is no environment {name}"), format!("one of these: {}", all.join(", "))))
            }
            (None, true, _) | (None, false, [_]) => Ok(all),
            (None, false, _) => Err(Trouble::new(
                format!("which environment? There are {}", all.join(", ")),
                format!("pontoon {command} {}, or pontoon {command} --all", all.first().map_or("ENV", String::as_str)),
            )),
        }
    }

    /// What should exist at the cloud for an environment, and what all share.
    pub fn cloud(&self, settings: &Settings, place: &Where, environment: &str) -> Outcome<Platform> {
        let specs = crate::release::specs(settings, place, &self.document, &self.specs, environment)?;
        Ok(self.lowered(&specs, environment))
    }

    /// What should exist for an environment, and what all share.
    pub fn compile(&self, settings: &Settings, place: &Where, environment: &str) -> Outcome<Platform> {
        let specs = crate::release::specs(settings, place, &self.document, &self.specs, environment)?;
        let mut platform = self.lowered(&specs, environment);
        if let Some(spec) = specs.iter().find(|s| s.environment.as_str() == environment) {
            let built = crate::contents::build(settings, spec, &crate::contents::lock(settings)?)?;
            platform.deferred.extend(built.deferred);
            platform.purchases = built.contents.components.iter().flat_map(prices::purchases).collect();
        }
        Ok(platform)
    }

    fn lowered(&self, specs: &[Spec], environment: &str) -> Platform {
        let mut platform = compile(specs, environment, Options { shared: self.shares(environment) });
        if let Some(trial) = &self.trial {
            trial.mark(&mut platform);
        }
        platform
    }

    /// The trial that this is, if it is one.
    pub fn trial(&self) -> Option<&Ephemeral> {
        self.trial.as_ref()
    }

    /// The resolved environments, in promotion order.
    pub fn specs(&self) -> &[Spec] {
        &self.specs
    }

    /// The same document as a trial of one environment, with these address ranges.
    pub fn tried(&self, settings: &Settings, environment: &str, trial: Ephemeral, ranges: &[(&str, Cidr)]) -> Outcome<Loaded> {
        let wrong = || {
            Trouble::new(
                format!(
                    "{environment} cannot be tried: without sites, tunnels and a repository, which a trial leaves out, it has errors"
                ),
                "try an environment that needs none of them, or all of it on this machine: pontoon up --local",
            )
        };
        let document = self.document.ephemeral(environment, &trial.prefix, ranges).ok_or_else(wrong)?;
        let (resolved, mut problems) = document.resolve_all();
        let specs: Vec<Spec> = resolved.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect();
        let mut found = lints::lint(&specs);
        document.accept(&mut found);
        problems.extend(found.iter().cloned());
        match specs.first().cloned() {
            Some(first) if !problems.has_errors() => {
                Ok(Loaded { first, specs, platform: trial.platform.clone(), document, trial: Some(trial) })
            }
            _ => {
                let errors: Diagnostics = problems.errors().cloned().collect();
                shown(settings, &errors, document.sources());
                Err(wrong())
            }
        }
    }

    /// An environment as it runs: with its release, where it follows one.
    pub fn spec(&self, settings: &Settings, place: &Where, environment: &str) -> Outcome<Spec> {
        one(crate::release::specs(settings, place, &self.document, &self.specs, environment)?, environment)
    }

    /// The first environment: what is the platform's own is the same in all of them. A document without errors has one.
    pub fn first(&self) -> &Spec {
        &self.first
    }

    /// The document itself.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// An environment as it would run with this release.
    pub fn spec_of(&self, settings: &Settings, release: &pontoon_spec::Release) -> Outcome<Spec> {
        let specs = crate::release::specs_of(settings, &self.document, &self.specs, release)?;
        one(specs, release.environment.as_str())
    }

    /// Whether an environment is built in the account that also holds what exists once: the one without
    /// an account of its own; where each has its own, the first.
    fn shares(&self, environment: &str) -> bool {
        let owns = |s: &&Spec| s.account.is_some();
        let own = self.specs.iter().filter(owns).any(|s| s.environment.as_str() == environment);
        let first = self.specs.first().is_some_and(|s| s.environment.as_str() == environment);
        !own || (first && self.specs.iter().all(|s| owns(&s)))
    }

    /// The variable that holds the token for what exists once, if it is not the usual one.
    pub fn shared_token(&self) -> Option<&str> {
        let first = self.specs.iter().find(|s| self.shares(s.environment.as_str()))?;
        self.token(first.environment.as_str())
    }

    /// The scope of an environment, with nothing in it.
    pub fn scope_of(&self, environment: &str) -> Platform {
        targets(&self.platform, environment)
    }

    /// The shared scope, with nothing in it.
    pub fn shared_scope(&self) -> Platform {
        shared_scope(&self.platform)
    }

    /// The variable that holds an environment's own token, if it names one.
    pub fn token(&self, environment: &str) -> Option<&str> {
        let spec = self.specs.iter().find(|s| s.environment.as_str() == environment)?;
        spec.account.as_ref().map(|a| a.token.as_str())
    }

    /// The repository that clusters follow, where there is one.
    pub fn repository(&self) -> Option<&pontoon_spec::sections::delivery::Repository> {
        self.first.delivery.repository.as_ref().map(|r| &r.value)
    }

    /// The engine that the document asks for.
    pub fn engine(&self) -> String {
        self.first.infrastructure.engine.to_string()
    }

    /// Writes down what an environment runs, where environments are promoted.
    pub fn write_release(&self, settings: &Settings, place: &Where, environment: &str) -> Outcome<()> {
        crate::release::write(settings, place, &self.document, environment)
    }
}
