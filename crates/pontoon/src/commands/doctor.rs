//! `pontoon doctor`: everything that a run needs, tried without changing anything, each with its
//! remedy.

mod account;
mod limits;
mod offers;
mod patient;
mod prices;
mod report;
mod scopes;
mod store;

use super::run::{Session, block_on};
use crate::{
    args::Doctor as Args,
    compose::Composition,
    exit::{Exit, Outcome},
    print,
    settings::Settings,
};
use patient::{Group, Patient};
use pontoon_ui::style::Ink;
use report::Report;

/// Tries everything, or prints the scopes that a token needs.
pub fn doctor(settings: &Settings, args: &Args) -> Outcome {
    let mut report = Report::default();
    let patient = Patient::read(settings, args, &mut report)?;
    if args.scopes {
        return scopes::print(settings, &patient, &report);
    }
    if !settings.json {
        let where_ = if args.place.local { "the local cloud" } else { "a real account" };
        let head = format!("pontoon {}, {} on {where_}", env!("CARGO_PKG_VERSION"), patient.name());
        print::line(&settings.out.paint(Ink::Faint, &head));
    }
    patient.engine(&args.place, &mut report);
    store::check(settings, &args.place, &patient, &mut report);
    block_on(settings, &args.place, async {
        for group in &patient.groups {
            report.begin(patient.title(group));
            examine(settings, args, &patient, group, &mut report).await?;
        }
        Ok(())
    })?;
    if settings.json {
        print::line(&report.json().to_string());
    } else {
        print::out(&report.text(settings.out));
    }
    Ok(if report.is_broken() { Exit::Failed } else { Exit::Done })
}

/// One account: everything that is asked of the vendor. Where nobody answers, the rest is left out.
async fn examine(settings: &Settings, args: &Args, patient: &Patient, group: &Group, report: &mut Report) -> Outcome<()> {
    let subject = if args.place.local { "local cloud" } else { "token" };
    let composition = match Composition::open(settings, &args.place, &patient.platform, group.token.as_deref()) {
        Ok(composition) => composition,
        Err(trouble) => {
            report.trouble(subject, &trouble);
            return Ok(());
        }
    };
    let session = match Session::open(settings, &composition, &patient.platform, "doctor") {
        Ok(session) => session,
        Err(trouble) => {
            report.trouble(subject, &trouble);
            return Ok(());
        }
    };
    let ask = account::Ask::new(&session);
    let Some(account) = account::token(&ask, patient, group, report).await else { return Ok(()) };
    let counts = scopes::check(&ask, group, report).await;
    account::spaces(settings, &args.place, &ask, group, &counts, report).await;
    limits::check(&ask, group, &account, report).await;
    let offers = offers::Offers::read(&ask, group).await;
    offers.kubernetes(group, report);
    offers.databases(group, report);
    prices::check(&ask, group, &offers, report).await;
    Ok(())
}
