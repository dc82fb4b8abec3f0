//! A database that CloudNativePG runs in the cluster, as it was: another one, made from the archive, beside the one that is.
//!
//! What is recorded with the cluster is which one it is from now on, and what it is made from; the next `up`, here at once,
//! compiles the contents from that, applies them or commits them, and so goes on where this was cut off.

use super::{
    super::{
        ephemeral,
        run::{Session, agree, block_on, trouble, worst},
        up,
    },
    archive::{Archive, Server, Wish, choose},
    follow,
};
use crate::{
    args::Restore as Args,
    compose::{Composition, let_go, trouble_of_store},
    contents::lock,
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use pontoon_catalog::components::{Site, cloudnative_pg};
use pontoon_core::{
    address::{Address, Scope},
    operation::Ending,
    plan::Impact,
    record::{Recorded, Restored, Until},
};
use pontoon_engine::Clock;
use pontoon_operate::{apply, recover_all};
use pontoon_plan::{Contained, contained};
use pontoon_spec::{Spec, sections::databases::CloudnativePg};
use pontoon_store::Writer;
use serde_json::{Value, json};

/// Records what it is from now on, and brings everything there.
pub fn restore(settings: &Settings, args: &Args, loaded: &Loaded, spec: &Spec, of: (&str, &CloudnativePg)) -> Outcome {
    let environments = [spec.environment.to_string()];
    let environment = &environments[0];
    let (documents, exits) = block_on(settings, &args.place, async {
        ephemeral::sweep(settings, &args.place, loaded, &environments).await;
        let composition = Composition::open(settings, &args.place, loaded.platform(), loaded.token(environment))?;
        let session = Session::open(settings, &composition, loaded.platform(), environment)?;
        let who = session.locker(&format!("pontoon restore {} {environment}", args.what));
        let mut writer = composition.store.lock(who, composition.clock.now()).map_err(|e| trouble_of_store(&e))?;
        let work =
            Work { settings, args, loaded, spec, database: of.0, pg: of.1, session: &session, clock: composition.clock.as_ref() };
        let done = work.carry_out(&mut writer).await;
        session.close().await;
        drop(writer);
        drop(session);
        drop(composition);
        let (exit, document) = done?;
        if exit != Exit::Done {
            return Ok((vec![document], vec![exit]));
        }
        let_go().await;
        let (mut documents, mut exits) = up::all(settings, &follow(args), loaded, &environments, None).await?;
        documents.insert(0, document);
        exits.insert(0, exit);
        Ok((documents, exits))
    })?;
    if settings.json {
        print::line(&json!({ "operations": documents }).to_string());
    }
    Ok(worst(exits))
}

struct Work<'a> {
    settings: &'a Settings,
    args: &'a Args,
    loaded: &'a Loaded,
    spec: &'a Spec,
    database: &'a str,
    pg: &'a CloudnativePg,
    session: &'a Session<'a>,
    clock: &'a dyn Clock,
}

