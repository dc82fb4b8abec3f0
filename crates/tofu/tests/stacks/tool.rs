//! OpenTofu itself, or Terraform, over written stacks, with a stand-in that knows the provider's published schema.
//!
//! `crates/test/witness/tools.sh` builds OpenTofu and the stand-in into `$PONTOON_TOOLS`, or else `~/.cache/pontoon/tools`.
//! `PONTOON_TERRAFORM=PATH` lets Terraform look as well.

use pontoon_tofu::{Tree, frame::PROVIDERS};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// What stands in for every provider: it takes the schema of the one that it is called after.
const PROVIDER: &str = "terraform-provider";

/// One of the two, and a folder for its work.
pub struct Tool {
    program: PathBuf,
    home: PathBuf,
    schemas: PathBuf,
    opentofu: bool,
}

/// The tools that are there, each with a folder of its own below `home`.
pub fn tools(home: &Path, contracts: &Path) -> Vec<Tool> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let cache = || set("XDG_CACHE_HOME").unwrap_or_else(|| set("HOME").unwrap_or_default().join(".cache"));
    let folder = set("PONTOON_TOOLS").unwrap_or_else(|| cache().join("pontoon/tools"));
    let found = [(Some(folder.join("tofu")), true), (set("PONTOON_TERRAFORM"), false)];
    let provider = folder.join(PROVIDER);
    let there = found.into_iter().filter_map(|(program, opentofu)| Some((program.filter(|p| p.is_file())?, opentofu)));
    let schemas = contracts.join("providers");
    there
        .filter(|_| provider.is_file() && schemas.is_dir())
        .map(|(program, opentofu)| {
            let tool = Tool {
                program,
                home: home.join(if opentofu { "tofu" } else { "terraform" }),
                schemas: schemas.clone(),
                opentofu,
            };
            tool.install(&provider);
            tool
        })
        .collect()
}

impl Tool {
    /// What it is called.
    pub fn name(&self) -> &str {
        if self.opentofu { "tofu" } else { "terraform" }
    }

    /// The folder that holds everything that was written for it.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Whether it encrypts states.
    pub fn encrypts(&self) -> bool {
        self.opentofu
    }

    /// Puts the stand-in where the tool looks for providers, and lets it look nowhere else.
    fn install(&self, provider: &Path) {
        let host = if self.opentofu { "registry.opentofu.org" } else { "registry.terraform.io" };
        let mirror = self.home.join("mirror");
        let system = format!("{}_{}", std::env::consts::OS, if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" });
        for one in PROVIDERS {
            let place = mirror.join(host).join(format!("{}/{}/{system}", one.source, one.version));
            std::fs::create_dir_all(&place).expect("a folder");
            std::fs::copy(provider, place.join(format!("{PROVIDER}-{}_v{}", one.name, one.version))).expect("the stand-in");
        }
        let settings =
            format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n", mirror.display());
        std::fs::write(self.home.join("settings.tfrc"), settings).expect("settings");
    }

    /// Writes the files of a tree below the tool's own folder.
    pub fn write(&self, name: &str, tree: &Tree) -> PathBuf {
        let root = self.home.join(name);
        for (path, text) in &tree.files {
            let whole = root.join(path);
            std::fs::create_dir_all(whole.parent().expect("a folder")).expect("a folder");
            std::fs::write(whole, text).expect("a file");
        }
        root
    }

    /// Runs it in a folder.
    pub fn run(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(["PATH", "HOME"].map(|v| (v, std::env::var(v).unwrap_or_default())));
        command.env("TF_CLI_CONFIG_FILE", self.home.join("settings.tfrc")).env("PROVIDER_SCHEMAS", &self.schemas);
        command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0");
        command.env("TF_VAR_state_passphrase", "a passphrase for tests alone");
        // What a person would give: a value for each variable of the stack.
        let variables = std::fs::read_to_string(folder.join("variables.tf")).unwrap_or_default();
        let names = variables.lines().filter_map(|l| l.strip_prefix("variable \"")?.strip_suffix("\" {"));
        command.envs(names.map(|name| (format!("TF_VAR_{name}"), format!("{name}: \"a\", {{b}}\n"))));
        command.output().expect("the tool starts")
    }

    /// Runs it and wants it to end well.
    pub fn good(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.run(folder, arguments);
        let said = said(&output);
        assert!(output.status.success(), "{} {arguments:?} in {}\n{said}", self.name(), folder.display());
        said
    }

    /// What every run with variables needs: Terraform has to be told that a readable state is accepted.
    pub fn with<'a>(&self, arguments: &[&'a str]) -> Vec<&'a str> {
        let accepted = (!self.opentofu).then_some("-var=accept_readable_state=true");
        arguments.iter().copied().chain(accepted).chain(["-no-color"]).collect()
    }
}

/// Everything that a run said.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The stacks of a tree that was written to `root`, what exists once first.
pub fn stacks(root: &Path, tree: &Tree) -> Vec<PathBuf> {
    let mut folders: Vec<&str> = tree.files.keys().filter_map(|p| p.strip_suffix("/terraform.tf")).collect();
    folders.sort_by_key(|f| !f.starts_with("shared"));
    folders.into_iter().map(|f| root.join(f)).collect()
}
