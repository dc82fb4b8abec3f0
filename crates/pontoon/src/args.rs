//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use pontoon_core::{
    address::{Address, NotAnAddress},
    name::Name,
    quantity::{Duration, Misread},
};
use std::path::PathBuf;

/// Typed platforms on DigitalOcean.
///
/// One file, platform.yaml, says what the platform is. Pontoon checks it, plans it, builds it, keeps
/// it so, prices it and takes it down again. With --local everything runs against a cloud that
/// Pontoon carries inside itself: no account, no network.
#[derive(Debug, Parser)]
#[command(name = "pontoon", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Start here:\n  pontoon init                 write a platform.yaml\n  pontoon up --local           build it on this machine\n  pontoon plan                 see what it would do to your account"
)]
pub struct Cli {
    /// The document [default: platform.yaml]
    #[arg(short = 'f', long, global = true, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Answer in JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented platform.yaml, and its JSON Schema for editors
    Init(Init),
    /// Find every mistake in the document, without any network
    Check(Check),
    /// Show the resolved document, each value with where it comes from
    Explain(Explain),
    /// Print the JSON Schema of the document
    Schema,
    /// Show what would change, why, what it does to what runs, and what it costs
    Plan(Plan),
    /// Build everything that the document asks for; resumes after any interruption
    Up(Up),
    /// Show health, what is there, what differs, and what it costs
    Status(Status),
    /// Show what is not as it was last applied: in the cloud, in the cluster, in the repository
    Drift(Drift),
    /// Show the chain from an app's host to what answers it, each link proven or broken
    Why(Why),
    /// Print a kubeconfig whose credential lives for a few hours
    Kubeconfig(Kubeconfig),
    /// Write what the clusters run as a GitOps tree
    Render(Render),
    /// Write down which version of each chart the platform runs, or move on to newer ones
    Lock(Lock),
    /// Make the repository that clusters follow, and fill it
    Bootstrap(Bootstrap),
    /// Carry what one environment runs to the next, as one reviewable change
    Promote(Promote),
    /// Go back to what an environment ran before, as one reviewable change
    Rollback(Rollback),
    /// Bring a database back as it was, beside the one that is; what uses it follows
    Restore(Restore),
    /// Take the next step on the vendor's way to a newer Kubernetes, checked first
    Upgrade(Upgrade),
    /// Take what the account has already into the record, as it is; changes nothing there
    Adopt(Adopt),
    /// Stop tracking a thing; it stays as it is
    Forget(Forget),
    /// Show what the account still holds of the platform and no record knows, priced
    Leaks(Leaks),
    /// Take everything down, in order, and report what is left
    Destroy(Destroy),
    /// Show what the platform costs a month
    Cost(Cost),
    /// Give values to the secrets that the document names, list them, change them
    #[command(subcommand)]
    Secret(Secret),
    /// Show where the state is and who writes to it, and move it
    #[command(subcommand)]
    State(State),
    /// Look at operations, and settle one that waits for a person
    #[command(subcommand)]
    Op(Op),
    /// Run the embedded cloud by itself, for other tools
    #[command(subcommand)]
    Local(Local),
    /// Try credentials, limits, versions and prices
    Doctor(Doctor),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// Which environments.
#[derive(Debug, Clone, Args, Default)]
pub struct Which {
    /// The environment [default: the only one; status, drift, cost and doctor take every one]
    #[arg(value_name = "ENV")]
    pub environment: Option<String>,
    /// Every environment, in promotion order
    #[arg(long, conflicts_with = "environment")]
    pub all: bool,
}

/// Where.
#[derive(Debug, Clone, Args, Default)]
pub struct Where {
    /// Use the cloud that Pontoon carries inside itself, kept in .pontoon/local
    #[arg(long)]
    pub local: bool,
    /// How fast the local cloud's time runs: instant, real, or a factor
    #[arg(long, value_name = "SPEED", requires = "local", default_value = "instant", hide_default_value = true)]
    pub speed: Speed,
    /// A world file for a fresh local cloud: seed, limits, delays, faults
    #[arg(long, value_name = "FILE", requires = "local")]
    pub world: Option<PathBuf>,
    /// Which engine, whatever infrastructure.engine says; only native is built
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,
}

impl Where {
    /// `pontoon up ENV`, as it has to be typed for this place.
    pub fn up(&self, environment: &str) -> String {
        format!("pontoon up {environment}{}", if self.local { " --local" } else { "" })
    }
}

/// A trial.
#[derive(Debug, Clone, Args, Default)]
pub struct Trial {
    /// A trial beside the platform, under names, an address range, a zone and a record of its own
    #[arg(long, requires = "prefix", conflicts_with = "all")]
    pub ephemeral: bool,
    /// What every name of the trial begins with
    #[arg(long, value_name = "PREFIX", requires = "ephemeral")]
    pub prefix: Option<Name>,
}

/// A part of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layer {
    /// What the vendor sells: network, cluster, databases, buckets, zone
    Cloud,
}

