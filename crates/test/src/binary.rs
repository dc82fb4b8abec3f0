//! The real binary in a folder of its own: run to its end, started and killed, or left serving.
//!
//! Nothing of the tester's environment gets in but the path: no credentials, no colours, no keyring.

#![expect(clippy::disallowed_methods, reason = "real processes take real time")]

use crate::context::Folder;
use serde_json::Value;
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A document with one environment and something of everything that matters in a run: stateful, slow, with children.
pub const TINY: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
databases:
  main: { provider: digitalocean, version: "17", size: db-s-1vcpu-2gb, instances: 1 }
"#;

/// No command of a test may take longer; a hung one is killed and fails its test.
const LIMIT: Duration = Duration::from_secs(300);
/// How often a running process is looked at.
const GLANCE: Duration = Duration::from_millis(2);

/// A folder with the binary in hand.
pub struct Bench {
    exe: PathBuf,
    folder: Folder,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// How long it took.
    pub took: Duration,
}

impl Ran {
    /// Both outputs, for messages.
    pub fn all(&self) -> String {
        format!("exit {:?} after {:?}\n--- out\n{}\n--- err\n{}", self.code, self.took, self.out, self.err)
    }

    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON document: {e}\n{}", self.all()))
    }

    /// Asserts how it ended.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}", self.all());
        self
    }
}

impl Bench {
    /// An empty folder. `exe` is `env!("CARGO_BIN_EXE_pontoon")`.
    pub fn new(exe: &str) -> Bench {
        Bench { exe: exe.into(), folder: Folder::new() }
    }

    /// A folder with this `platform.yaml`.
    pub fn with(exe: &str, document: &str) -> Bench {
        let bench = Bench::new(exe);
        bench.write("platform.yaml", document);
        bench
    }

    /// A folder with everything that stands beside an example's document.
    pub fn example(exe: &str, name: &str) -> Bench {
        let bench = Bench::new(exe);
        let from = crate::platforms::example_path(name);
        copy(from.parent().expect("an example is in a folder"), bench.path());
        bench
    }

    /// The same folder once more, with its world and its records as they are now.
    pub fn again(&self) -> Bench {
        let bench = Bench { exe: self.exe.clone(), folder: Folder::new() };
        copy_all(self.path(), bench.path());
        bench
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file in it, with its folders.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
        std::fs::write(&path, content).expect("a file can be written");
        path
    }

    /// A command that is not started yet.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.exe);
        self.surround(&mut command);
        command.args(args);
        command
    }

    /// A shell script in the folder, in which `$PONTOON` is the binary.
    pub fn script(&self, script: &str) -> Ran {
        let mut command = Command::new("sh");
        self.surround(&mut command);
        command.env("PONTOON", &self.exe).args(["-c", script]);
        ran(command)
    }

    fn surround(&self, command: &mut Command) {
        command.current_dir(self.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path()).env("USER", "tester").env("HOSTNAME", "bench").env("CI", "1");
        // Its own: what rescues end up there must not be found by other tests.
        command.env("TMPDIR", self.path());
    }

    /// Runs a command to its end.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        ran(self.command(args))
    }

    /// Runs a command written as one line, without any quoting.
    pub fn type_in(&self, line: &str) -> Ran {
        self.run(line.split_whitespace())
    }

    /// Starts a command and kills it with SIGKILL after a while. Returns how it ended: its exit code
    /// where it was faster, none where the signal ended it. What it said is in `log`.
    pub fn kill_after<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, after: Duration, log: &Path) -> Option<i32> {
        let mut command = self.command(args);
        let log = std::fs::File::create(log).expect("a log can be made");
        let mut child = command.stdout(Stdio::null()).stderr(log).spawn().expect("the binary starts");
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                return status.code();
            }
            if begun.elapsed() >= after {
                // It may have ended in this moment.
                let _ = child.kill();
                return child.wait().expect("a child can be waited for").code();
            }
            std::thread::sleep(GLANCE.min(after.saturating_sub(begun.elapsed())));
        }
    }

    /// Starts a command written as one line, to look at it while it runs.
    pub fn start(&self, line: &str) -> Running {
        Running::of(self.command(line.split_whitespace()))
    }

    /// Starts a shell script that ends in `exec "$PONTOON" …`.
    pub fn start_script(&self, script: &str) -> Running {
        let mut command = Command::new("sh");
        self.surround(&mut command);
        command.env("PONTOON", &self.exe).args(["-c", script]);
        Running::of(command)
    }

    /// Starts `pontoon local start` with these further arguments and waits until it says where it is.
    pub fn serve(&self, args: &[&str]) -> Serving {
        let mut command = self.command(["local", "start", "--json"].iter().chain(args));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output is piped");
        BufReader::new(out).read_line(&mut line).expect("it says where it is");
        let places = serde_json::from_str(&line).unwrap_or_else(|e| panic!("it does not say where it is: {e}: {line}"));
        Serving { child, places }
    }

    /// What exists in the local cloud.
    pub fn objects(&self) -> Value {
        self.type_in("local objects --json").ends_with(0).json()
    }
}

