//! `pontoon check`

use crate::{
    args::{Check as Args, Format},
    document::{pages, read},
    exit::{Exit, Outcome},
    print,
    settings::Settings,
};
use pontoon_spec::report::{Look, github, json, sarif, text};
use pontoon_ui::style::Style;

/// Finds every mistake in one run. No network.
pub fn check(settings: &Settings, args: &Args) -> Outcome {
    let checked = read(settings, false)?;
    let found = &checked.diagnostics;
    let format = if settings.json { Format::Json } else { args.format };
    match format {
        Format::Json => print::line(&json(found)),
        Format::Sarif => print::line(&sarif(found, &pages(), env!("CARGO_PKG_VERSION"))),
        Format::Github => print::out(&github(found)),
        Format::Text => {
            let look = if settings.out == Style::Colour { Look::Coloured } else { Look::Plain };
            print::out(&text(found, &checked.sources, look));
            if found.is_empty() {
                let names: Vec<String> = checked.specs.iter().map(|s| s.environment.to_string()).collect();
                print::line(&format!("{}: no problems in {}", settings.file.display(), names.join(", ")));
            }
        }
    }
    Ok(if found.has_errors() { Exit::Failed } else { Exit::Done })
}