/// How fast a local cloud's time runs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Speed {
    /// As fast as it can be computed.
    #[default]
    Instant,
    /// So many seconds in one.
    Times(f64),
}

impl std::str::FromStr for Speed {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "instant" => Ok(Speed::Instant),
            "real" => Ok(Speed::Times(1.0)),
            n => match n.parse::<f64>() {
                Ok(n) if n.is_finite() && n > 0.0 => Ok(Speed::Times(n)),
                _ => Err("write instant, real, or a factor such as 60".into()),
            },
        }
    }
}

/// What may happen.
#[derive(Debug, Clone, Args, Default)]
pub struct Limits {
    /// Only this address and what it needs (repeatable)
    #[arg(long, value_name = "ADDRESS")]
    pub only: Vec<Address>,
    /// Let this stateful thing be destroyed (repeatable)
    #[arg(long, value_name = "ADDRESS")]
    pub destroy: Vec<Address>,
    /// Let every stateful thing be destroyed
    #[arg(long)]
    pub include_stateful: bool,
    /// Take over this existing thing (repeatable)
    #[arg(long, value_name = "ADDRESS")]
    pub adopt: Vec<Address>,
}

/// `init`
#[derive(Debug, Args)]
pub struct Init {
    /// The blueprint to start from: single-cluster, isolated-pools, enterprise, hybrid, gitops, or the
    /// path of a file [default: single-cluster]
    #[arg(long, value_name = "NAME")]
    pub blueprint: Option<String>,
    /// The platform's name [default: the folder's]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The DNS zone [default: NAME.example.com]
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Option<String>,
    /// Where certificates and accounts write to (default: ops@ and the domain)
    #[arg(long, value_name = "MAIL")]
    pub contact: Option<String>,
    /// The region [default: nyc3]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
}

/// How `check` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// GitHub annotations
    Github,
}

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// `explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// A path in the document, such as databases.main.size, or a diagnostic's code, such as PT2001
    #[arg(value_name = "PATH")]
    pub path: Option<String>,
    /// The environment; may be left out where there is only one
    #[arg(short, long, value_name = "ENV")]
    pub environment: Option<String>,
}

/// `plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// Which environments
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// Only this layer: cloud leaves what runs in the cluster out
    #[arg(long, value_name = "LAYER", hide_possible_values = true)]
    pub layer: Option<Layer>,
    /// What may happen
    #[command(flatten)]
    pub limits: Limits,
    /// Save the plan, for up --plan
    #[arg(short = 'o', long = "out", value_name = "FILE", conflicts_with = "all")]
    pub out: Option<PathBuf>,
    /// Exit with 2 where something would change
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Show every changed line of the repository's files
    #[arg(short, long)]
    pub verbose: bool,
}

/// `up`
#[derive(Debug, Args)]
pub struct Up {
    /// Which environments
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// What may happen
    #[command(flatten)]
    pub limits: Limits,
    /// Only this layer: cloud leaves what runs in the cluster as it is
    #[arg(long, value_name = "LAYER", hide_possible_values = true)]
    pub layer: Option<Layer>,
    /// A trial
    #[command(flatten)]
    pub trial: Trial,
    /// How long the trial lasts, such as 90m, 2h or 3d; the next run after that removes it, whatever it holds [default: 2h]
    #[arg(long, value_name = "TIME", requires = "ephemeral", value_parser = lasting)]
    pub ttl: Option<Duration>,
    /// Carry out exactly this saved plan
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "ephemeral"])]
    pub plan: Option<PathBuf>,
    /// Answer every question with yes; stateful things still have to be named
    #[arg(short, long)]
    pub yes: bool,
    /// Take the lock of a shared state away from whoever has it; only where it is certain that it has ended
    #[arg(long, conflicts_with_all = ["local", "ephemeral"])]
    pub break_lock: bool,
}