/// A command that runs; it is killed with its owner.
pub struct Running {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
    said: String,
}

impl Running {
    fn of(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let err = BufReader::new(child.stderr.take().expect("it is piped"));
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || err.lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
        Running { child, lines, said: String::new() }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a line on standard error begins with this.
    #[track_caller]
    pub fn wait_for(&mut self, lead: &str) {
        loop {
            let line = self.lines.recv_timeout(LIMIT).unwrap_or_else(|e| panic!("no `{lead}` came: {e}: {}", self.said));
            self.said.push_str(&line);
            self.said.push('\n');
            if line.starts_with(lead) {
                return;
            }
        }
    }

    /// What it has said on standard error; after its end, everything.
    pub fn said(&mut self) -> &str {
        for line in self.lines.try_iter() {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        &self.said
    }

    /// Kills it with SIGKILL. Returns its exit code where it had ended already.
    pub fn kill(&mut self) -> Option<i32> {
        let _ = self.child.kill();
        self.end()
    }

    /// Sends it a signal, such as `INT`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status().expect("there is a kill");
        assert!(status.success());
    }

    /// Lets no file that it writes become larger than so many bytes from now on; false where this
    /// system has no means for that.
    pub fn limit_files(&self, bytes: usize) -> bool {
        let limit = format!("--fsize={bytes}:{bytes}");
        let status = Command::new("prlimit").args(["--pid", &self.pid().to_string(), &limit]).status();
        status.is_ok_and(|s| s.success())
    }

    /// Waits for its end; its exit code, none where a signal ended it.
    pub fn end(&mut self) -> Option<i32> {
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                // Its last lines are on their way.
                while let Ok(line) = self.lines.recv() {
                    self.said.push_str(&line);
                    self.said.push('\n');
                }
                return status.code();
            }
            std::thread::sleep(GLANCE);
        }
        panic!("it does not end: {}", self.said);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A local cloud that is served; it ends with its owner.
pub struct Serving {
    child: Child,
    /// What it printed: `digitalocean`, `spaces`, `pid`.
    pub places: Value,
}

impl Serving {
    /// Where a vendor is: `digitalocean` or `spaces`.
    pub fn at(&self, vendor: &str) -> &str {
        self.places[vendor].as_str().expect("it says where that is")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ran(mut command: Command) -> Ran {
    let begun = Instant::now();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let id = child.id();
    let (done, watched) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if watched.recv_timeout(LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        }
    });
    let Output { status, stdout, stderr } = child.wait_with_output().expect("its output can be read");
    drop(done);
    watch.join().expect("the watch ends");
    Ran {
        code: status.code(),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
        took: begun.elapsed(),
    }
}

fn copy(from: &Path, to: &Path) {
    // What a person's own runs left there is not the example's.
    copy_where(from, to, &|name| !name.starts_with('.'));
}

fn copy_all(from: &Path, to: &Path) {
    copy_where(from, to, &|_| true);
}

fn copy_where(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) {
    for entry in std::fs::read_dir(from).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let name = entry.file_name();
        if !wanted(&name.to_string_lossy()) {
            continue;
        }
        let target = to.join(&name);
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder can be made");
            copy_where(&entry.path(), &target, wanted);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
