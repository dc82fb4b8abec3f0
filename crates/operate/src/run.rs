//! The stages of a run.
//!
//! `plan` looks and writes nothing; `up` and `destroy` hold the lock, settle what earlier runs left
//! unclear, look, and apply. Entries go into the journal first and into the snapshot when the
//! operation is closed; a crash in between is made good by whoever loads next.

use crate::Vendors;
use pontoon_core::{
    address::Scope,
    call::Class,
    event::{Event, What},
    operation::{Ending, Opened},
    plan::{Command, Finding, Gravity, Plan},
    platform::Platform,
    record::{Record, Recorded},
    value::Value,
};
use pontoon_engine::{
    Clock, Ports, RefreshError, Report, Secrets, Stop, Unwritten, execute, recover, recover::RecoverError, refresh,
    refresh::fetch,
};
use pontoon_plan::{
    Drift, HandMade, Inputs, Leak, Options, Owner, Seen, Surveyor, drift, findings::another_team, leaks, listings, missing, plan,
};
use pontoon_providers::Account;
use pontoon_store::{Rescue, Store, StoreError, Writer, operation_id};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

/// What a run is made in.
pub struct Setting<'a> {
    /// Who is spoken to.
    pub vendors: &'a Vendors,
    /// Time.
    pub clock: &'a Rc<dyn Clock>,
    /// Takes secrets.
    pub secrets: &'a dyn Secrets,
    /// Told what happens.
    pub observer: &'a dyn Fn(Event),
    /// Asked before each step.
    pub stop: Stop,
    /// `user@host`.
    pub who: String,
    /// Drawn for this run: incarnations and the operation's id end in it. Letters and digits.
    pub nonce: String,
}

/// What looking found.
pub struct Prepared {
    /// The plan.
    pub plan: Plan,
    /// What is there.
    pub seen: Seen,
    /// Whose account it is.
    pub account: Account,
}

/// Why a run ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The account cannot be read.
    #[error("cannot read the account: {message}")]
    Account {
        /// The class of the refusal.
        class: Class,
        /// What the vendor said.
        message: String,
    },
    /// The survey.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// An earlier operation cannot be settled.
    #[error("operation {operation} cannot be settled")]
    Recover {
        /// Which one.
        operation: String,
        /// Why.
        #[source]
        source: RecoverError,
    },
    /// An earlier operation waits for a person.
    #[error("operation {operation} waits for a person")]
    Stalled {
        /// Which one.
        operation: String,
    },
    /// The plan may not be carried out.
    #[error("the plan cannot be carried out")]
    Refused(Vec<Finding>),
    /// The journal failed on the way.
    #[error("the journal cannot be written any more; the run was stopped")]
    Journal {
        /// How far the run came, and why it was stopped.
        unwritten: Box<Unwritten>,
        /// What the disk did not take.
        rescue: Box<Rescue>,
    },
}

impl Setting<'_> {
    fn ports<'p>(&'p self, provider: &'p dyn pontoon_engine::Provider) -> Ports<'p> {
        Ports { provider, clock: self.clock.as_ref(), secrets: self.secrets, observer: self.observer, stop: self.stop.clone() }
    }
}

/// The records of a platform's scopes; a scope without one gets an empty one of the drawn lineage.
///
/// # Errors
/// Where the store cannot be read.
pub fn look(store: &Store, platform: &str, scopes: &[Scope], lineage: &str) -> Result<BTreeMap<Scope, Record>, StoreError> {
    let mut records = BTreeMap::new();
    for scope in scopes {
        let record = store.load(scope)?;
        records.insert(scope.clone(), record.unwrap_or_else(|| Record::empty(platform, scope.clone(), lineage.into())));
    }
    Ok(records)
}

/// Looks at what exists and makes the plan. Changes nothing that stays.
///
/// # Errors
/// Where the account cannot be read, or is another one than what is recorded was made in.
pub async fn inspect(
    setting: &Setting<'_>,
    records: &BTreeMap<Scope, Record>,
    platform: &Platform,
    command: Command,
    options: &Options,
) -> Result<Prepared, Failed> {
    let account = own_account(setting, records).await?;
    // A killed run's key opens every bucket, whether or not this one will touch any.
    match setting.vendors.sweep_first().await {
        Err(r) if r.class != Class::Denied => return Err(Failed::Account { class: r.class, message: r.message }),
        // Who may not look has never made one.
        _ => {}
    }
    let spaces = setting.vendors.spaces();
    let router = setting.vendors.router(&spaces);
    let ports = setting.ports(&router);
    let begin = || {
        let surveyor = Surveyor::new(platform, command, records);
        options.adoption.iter().cloned().fold(surveyor, Surveyor::adopting)
    };
    let seen = survey(&ports, records, begin).await?.seen();
    let plan = plan(&Inputs {
        platform,
        command,
        records,
        seen: &seen,
        team: Some(account.team.clone()),
        incarnation: &setting.nonce,
        options,
    });
    Ok(Prepared { plan, seen, account })
}