/// The shortest and the longest time of a trial, in seconds: below the first one is over before it is built, and what lasts
/// longer than the second is no trial.
const LASTING: std::ops::RangeInclusive<u64> = 15 * 60..=30 * 86_400;

/// How long a trial lasts.
fn lasting(text: &str) -> Result<Duration, String> {
    let time: Duration = text.parse().map_err(|e: Misread| e.to_string())?;
    match LASTING.contains(&time.seconds()) {
        true => Ok(time),
        false => Err("a trial lasts 15 minutes to 30 days: write 2h".into()),
    }
}

/// `status`
#[derive(Debug, Args)]
pub struct Status {
    /// Which environments
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// Look again every so many seconds (5 unless told) until interrupted; a pipe gets what has changed
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "5",
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    pub watch: Option<u64>,
}

/// `drift`
#[derive(Debug, Args)]
pub struct Drift {
    /// Which environments
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// Only this layer: cloud leaves cluster and repository out
    #[arg(long, value_name = "LAYER", hide_possible_values = true)]
    pub layer: Option<Layer>,
    /// Show every field that differs in the cluster
    #[arg(short, long)]
    pub verbose: bool,
}

/// `adopt`
#[derive(Debug, Args)]
pub struct Adopt {
    /// Which environments
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// This address is the thing with this id at the vendor (repeatable)
    #[arg(long, value_name = "ADDRESS=ID", value_parser = taking)]
    pub take: Vec<(Address, String)>,
    /// Only this address and what it needs (repeatable)
    #[arg(long, value_name = "ADDRESS")]
    pub only: Vec<Address>,
    /// Write a first document from what the account holds, and take nothing over
    #[arg(long, value_name = "FILE", conflicts_with_all = ["take", "only", "likely", "environment", "all"])]
    pub write: Option<PathBuf>,
    /// The cluster that the document is written for, by name or id [default: the only one]
    #[arg(long, value_name = "CLUSTER", requires = "write")]
    pub cluster: Option<String>,
    /// The platform's name in it [default: the cluster's]
    #[arg(long, value_name = "NAME", requires = "write")]
    pub name: Option<String>,
    /// Where certificates and accounts write to (default: ops@ and the domain)
    #[arg(long, value_name = "MAIL", requires = "write")]
    pub contact: Option<String>,
    /// Also look for buckets in this region, with a key that is made for it and removed (repeatable)
    #[arg(long, value_name = "REGION", requires = "write")]
    pub buckets: Vec<String>,
    /// Also take what only looks like it: the only one that has everything that cannot change
    #[arg(long)]
    pub likely: bool,
    /// Answer every question with yes
    #[arg(short, long)]
    pub yes: bool,
}

/// `ADDRESS=ID`
fn taking(text: &str) -> Result<(Address, String), String> {
    let (address, id) = text.split_once('=').filter(|(_, id)| !id.is_empty()).ok_or("write it as ADDRESS=ID")?;
    Ok((address.parse().map_err(|e: NotAnAddress| e.to_string())?, id.to_owned()))
}

/// `restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// What, as the document calls it: databases.NAME
    #[arg(value_name = "WHAT")]
    pub what: String,
    /// The environment [default: the only one]
    #[arg(value_name = "ENV")]
    pub environment: Option<String>,
    /// As it was at this time, such as 2026-11-02T09:30:00Z [default: at the newest backup]
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "backup")]
    pub at: Option<jiff::Timestamp>,
    /// From the backup of exactly this time, and nothing later: the vendor's, or an archive's by its id (20261102T093000)
    #[arg(long, value_name = "TIME", value_parser = backup)]
    pub backup: Option<jiff::Timestamp>,
    /// Remove what stood before a database of the cluster was restored, with its data
    #[arg(long, conflicts_with_all = ["at", "backup"])]
    pub remove_before: bool,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// Answer every question with yes
    #[arg(short, long)]
    pub yes: bool,
}

