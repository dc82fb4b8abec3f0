//! `pontoon drift`: what is not as it was last applied. Changes nothing, and needs no lock.

use super::{
    ephemeral,
    gitops::{reach, trouble},
    ground::{Ground, ground},
    inside::Wanted,
    run::{Session, block_on, engine, worst},
    sweep::owned,
};
use crate::{
    args::Drift as Args,
    compose::{Composition, let_go},
    document::Loaded,
    exit::{Exit, Outcome},
    print::{self, drift as shown},
    settings::Settings,
};
use pontoon_core::{
    address::{Address, Scope},
    event::Event,
    record::Team,
};
use pontoon_deliver::{difference::Difference, published::Published};
use pontoon_plan::{Drift, HandMade};
use std::collections::BTreeSet;

/// Records that cert-manager makes and removes while it proves that a name is ours. Source: RFC 8555, section 8.4.
const CHALLENGE: &str = "_acme-challenge";

/// What is not as it was last applied.
pub struct Look {
    /// The environment.
    pub environment: String,
    /// Whose account it is.
    pub team: Team,
    /// In one line, where this runs.
    pub place: String,
    /// The cloud.
    pub cloud: Drift,
    /// What people made inside of ours.
    pub by_hand: Vec<HandMade>,
    /// What applying the document's part for the cluster would change, where no repository is followed.
    pub objects: Vec<Difference>,
    /// Files of the repository that a person changed, with whether each is gone.
    pub files: Vec<(String, bool)>,
    /// What is not compared, and why.
    pub unseen: Vec<String>,
}

impl Look {
    /// Whether everything is as it was last applied.
    pub fn is_clean(&self) -> bool {
        self.cloud.is_empty() && self.by_hand.is_empty() && self.objects.is_empty() && self.files.is_empty()
    }

    /// Leaves out what was told of another environment: what all share is looked at in each.
    fn once(&mut self, told: &mut BTreeSet<(Address, String)>) {
        let shared = |a: &Address| *a.scope() == Scope::shared();
        self.cloud.drifted.retain(|d| !shared(&d.address) || told.insert((d.address.clone(), d.id.clone())));
        self.cloud.moved.retain(|m| !shared(&m.address) || told.insert((m.address.clone(), m.field.to_owned())));
        self.by_hand.retain(|h| !shared(&h.inside) || told.insert((h.inside.clone(), format!("{} {}", h.kind, h.id))));
    }
}

/// Compares what was last applied with what is there, and prints what differs.
pub fn drift(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = match (&args.which.environment, args.which.all) {
        (None, false) => loaded.environments(),
        _ => loaded.select(&args.which, "drift")?,
    };
    let mut documents = serde_json::Map::new();
    let mut exits = Vec::new();
    let mut told = BTreeSet::new();
    block_on(settings, &args.place, async {
        ephemeral::sweep(settings, &args.place, &loaded, &environments).await;
        for environment in &environments {
            let_go().await;
            let mut look = look(settings, args, &loaded, environment).await?;
            look.once(&mut told);
            match settings.json {
                true => {
                    documents.insert(environment.clone(), shown::document(&look));
                }
                false => print::out(&shown::text(&look, &args.place.up(environment), args.verbose, settings.out)),
            }
            exits.push(if look.is_clean() { Exit::Done } else { Exit::Changes });
        }
        Ok(())
    })?;
    if settings.json {
        print::line(&serde_json::json!({ "platform": loaded.platform(), "environments": documents }).to_string());
    }
    Ok(worst(exits))
}

async fn look(settings: &Settings, args: &Args, loaded: &Loaded, environment: &str) -> Outcome<Look> {
    let platform = loaded.compile(settings, &args.place, environment)?;
    let composition = Composition::open(settings, &args.place, &platform.name, loaded.token(environment))?;
    let session = Session::open(settings, &composition, &platform.name, environment)?;
    let cloud = session.drifting(&platform).await;
    let mut look = Look {
        environment: environment.to_owned(),
        team: Team { id: String::new(), name: String::new() },
        place: composition.place.clone(),
        cloud: Drift::default(),
        by_hand: Vec::new(),
        objects: Vec::new(),
        files: Vec::new(),
        unseen: Vec::new(),
    };
    let inside = match (args.layer, &cloud) {
        (None, Ok(_)) => look.inside(settings, args, loaded, &composition, &session).await,
        _ => Ok(()),
    };
    session.close().await;
    let cloud = cloud?;
    inside?;
    look.team = cloud.account.team;
    look.cloud = cloud.drift;
    look.by_hand = people(loaded, cloud.by_hand);
    Ok(look)
}

impl Look {
    /// The cluster, or the repository that it follows.
    async fn inside(
        &mut self,
        settings: &Settings,
        args: &Args,
        loaded: &Loaded,
        composition: &Composition,
        session: &Session<'_>,
    ) -> Outcome<()> {
        let wanted = Wanted::of(settings, loaded, &args.place, &self.environment)?;
        if wanted.follows() {
            self.unseen.push("objects in the cluster: whoever follows the repository puts back what a person changes".into());
            return self.repository(settings, loaded, composition).await;
        }
        // A cluster that does not answer any more is part of the answer, not its end.
        match ground(composition, session, &self.environment).await {
            Ok(Some(ground)) => self.cluster(composition, &wanted, &ground).await,
            Ok(None) => Ok(()),
            Err(t) => {
                self.unseen.push(format!("objects in the cluster: {}", t.what));
                Ok(())
            }
        }
    }

    async fn cluster(&mut self, composition: &Composition, wanted: &Wanted, ground: &Ground) -> Outcome<()> {
        let published = Published::new(composition.github()?, &composition.github_base());
        let found = pontoon_deliver::difference::differences(&ground.cluster, &wanted.built.units, &published).await;
        self.objects = found.map_err(|e| super::deliver::refused(&e))?;
        Ok(())
    }

    async fn repository(&mut self, settings: &Settings, loaded: &Loaded, composition: &Composition) -> Outcome<()> {
        let Some(repository) = loaded.repository() else { return Ok(()) };
        let github = match composition.github_client(settings) {
            Ok(github) => github,
            Err(t) => {
                self.unseen.push(format!("files of the repository: {}; {}", t.what, t.next));
                return Ok(());
            }
        };
        let silent = |_: Event| {};
        let reach = reach(composition, loaded.platform(), repository, &github, &silent)?;
        match github.repository(&reach.name).await {
            Ok(Some(_)) => self.files = reach.look().await.map_err(trouble)?.edited(),
            Ok(None) => self.unseen.push(format!("files of the repository: there is no {}", reach.name)),
            Err(e) => self.unseen.push(format!("files of the repository: {e}")),
        }
        Ok(())
    }
}

/// Without the records that ExternalDNS of any environment and cert-manager made: nobody's hand.
fn people(loaded: &Loaded, mut found: Vec<HandMade>) -> Vec<HandMade> {
    let records: Vec<serde_json::Value> =
        found.iter().filter(|h| h.kind == "digitalocean.record").map(|h| h.object.to_json()).collect();
    let mut ours: BTreeSet<String> = BTreeSet::new();
    for environment in loaded.environments() {
        let owner = format!("external-dns/owner={}-{environment}", loaded.platform());
        ours.extend(owned(&records, &owner).iter().map(|r| r["id"].to_string()));
    }
    found.retain(|h| {
        let challenge = h.object.at("name").and_then(|n| n.as_text()).is_some_and(|n| n.starts_with(CHALLENGE));
        h.kind != "digitalocean.record" || !(challenge || ours.contains(&h.id))
    });
    found
}
