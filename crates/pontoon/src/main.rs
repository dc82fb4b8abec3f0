//! The binary: arguments, settings, composition, messages, exit codes. It alone prints, reads the
//! environment and exits.

mod args;
mod commands;
mod compose;
mod contents;
mod deliveries;
mod document;
mod exit;
mod files;
mod keeper;
mod print;
mod release;
mod settings;
mod shared;
mod stacks;
mod stores;

use args::{Cli, Command};
use clap::{CommandFactory, FromArgMatches};
use exit::{Exit, Outcome};
use settings::Settings;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = Cli::command().try_get_matches();
    let cli = match matches.and_then(|m| Cli::from_arg_matches(&m).inspect(|_| print::typed::follow(&m))) {
        Ok(cli) => cli,
        Err(e) => {
            // clap ends with 2 on wrong usage; here 2 means "something would change".
            let code = if e.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
            let _ = e.print();
            return code;
        }
    };
    let settings = Settings::read(cli.file.clone(), cli.json);
    if settings.json {
        print::in_json();
    }
    match run(&cli, &settings) {
        Ok(_) if print::lost() => {
            let next = "make room where the answer goes, then run it again: df -h";
            let trouble = exit::Trouble::new("the answer cannot be written", next);
            print::error::print(&trouble, settings.err, settings.json);
            trouble.exit.into()
        }
        Ok(exit) => exit.into(),
        Err(trouble) => {
            print::error::print(&trouble, settings.err, settings.json);
            trouble.exit.into()
        }
    }
}

fn run(cli: &Cli, settings: &Settings) -> Outcome<Exit> {
    match &cli.command {
        Command::Init(a) => commands::init::init(settings, a),
        Command::Check(a) => commands::check::check(settings, a),
        Command::Explain(a) => commands::explain::explain(settings, a),
        Command::Schema => commands::schema::schema(),
        Command::Plan(a) => commands::plan::plan(settings, a),
        Command::Up(a) => commands::up::up(settings, a),
        Command::Status(a) => commands::status::status(settings, a),
        Command::Drift(a) => commands::drift::drift(settings, a),
        Command::Why(a) => commands::why::why(settings, a),
        Command::Kubeconfig(a) => commands::kubeconfig::kubeconfig(settings, a),
        Command::Lock(a) => commands::lock::lock(settings, a),
        Command::Render(a) => commands::render::render(settings, a),
        Command::Bootstrap(a) => commands::bootstrap::bootstrap(settings, a),
        Command::Promote(a) => commands::promote::promote(settings, a),
        Command::Rollback(a) => commands::promote::rollback(settings, a),
        Command::Restore(a) => commands::restore::restore(settings, a),
        Command::Upgrade(a) => commands::upgrade::upgrade(settings, a),
        Command::Adopt(a) => commands::adopt::adopt(settings, a),
        Command::Forget(a) => commands::forget::forget(settings, a),
        Command::Leaks(a) => commands::leaks::leaks(settings, a),
        Command::Destroy(a) => commands::destroy::destroy(settings, a),
        Command::Cost(a) => commands::cost::cost(settings, a),
        Command::Secret(a) => commands::secret::secret(settings, a),
        Command::State(a) => commands::state::state(settings, a),
        Command::Op(a) => commands::op::op(settings, a),
        Command::Local(a) => commands::local::local(settings, a),
        Command::Doctor(a) => commands::doctor::doctor(settings, a),
        Command::Completions(a) => commands::completions::completions(a),
    }
}
