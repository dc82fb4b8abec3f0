//! `pontoon init`: a document to begin with, its schema for editors, and a folder that Git leaves out.

mod answers;
mod ignore;
mod text;

use crate::{
    args::Init as Args,
    contents::{build, lock},
    document::Beside,
    exit::{Exit, Outcome, Trouble},
    files::{self, Readers},
    print,
    settings::Settings,
};
use answers::Answers;
use pontoon_catalog::prices;
use pontoon_compiler::{Options, compile};
use pontoon_core::money::Cost;
use pontoon_spec::Document;
use pontoon_ui::style::Ink;
use serde_json::json;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The schema's file, beside the document.
pub const SCHEMA: &str = "platform.schema.json";
/// What every schema of ours holds, so that nobody else's file is taken for one.
const OURS: &str = "https://pontoon.dev/schema/";

/// Writes a document, its schema, and a line for Git. Never writes over a document.
pub fn init(settings: &Settings, args: &Args) -> Outcome {
    let file = &settings.file;
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf();
    refuse_what_is_there(settings, &folder)?;
    let answers = Answers::collect(settings, args, &folder)?;
    let document = text::document(&answers);
    let made = judge(settings, &document, file, &folder)?;

    let schema = beside(&folder, SCHEMA);
    std::fs::create_dir_all(&folder).map_err(|e| unwritable(&folder, &e))?;
    files::write(&schema, super::schema::text().as_bytes(), Readers::Anybody).map_err(|e| unwritable(&schema, &e))?;
    let new = std::fs::OpenOptions::new().write(true).create_new(true).open(file);
    new.and_then(|mut f| f.write_all(document.as_bytes())).map_err(|e| unwritable(file, &e))?;
    let ignored = ignore::leave_out(&folder).map_err(|(path, e)| unwritable(&path, &e))?;

    if settings.json {
        let answer = json!({
            "document": file,
            "schema": schema,
            "ignored": ignored.word(),
            "cost": print::json::cost(made.cost),
            "next": next(settings, &made).iter().map(|(command, _)| command).collect::<Vec<_>>(),
        });
        print::line(&answer.to_string());
        return Ok(Exit::Done);
    }
    say(settings, &answers, &schema, &ignored, &made);
    Ok(Exit::Done)
}

/// What the document makes.
struct Made {
    /// A month.
    cost: Cost,
    /// Which engine it asks for.
    engine: String,
}

/// A file of a folder, as a person would type it.
fn beside(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") { name.into() } else { folder.join(name) }
}

/// A document is never written over, nor a file that is no schema of ours.
fn refuse_what_is_there(settings: &Settings, folder: &Path) -> Outcome<()> {
    let file = &settings.file;
    if file.symlink_metadata().is_ok() {
        let file = file.display();
        let named = if settings.file_named { format!(" -f {file}") } else { String::new() };
        return Err(Trouble::new(
            format!("{file} is there already, and init never writes over it"),
            format!("see what is wrong with it: pontoon check{named}\nor write another one: pontoon init -f FILE"),
        ));
    }
    let schema = beside(folder, SCHEMA);
    match std::fs::read_to_string(&schema) {
        Ok(text) if text.contains(OURS) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(Trouble::new(
            format!("{} is there already, and is no schema of Pontoon's", schema.display()),
            format!("move it away: mv {0} {0}.old", schema.display()),
        )),
    }
}

/// What is written has to be right: whatever is not, was asked for.
fn judge(settings: &Settings, document: &str, file: &Path, folder: &Path) -> Outcome<Made> {
    let parsed = Document::parse(&file.to_string_lossy(), document.as_bytes(), &Beside(folder.to_path_buf()));
    let (resolved, problems) = match &parsed.document {
        Some(document) => document.resolve_all(),
        None => (Vec::new(), parsed.diagnostics),
    };
    if problems.has_errors() {
        let mut trouble = Trouble::new("this would make a document with errors; nothing was written", "pontoon init --help");
        for problem in problems.errors() {
            let hint = problem.hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default();
            trouble = trouble.because(format!("{}{hint}", problem.message));
        }
        return Err(trouble);
    }
    let specs: Vec<_> = resolved.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect();
    let platform = compile(&specs, text::ENVIRONMENT, Options { shared: true });
    let engine = specs.first().map(|s| s.infrastructure.engine.to_string()).unwrap_or_default();
    let mut cost: Cost = pontoon_plan::costs(&platform).iter().map(|l| l.cost).sum();
    for spec in &specs {
        let inside = build(settings, spec, &lock(settings)?)?.contents.components;
        cost = cost + inside.iter().flat_map(prices::purchases).map(|o| o.cost).sum();
    }
    Ok(Made { cost, engine })
}

/// What to type next, and what that does.
fn next(settings: &Settings, made: &Made) -> Vec<(String, &'static str)> {
    let named = if settings.file_named { format!(" -f {}", settings.file.display()) } else { String::new() };
    // Only the native engine is built; a blueprint may ask for another one.
    let plan = if made.engine == "native" { "plan" } else { "plan --engine native" };
    [
        ("check", "every mistake in one run, without any network"),
        ("up --local", "builds it on this machine: no account, no network"),
        (plan, "what it would do to your account; set DIGITALOCEAN_TOKEN first"),
    ]
    .map(|(command, does)| (format!("pontoon {command}{named}"), does))
    .into()
}

fn say(settings: &Settings, answers: &Answers, schema: &Path, ignored: &ignore::Ignored, made: &Made) {
    let paint = |ink, text: &str| settings.out.paint(ink, text);
    let file = settings.file.display().to_string();
    let (schema, ignored_file) = (schema.display().to_string(), ignored.file().map(|p| p.display().to_string()));
    let width = [Some(&file), Some(&schema), ignored_file.as_ref()].into_iter().flatten().map(|t| t.len()).max().unwrap_or(0);
    let row = |sign: &str, name: &str, says: &str| {
        let sign = paint(if sign == "+" { Ink::Good } else { Ink::Notice }, sign);
        print::line(&format!("{sign} {name:width$}  {}", paint(Ink::Faint, says)));
    };
    let what = format!("the platform {}, after the blueprint {}", answers.name, answers.blueprint);
    row("+", &file, &what);
    row("+", &schema, "completes and explains every key in your editor");
    if let Some(file) = ignored_file {
        row(ignored.sign(), &file, &format!("leaves {} out of Git: what Pontoon keeps for itself", ignore::FOLDER));
    }
    let cost = paint(Ink::Strong, &made.cost.to_string());
    print::line(&format!("\nas it stands it costs {cost} USD a month; nothing is bought yet"));
    if ignored.file().is_none() {
        print::line(&format!("if this goes into Git, leave {} out: echo {0} >> .gitignore", ignore::FOLDER));
    }
    print::line(&format!("\n{}", paint(Ink::Strong, "next:")));
    let commands = next(settings, made);
    let width = commands.iter().map(|(c, _)| c.len()).max().unwrap_or(0);
    for (command, does) in commands {
        print::line(&format!("  {command:width$}  {}", paint(Ink::Faint, does)));
    }
}

fn unwritable(path: &Path, e: &io::Error) -> Trouble {
    let folder: PathBuf = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).into();
    Trouble::new(format!("{}: cannot be written", path.display()), format!("see who may: ls -ld {}", folder.display()))
        .because(e.to_string())
}