/// What looking for drift found.
pub struct Drifting {
    /// What is not as recorded.
    pub drift: Drift,
    /// What people made inside of ours.
    pub by_hand: Vec<HandMade>,
    /// Whose account it is.
    pub account: Account,
}

/// Looks at what differs from the record, and at what people made inside of ours. Changes nothing that stays.
///
/// `others`: every record of the platform, so that what is another environment's is nobody's drift.
///
/// # Errors
/// Where the account cannot be read, or is another one than what is recorded was made in.
pub async fn drifting(
    setting: &Setting<'_>,
    records: &BTreeMap<Scope, Record>,
    others: &BTreeMap<Scope, Record>,
    platform: &Platform,
) -> Result<Drifting, Failed> {
    let account = own_account(setting, records).await?;
    let spaces = setting.vendors.spaces();
    let router = setting.vendors.router(&spaces);
    let ports = setting.ports(&router);
    let surveyor = survey(&ports, records, || Surveyor::new(platform, Command::Up, records).whole()).await?;
    let seen = surveyor.seen();
    Ok(Drifting { drift: drift(records, &seen), by_hand: surveyor.by_hand(&seen, others), account })
}

/// What looking for leftovers found.
#[derive(Default)]
pub struct Leftovers {
    /// What is left.
    pub leaks: Vec<Leak>,
    /// What the token may not look at.
    pub unseen: Vec<String>,
}

/// Looks through a whole account for what is left of a platform and no record holds. Changes nothing that stays.
/// `regions`: where the platform has buckets.
///
/// # Errors
/// Where the account cannot be read.
pub async fn leftovers(setting: &Setting<'_>, owner: &Owner, regions: &BTreeSet<String>) -> Result<Leftovers, Failed> {
    let (objects, unseen) = everything(setting, regions).await?;
    Ok(Leftovers { leaks: leaks(&objects, owner), unseen })
}

/// What an account holds, by kind, and what the token may not look at.
pub type Everything = (BTreeMap<&'static str, Vec<Value>>, Vec<String>);

/// Lists a whole account. Changes nothing that stays. `regions`: where buckets are looked for.
///
/// # Errors
/// Where the account cannot be read.
pub async fn everything(setting: &Setting<'_>, regions: &BTreeSet<String>) -> Result<Everything, Failed> {
    let spaces = setting.vendors.spaces();
    let router = setting.vendors.router(&spaces);
    let ports = setting.ports(&router);
    let listings = listings(regions);
    let (mut objects, mut unseen) = Everything::default();
    for (kind, listing) in &listings {
        match fetch(&ports, listing).await {
            Ok((all, _)) => objects.entry(kind.kind).or_default().extend(all),
            Err(r) if r.class == Class::Denied => {
                unseen.push(format!("{}: the token lacks the scope {}", kind.title, listing.call.scope));
            }
            Err(r) => {
                let path = listing.call.path.to_string();
                let scope = listing.call.scope.clone();
                return Err(RefreshError { what: kind.title.into(), path, class: r.class, message: r.message, scope }.into());
            }
        }
    }
    Ok((objects, unseen))
}

/// The account, if it is the one that what is recorded was made in: in another one nothing of it would be found, so there
/// is nothing to compare.
async fn own_account(setting: &Setting<'_>, records: &BTreeMap<Scope, Record>) -> Result<Account, Failed> {
    let account = account(setting).await?;
    let pinned = records.values().filter_map(|r| Some((&r.scope, r.team.as_ref()?)));
    match another_team(&account.team, pinned) {
        Some(finding) => Err(Failed::Refused(vec![finding])),
        None => Ok(account),
    }
}

/// One survey; another one where something was just made, which may be missing from lists, or answer 404, for a while.
async fn survey<'a>(
    ports: &Ports<'_>,
    records: &BTreeMap<Scope, Record>,
    begin: impl Fn() -> Surveyor<'a>,
) -> Result<Surveyor<'a>, Failed> {
    let mut surveyor = begin();
    refresh(ports, &mut surveyor).await?;
    let seen = surveyor.seen();
    let visible = missing(records, &seen).filter_map(|(since, settle)| {
        let age = ports.vendor_age("digitalocean", since)?;
        u64::try_from(i64::from(settle) - age).ok()
    });
    if let Some(seconds @ 1..) = visible.max() {
        let message = "something that was just made is not shown yet".into();
        ports.tell(What::Retrying { step: None, class: Class::NotFound, seconds, message });
        ports.clock.sleep(Duration::from_secs(seconds)).await;
        surveyor = begin();
        refresh(ports, &mut surveyor).await?;
    }
    Ok(surveyor)
}