impl Work<'_> {
    async fn carry_out(&self, writer: &mut Writer) -> Outcome<(Exit, Value)> {
        let Work { settings, args, session, .. } = self;
        let observer = |e| session.progress.take(&e);
        let setting = session.setting(&observer);
        recover_all(&setting, writer).await.map_err(trouble)?;
        let environment = self.spec.environment.as_str();
        let platform = self.loaded.scope_of(environment);
        let records = session.records(writer, &platform)?;
        let address = Address::new(Scope::environment(environment), "digitalocean.cluster", "main");
        let cluster = records.values().find_map(|r| r.resources.get(&address));
        let cluster = cluster.ok_or_else(|| {
            Trouble::new(format!("{environment} has no cluster yet"), format!("make it: {}", args.place.up(environment)))
        })?;
        let what = if args.remove_before { self.alone(cluster, &address)? } else { self.once_more(cluster, &address).await? };
        if !settings.json {
            print::note(&format!("{}: {}\n  {}", what.title, what.because, what.consequence));
        }
        if !agree(settings, "Carry this out?", args.yes || args.place.local)? {
            print::note("nothing was changed");
            return Ok((Exit::Failed, Value::Null));
        }
        let plan = contained(&platform, &records, &what);
        let done = session.interruptible(apply(&setting, writer, &plan)).await.map_err(trouble)?;
        let now = what.stands.last().map(|s| s.name.clone());
        let document = json!({ "environment": environment, "database": self.args.what, "operation": done.operation, "ending": done.ending, "is": now });
        Ok((if done.ending == Ending::Done { Exit::Done } else { Exit::Failed }, document))
    }

    /// As what it has stood in the cluster so far.
    fn stands(&self, cluster: &Recorded) -> Vec<Restored> {
        let known = cluster.restored.get(self.database).filter(|all| !all.is_empty());
        known.cloned().unwrap_or_else(|| vec![Restored { name: self.database.to_owned(), from: None }])
    }

    /// Only what it is at present stays.
    fn alone(&self, cluster: &Recorded, address: &Address) -> Outcome<Contained> {
        let what = &self.args.what;
        let mut stands = self.stands(cluster);
        let Some(now) = stands.pop().filter(|_| !stands.is_empty()) else {
            return Err(Trouble::new(
                format!("nothing stands before {what}: it was not restored"),
                "see what is there: pontoon status",
            ));
        };
        let gone = stands.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(" and ");
        Ok(Contained {
            cluster: address.clone(),
            database: self.database.to_owned(),
            title: format!("remove what stands before {what}"),
            because: format!("{gone} is not needed any more; {} stays", now.name),
            impact: Impact::LosesData,
            consequence: format!(
                "{gone} goes with its volumes, and what was written to it alone is lost; its archive stays in the bucket"
            ),
            stands: vec![now],
        })
    }

    /// Another one, from the archive.
    async fn once_more(&self, cluster: &Recorded, address: &Address) -> Outcome<Contained> {
        let what = &self.args.what;
        let backups = self.pg.backups.as_ref().map(|b| &b.value).ok_or_else(|| {
            Trouble::new(
                format!("{what} keeps no backups, so there is nothing to restore it from"),
                format!(
                    "from now on: {what}.backups: {{ bucket: NAME }} in platform.yaml, then: {}",
                    self.args.place.up(address.scope().as_str())
                ),
            )
        })?;
        let lock = lock(self.settings)?;
        let site = Site { incarnation: cluster.incarnation.clone(), ..Site::new(self.spec, &lock) };
        let (bucket, folder) = cloudnative_pg::archive(&site, backups);
        let region = site.spaces(&backups.bucket.to_string()).split('.').next().unwrap_or_default().to_owned();
        let mut stands = self.stands(cluster);
        let own: Vec<String> = stands.iter().rev().map(|s| site.server(&s.name)).collect();
        let spaces = self.session.vendors.spaces();
        let archive = Archive { spaces: &spaces, clock: self.clock, region, bucket, folder };
        let servers = self.servers(&archive, &own).await?;
        let wish = match (self.args.at, self.args.backup) {
            (Some(at), _) => Wish::At(at),
            (None, Some(backup)) => Wish::Backup(backup),
            (None, None) => Wish::Newest,
        };
        let major = self.pg.version.to_string().split('.').next().and_then(|n| n.parse().ok());
        let chosen = choose(what, &servers, wish, major)?;
        let before = stands.last().map(|s| s.name.clone()).unwrap_or_default();
        let name = self.next(&stands);
        let until = match &chosen.from.until {
            Until::Moment(at) => format!("as it was at {at}, from backup {} of {} on", chosen.base, chosen.from.server),
            Until::Backup(id) => format!("as backup {id} of {} has it", chosen.from.server),
        };
        stands.push(Restored { name: name.clone(), from: Some(chosen.from) });
        Ok(Contained {
            cluster: address.clone(),
            database: self.database.to_owned(),
            title: format!("restore {what}"),
            because: format!("{name} is made beside {before}, {until}"),
            impact: Impact::Interruption,
            consequence: format!(
                "what uses it follows when {name} is healthy, and is started anew; what was written since then is in {before} only, which stays"
            ),
            stands,
        })
    }

    /// What is archived: by what it has stood as in this cluster, the present one first; then what clusters before this one
    /// wrote, the newest first.
    async fn servers(&self, archive: &Archive<'_>, own: &[String]) -> Outcome<Vec<Server>> {
        let others: Vec<&str> = self.spec.databases.keys().map(|n| n.as_str()).filter(|n| *n != self.database).collect();
        let belongs = |server: &str, database: &str| server == database || server.starts_with(&format!("{database}-"));
        // `main-events-…` is of `main-events`, where there is one.
        let is_ours =
            |s: &String| belongs(s, self.database) && !others.iter().any(|o| o.len() > self.database.len() && belongs(s, o));
        let (mut ours, mut earlier) = (Vec::new(), Vec::new());
        for name in archive.servers().await?.into_iter().filter(is_ours) {
            let server = archive.look(&name).await?;
            let list = if own.contains(&name) { &mut ours } else { &mut earlier };
            list.push(server);
        }
        ours.sort_by_key(|s: &Server| own.iter().position(|o| *o == s.name));
        earlier.sort_by_key(|s: &Server| std::cmp::Reverse(s.last));
        ours.extend(earlier);
        Ok(ours)
    }

    /// A name that nothing in this cluster has had.
    fn next(&self, stands: &[Restored]) -> String {
        let number = |name: &str| name.strip_prefix(self.database)?.strip_prefix("-r")?.parse::<u32>().ok();
        let last = stands.iter().filter_map(|s| number(&s.name)).max().unwrap_or(1);
        let free = |name: &String| self.spec.databases.get(name.as_str()).is_none();
        (last + 1..).map(|n| format!("{}-r{n}", self.database)).find(free).unwrap_or_default()
    }
}