/// A moment.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| "write it in full, with its zone: 2026-11-02T09:30:00Z".to_owned())
}

/// When a backup was made: a moment, or the id that Barman gives it, which is one in UTC.
fn backup(text: &str) -> Result<jiff::Timestamp, String> {
    let id = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", text).ok().and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC).ok());
    id.map_or_else(|| moment(text), |at| Ok(at.timestamp()))
}

/// `upgrade`
#[derive(Debug, Args)]
pub struct Upgrade {
    /// Which environment
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// Show the way and what speaks against it, and upgrade nothing
    #[arg(long)]
    pub check: bool,
    /// Go on although something speaks against it
    #[arg(long)]
    pub despite: bool,
    /// Answer every question with yes
    #[arg(short, long)]
    pub yes: bool,
}

/// `leaks`
#[derive(Debug, Args)]
pub struct Leaks {
    /// Where
    #[command(flatten)]
    pub place: Where,
}

/// `forget`
#[derive(Debug, Args)]
pub struct Forget {
    /// What is forgotten, with everything that lives in it
    #[arg(value_name = "ADDRESS", required = true)]
    pub addresses: Vec<Address>,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// Answer every question with yes
    #[arg(short, long)]
    pub yes: bool,
}

/// `destroy`
#[derive(Debug, Args)]
pub struct Destroy {
    /// Which environments
    #[command(flatten)]
    pub which: Which,
    /// Only this part of what runs in the cluster, as the document calls it, such as apps.web (repeatable)
    #[arg(long, value_name = "PART", conflicts_with_all = ["only", "all", "ephemeral"])]
    pub part: Vec<String>,
    /// A trial, before its time is over
    #[command(flatten)]
    pub trial: Trial,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// What may happen
    #[command(flatten)]
    pub limits: Limits,
    /// Answer every question with yes; stateful things still have to be named
    #[arg(short, long)]
    pub yes: bool,
    /// Take the lock of a shared state away from whoever has it; only where it is certain that it has ended
    #[arg(long, conflicts_with_all = ["local", "ephemeral"])]
    pub break_lock: bool,
}

/// `cost`
#[derive(Debug, Args)]
pub struct Cost {
    /// Which environments
    #[command(flatten)]
    pub which: Which,
}

/// `secret`
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Give a secret its value: asked for on a terminal, or everything on standard input
    Set(SecretOf),
    /// List what is asked for: where it is used, whether it is there, and since when; never a value
    List {
        /// The environment [default: every one]
        #[arg(long = "env", value_name = "ENV")]
        environment: Option<String>,
        /// Where
        #[command(flatten)]
        place: Where,
    },
    /// Give a secret another value: drawn, asked for, or made by the vendor
    Rotate(SecretOf),
}

/// Which secret.
#[derive(Debug, Args)]
pub struct SecretOf {
    /// Its name, such as SLACK_WEBHOOK
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The environment [default: the only one]
    #[arg(long = "env", value_name = "ENV")]
    pub environment: Option<String>,
    /// Whose it is: an app or a component [default: the only one that asks for it]
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,
    /// Where
    #[command(flatten)]
    pub place: Where,
}

/// `state`
#[derive(Debug, Subcommand)]
pub enum State {
    /// Show where the state is, who writes to it, and how far each record is
    Show {
        /// Of the local cloud
        #[arg(long)]
        local: bool,
    },
    /// Take in what a run could not write and has saved in a file
    Rescue {
        /// The file that the run named
        // Not `file`: that is the document's, for every command.
        #[arg(id = "rescued", value_name = "FILE")]
        file: PathBuf,
    },
    /// Move the state to where platform.yaml says that it is
    Move {
        /// Where it is now
        #[arg(long, value_enum, value_name = "PLACE")]
        from: From,
        /// Take the lock of the place that it leaves away from whoever has it
        #[arg(long)]
        break_lock: bool,
    },
}

/// A place of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// The folder .pontoon beside the document
    Local,
    /// A bucket of Spaces
    Spaces,
    /// A bucket of S3
    S3,
}