/// Whose account it is, asked again where that may help: for as long as a limit lasts, and once where
/// no answer came, so that whoever has no network is told soon.
async fn account(setting: &Setting<'_>) -> Result<Account, Failed> {
    let mut tries = 0;
    loop {
        let r = match setting.vendors.account().await {
            Ok(account) => return Ok(account),
            Err(r) => r,
        };
        let enough = match r.class {
            Class::RateLimited => 6,
            Class::Transient | Class::Indeterminate => 1,
            _ => 0,
        };
        if tries >= enough {
            return Err(Failed::Account { class: r.class, message: r.message });
        }
        let pause = r.retry_after.unwrap_or(Duration::from_secs(1 << tries));
        let what = What::Retrying { step: None, class: r.class, seconds: pause.as_secs(), message: r.message };
        (setting.observer)(Event { at: setting.clock.now().to_string(), what });
        setting.clock.sleep(pause).await;
        tries += 1;
    }
}

/// Settles every operation that was cut off. The lock must be held.
///
/// # Errors
/// Where one was begun in another team, cannot be settled, or waits for a person.
pub async fn recover_all(setting: &Setting<'_>, store: &mut Writer) -> Result<Vec<Report>, Failed> {
    setting.vendors.hold();
    let mut reports = Vec::new();
    let unfinished = store.unfinished()?;
    if unfinished.is_empty() {
        return Ok(reports);
    }
    // Where nothing can be found, everything looks as if it had never happened.
    let account = account(setting).await?;
    let teams = unfinished.iter().filter_map(|o| Some((&o.operation.opened, o.operation.opened.team.as_ref()?)));
    let made = teams.flat_map(|(opened, team)| opened.scopes.iter().map(move |s| (s, team)));
    if let Some(finding) = another_team(&account.team, made) {
        return Err(Failed::Refused(vec![finding]));
    }
    for stored in unfinished {
        let id = stored.id.clone();
        let known = known_before(store, &stored.plan)?;
        let spaces = setting.vendors.spaces();
        let router = setting.vendors.router(&spaces);
        let mut journal = store.resume(&id)?;
        let report = recover(&setting.ports(&router), &stored.plan, stored.operation.clone(), &known, &mut journal)
            .await
            .map_err(|source| Failed::Recover { operation: id.clone(), source })?;
        drop(journal);
        if report.ending == Ending::Stalled {
            return Err(Failed::Stalled { operation: id });
        }
        store.commit(&id)?;
        reports.push(report);
    }
    Ok(reports)
}

/// Carries a plan out. The lock must be held.
///
/// # Errors
/// Where the plan is not allowed, the record moved on since it was made, or the store fails.
pub async fn apply(setting: &Setting<'_>, store: &mut Writer, plan: &Plan) -> Result<Report, Failed> {
    if !plan.is_allowed() {
        return Err(Failed::Refused(plan.findings.iter().filter(|f| f.gravity == Gravity::Error).cloned().collect()));
    }
    let known = known_before(store, plan)?;
    let now = setting.clock.now();
    let id = operation_id(now, &setting.nonce);
    let opened = Opened {
        operation: id.clone(),
        command: plan.command,
        scopes: plan.bases.iter().map(|b| b.scope.clone()).collect(),
        at: now.to_string(),
        who: setting.who.clone(),
        team: plan.team.clone(),
    };
    let mut journal = store.begin(&id, plan)?;
    let spaces = setting.vendors.spaces();
    let router = setting.vendors.router(&spaces);
    let report = match execute(&setting.ports(&router), plan, opened, known, &mut journal).await {
        Ok(report) => report,
        Err(unwritten) => {
            let rescue = Box::new(journal.rescue(&unwritten.frames));
            return Err(Failed::Journal { unwritten, rescue });
        }
    };
    drop(journal);
    // What is unclear or stalled stays open; what is known of it is in the record all the same.
    store.commit(&id)?;
    Ok(report)
}

fn known_before(store: &Store, plan: &Plan) -> Result<BTreeMap<pontoon_core::address::Address, Recorded>, StoreError> {
    let mut known = BTreeMap::new();
    for base in &plan.bases {
        known.extend(store.load(&base.scope)?.map(|r| r.resources).unwrap_or_default());
    }
    Ok(known)
}
