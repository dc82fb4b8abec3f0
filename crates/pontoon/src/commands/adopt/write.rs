//! `pontoon adopt --write FILE`: a first document from an account that has none. Changes nothing in the account.

use super::super::run::{Session, block_on, trouble};
use crate::{
    args::Adopt as Args,
    compose::{Composition, open_store},
    document,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use pontoon_compiler::{Choice, NotRaised, Raised, raise};
use pontoon_operate::everything;
use pontoon_ui::style::Ink;
use serde_json::json;
use std::path::Path;

/// The platform's name while there is none.
const NAMELESS: &str = "account";

/// Reads the account, writes the document, and says how the account is taken over with it.
pub fn write(settings: &Settings, args: &Args, path: &Path) -> Outcome {
    if path.exists() {
        let next = "choose another one: pontoon adopt --write FILE";
        return Err(Trouble::new(format!("{} is there already", path.display()), next));
    }
    // There is no document yet, so no shared store is asked for.
    let _ = settings.state.set(None);
    let (raised, unseen) = block_on(settings, &args.place, async {
        let mut composition = Composition::open(settings, &args.place, NAMELESS, None)?;
        // What is recorded here is of a platform that has a document; this one has nothing yet.
        composition.store = open_store(settings.own().join("nothing-yet"), NAMELESS)?;
        let session = Session::open(settings, &composition, NAMELESS, "adopt")?;
        let observer = |e| session.progress.take(&e);
        let found = everything(&session.setting(&observer), &args.buckets.iter().cloned().collect()).await;
        session.close().await;
        let (objects, unseen) = found.map_err(trouble)?;
        let choice = Choice { name: args.name.clone(), cluster: args.cluster.clone(), contact: args.contact.clone() };
        Ok((raise(&objects, &choice).map_err(refused)?, unseen))
    })?;
    crate::files::write(path, raised.text.as_bytes(), crate::files::Readers::Anybody)
        .map_err(|e| Trouble::new(format!("{}: cannot be written: {e}", path.display()), "choose another place: --write FILE"))?;
    let checked = document::read(&Settings::read(Some(path.to_path_buf()), settings.json), false)?;
    let errors = checked.diagnostics.errors().count();
    let next = next(args, path, &raised);
    if settings.json {
        let answer = json!({
            "document": path, "errors": errors, "take": raised.take.iter().map(|(a, id)| json!({ "address": a, "id": id }))
                .collect::<Vec<_>>(), "leftOut": raised.left_out, "unseen": unseen, "next": next,
        });
        print::line(&answer.to_string());
    } else {
        let out = settings.out;
        print::line(&format!("wrote {}: {} things of the account", path.display(), raised.take.len()));
        if !raised.left_out.is_empty() {
            print::line(&format!("{} are not in it, each named in a comment there", raised.left_out.len()));
        }
        unseen.iter().for_each(|u| print::line(&format!("not looked at: {u}")));
        if args.buckets.is_empty() {
            print::line("not looked at: buckets, whose lists need a key of their own; to look: --buckets REGION");
        }
        if errors > 0 {
            document::shown(settings, &checked.diagnostics, &checked.sources);
            print::line("what it says of this account does not hold together: correct it first");
        }
        print::line(&format!("{} {next}", out.paint(Ink::Strong, "next:")));
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Failed })
}

fn refused(e: NotRaised) -> Trouble {
    let next = match e {
        NotRaised::NoCluster => "begin with a document: pontoon init",
        NotRaised::Several(_) | NotRaised::Unknown(..) => "name one: --cluster NAME",
    };
    Trouble::new(e.to_string(), next)
}

/// What takes over exactly what was written.
fn next(args: &Args, path: &Path, raised: &Raised) -> String {
    let mut next = format!("pontoon adopt -f {}", path.display());
    if args.place.local {
        next.push_str(" --local");
    }
    raised.take.iter().for_each(|(address, id)| next.push_str(&format!(" --take {address}={id}")));
    next
}
