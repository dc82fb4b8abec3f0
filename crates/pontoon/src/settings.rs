//! What the outside tells: environment, terminal, user, folder. Read once, here and nowhere else.

use crate::shared::{Opened, Wanted};
use pontoon_core::secret::Secret;
use pontoon_local::Home;
use pontoon_ui::style::Style;
use std::{
    cell::OnceCell,
    collections::BTreeMap,
    io::IsTerminal,
    path::{Path, PathBuf},
    rc::Rc,
};

/// The vendors' own variables, in the order in which they are tried.
const TOKEN: &[&str] = &["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"];

/// What the keyring's tool needs of the environment to find its keyring and to ask.
const KEYRING: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "HOME",
    "LANG",
    "LOGNAME",
    "PATH",
    "TMPDIR",
    "USER",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
];

/// The folder of trials.
const TRIALS: &str = "ephemeral";

/// Everything that was read.
#[derive(Clone)]
pub struct Settings {
    /// The document's path.
    pub file: PathBuf,
    /// Whether the person named the document.
    pub file_named: bool,
    /// Whether answers are JSON.
    pub json: bool,
    /// Colours on standard output.
    pub out: Style,
    /// Columns of the terminal on standard output; none where it is a pipe.
    pub width: Option<usize>,
    /// Its lines.
    pub height: Option<usize>,
    /// Colours on standard error.
    pub err: Style,
    /// Whether a person can be asked.
    pub interactive: bool,
    /// Whether standard error is a terminal that can show a live view.
    pub live: bool,
    /// `user@host`.
    pub who: String,
    variables: BTreeMap<String, Secret>,
    /// The prefix of the trial that this is about, whose records and secrets are kept apart from the platform's.
    trial: Option<String>,
    /// The shared store that the document asks for, once it was read.
    pub state: OnceCell<Option<Wanted>>,
    /// That store, once it was opened: a command has one picture of it.
    pub shared: OnceCell<Rc<Opened>>,
}

impl Settings {
    /// Reads everything.
    pub fn read(file: Option<PathBuf>, json: bool) -> Settings {
        // A variable that is no text is none of ours; asking for it as one would end the program.
        // Which of them are secrets, a document may say: all are kept as such.
        let variables: BTreeMap<String, Secret> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, Secret::new(v.into_string().ok()?)))).collect();
        let variable = |name: &str| variables.get(name).map(Secret::expose);
        let plain = variable("NO_COLOR").is_some_and(|v| !v.is_empty()) || variable("TERM") == Some("dumb");
        let style = |terminal: bool| if terminal && !plain { Style::Colour } else { Style::Plain };
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let user = variable("USER").or_else(|| variable("LOGNAME")).unwrap_or("somebody");
        let host = variable("HOSTNAME").map(str::to_owned).or_else(|| {
            let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
            Some(name.trim().to_owned())
        });
        let size = terminal_size::terminal_size_of(std::io::stdout()).filter(|_| out);
        Settings {
            width: size.map(|(w, _)| usize::from(w.0)),
            height: size.map(|(_, h)| usize::from(h.0)),
            file_named: file.is_some(),
            file: file.unwrap_or_else(|| PathBuf::from("platform.yaml")),
            json,
            out: style(out),
            err: style(err),
            interactive: std::io::stdin().is_terminal() && err,
            live: err && !plain && !json && !variables.contains_key("CI"),
            who: format!("{user}@{}", host.as_deref().unwrap_or("localhost")),
            variables,
            trial: None,
            state: OnceCell::new(),
            shared: OnceCell::new(),
        }
    }

    /// A variable, if it is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose).filter(|v| !v.is_empty())
    }

    /// The API token, from the vendor's own variables or the one that an environment's account names,
    /// otherwise from the system's keyring.
    pub fn token(&self, named: Option<&str>) -> Option<Secret> {
        let names: Vec<&str> = match named {
            Some(name) => vec![name],
            None => TOKEN.to_vec(),
        };
        names.iter().find_map(|n| self.variable(n)).map(Secret::new).or_else(|| names.iter().find_map(|n| self.keyring(n)))
    }

    /// A secret from the system's keyring, by the tool that the system has for it: libsecret's
    /// `secret-tool`, or macOS's `security`. A library for this would cost a D-Bus client.
    fn keyring(&self, name: &str) -> Option<Secret> {
        let tools: [(&str, [&str; 5]); 2] = [
            ("secret-tool", ["lookup", "service", "pontoon", "account", name]),
            ("security", ["find-generic-password", "-s", "pontoon", "-wa", name]),
        ];
        // The tokens of other vendors are none of the tool's business.
        let shown = KEYRING.iter().filter_map(|v| Some((v, self.variable(v)?)));
        tools.iter().find_map(|(tool, args)| {
            let mut command = std::process::Command::new(tool);
            command.args(args).env_clear().envs(shown.clone()).stdin(std::process::Stdio::null());
            let output = command.output().ok()?;
            let text = zeroize::Zeroizing::new(String::from_utf8(output.stdout).ok()?);
            (output.status.success() && !text.trim().is_empty()).then(|| Secret::new(text.trim()))
        })
    }

    /// The same, for a trial of this prefix. Its record is here, whoever shares the platform's: it is over soon, and who ends it
    /// needs no record.
    pub fn of_trial(&self, prefix: &str) -> Settings {
        let state = OnceCell::from(None);
        Settings { trial: Some(prefix.to_owned()), state, shared: OnceCell::new(), ..self.clone() }
    }

    /// The same, for the platform that a trial is of.
    pub fn of_platform(&self) -> Settings {
        Settings { trial: None, state: OnceCell::new(), shared: OnceCell::new(), ..self.clone() }
    }

    /// Whether this is about a trial, and its prefix.
    pub fn trial(&self) -> Option<&str> {
        self.trial.as_deref()
    }

    /// Where Pontoon keeps its own files.
    pub fn own(&self) -> PathBuf {
        match &self.trial {
            Some(prefix) => self.beside().join(TRIALS).join(prefix),
            None => self.beside(),
        }
    }

    /// Where it keeps the local cloud.
    pub fn local(&self) -> PathBuf {
        self.beside().join("local")
    }

    /// Where it keeps what was recorded of the local cloud.
    pub fn recorded(&self) -> Home {
        Home::new(match &self.trial {
            Some(prefix) => self.local().join(TRIALS).join(prefix),
            None => self.local(),
        })
    }

    /// The prefixes of the trials that are kept here.
    pub fn trials(&self, local: bool) -> Vec<String> {
        let folder = if local { self.local() } else { self.beside() }.join(TRIALS);
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut all: Vec<String> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
        all.sort();
        all
    }

    fn beside(&self) -> PathBuf {
        let beside = self.file.parent().filter(|p| !p.as_os_str().is_empty());
        beside.unwrap_or_else(|| Path::new(".")).join(".pontoon")
    }
}