/// `op`
#[derive(Debug, Subcommand)]
pub enum Op {
    /// List every operation ever run, newest first
    Log {
        /// Of the local cloud
        #[arg(long)]
        local: bool,
    },
    /// Show one operation, step by step
    Show {
        /// Its id
        id: String,
        /// Of the local cloud
        #[arg(long)]
        local: bool,
    },
    /// Say what became of a step that only a person can settle
    Resolve {
        /// The operation's id
        id: String,
        /// The step's number, as op show prints it
        step: u32,
        /// It happened: the vendor's id of what was made
        #[arg(long, value_name = "VENDOR-ID", conflicts_with = "absent", required_unless_present = "absent")]
        made: Option<String>,
        /// It did not happen
        #[arg(long)]
        absent: bool,
        /// Of the local cloud
        #[arg(long)]
        local: bool,
    },
}

/// `local`
#[derive(Debug, Subcommand)]
pub enum Local {
    /// Serve the embedded cloud on loopback, one port a vendor, until interrupted
    Start {
        /// The first port; further vendors follow [default: any free ones]
        #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
        port: u16,
        /// A world file: seed, limits, delays, faults
        #[arg(long, value_name = "FILE")]
        world: Option<PathBuf>,
        /// How fast its time runs: instant, real, or a factor
        #[arg(long, value_name = "SPEED", default_value = "real")]
        speed: Speed,
    },
    /// Print the variables that point official clients at it
    Env,
    /// List everything that exists in it
    Objects,
    /// Forget the world, and what was recorded of it
    Reset,
}

/// `doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// Which environments
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// Print the exact token scopes that this platform needs
    #[arg(long)]
    pub scopes: bool,
}

/// `completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `why`
#[derive(Debug, Args)]
pub struct Why {
    /// The app
    pub app: String,
    /// Which environments
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
}

/// `kubeconfig`
#[derive(Debug, Args)]
pub struct Kubeconfig {
    /// Which environment
    #[command(flatten)]
    pub which: Which,
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// How many hours the credential lives
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub hours: u32,
}

/// `render`
#[derive(Debug, Args)]
pub struct Render {
    /// The folder
    #[arg(long, value_name = "DIR", default_value = "gitops", global = true)]
    pub to: PathBuf,
    /// What the local cloud's environments run
    #[arg(long, global = true)]
    pub local: bool,
    /// Let the stacks take over what the record has: with `import` blocks
    #[arg(long)]
    pub import: bool,
    /// A part of it alone
    #[command(subcommand)]
    pub part: Option<RenderPart>,
}

/// A part of what `render` writes.
#[derive(Debug, Subcommand)]
pub enum RenderPart {
    /// Pages and pictures of what is built: architecture, inventory, cost, objectives, runbooks, decisions
    Docs(RenderDocs),
}

/// `render docs`
#[derive(Debug, Args)]
pub struct RenderDocs {
    /// The environment [default: every one]
    #[arg(value_name = "ENV")]
    pub environment: Option<String>,
    /// Every environment, in promotion order
    #[arg(long, conflicts_with = "environment")]
    pub all: bool,
}

/// `lock`
#[derive(Debug, Args)]
pub struct Lock {
    /// Take the version that this Pontoon was tried with, of this chart or of all
    #[arg(long, value_name = "CHART", num_args = 0..=1)]
    pub update: Option<Option<String>>,
}

/// `bootstrap`
#[derive(Debug, Args)]
pub struct Bootstrap {
    /// Where
    #[command(flatten)]
    pub place: Where,
    /// Protect the followed branch at the end; up does so once everything is healthy
    #[arg(long)]
    pub protect: bool,
}

/// `promote`
#[derive(Debug, Args)]
pub struct Promote {
    /// The environment that runs it
    pub from: String,
    /// The environment that shall run it
    pub to: String,
    /// Where
    #[command(flatten)]
    pub place: Where,
}

/// `rollback`
#[derive(Debug, Args)]
pub struct Rollback {
    /// The environment
    pub environment: String,
    /// Which earlier revision [default: the one before]
    pub release: Option<String>,
    /// Where
    #[command(flatten)]
    pub place: Where,
}
