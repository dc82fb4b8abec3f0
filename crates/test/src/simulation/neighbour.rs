//! Who lives in the same account, and has to be left alone.

use super::{disk::MemoryDisk, story::VERSIONS};
use crate::{
    context::{Context, Operator},
    platforms,
};
use jiff::Timestamp;
use pontoon_catalog::{Identity, resource_types, samples::samples_for};
use pontoon_core::{
    operation::Ending,
    platform::{Platform, Resource},
};
use pontoon_emulator::{
    Snapshot, World,
    world::{DEFAULT_TEAM, Team, Token},
};
use std::{rc::Rc, sync::OnceLock, time::Duration};

/// Nothing goes wrong before this: the neighbour moves in.
pub const QUIET: Duration = Duration::from_secs(3600);
/// A token of another team.
pub const OTHER_TOKEN: &str = "other-team-token";
/// Its ids are drawn from this; a story with the same number would draw the same ones once more.
const SEED: u64 = 0x6e65_6967_6862_6f72;
/// Its platform's name.
const NEIGHBOUR: &str = "neighbour";

/// An account with two teams, and the drawn numbers of a story.
pub fn world(seed: u64) -> World {
    let other = Team { uuid: "11111111-2222-4333-8444-555555555555".into(), ..Team::default() };
    let mut world = World { seed, ..World::default() };
    world.kubernetes.versions = VERSIONS.iter().map(|v| (*v).to_owned()).collect();
    world.tokens.push(Token { token: OTHER_TOKEN.into(), team: other.uuid.clone(), scopes: vec!["*".into()] });
    world.teams = vec![Team { uuid: DEFAULT_TEAM.into(), ..Team::default() }, other];
    world
}

/// What somebody else has in the same account: one of each kind that carries a mark and needs nothing else.
fn neighbours() -> Platform {
    let small = |k: &&&pontoon_catalog::ResourceType| {
        // What stands in a region's default network gives that network a range, which somebody else may want.
        let networked = k.kind != "digitalocean.vpc" && k.field("vpc_uuid").or(k.field("private_network_uuid")).is_some();
        matches!(k.identity, Identity::Marked(_)) && !networked && k.embed.is_none() && samples_for(k.kind).len() == 1
    };
    let resources = resource_types().iter().filter(small).flat_map(|k| samples_for(k.kind));
    // Names and ranges of one account belong to one, whoever that is.
    let apart = |r: Resource| {
        let r = if r.attributes.contains_key("name") { r.with("name", NEIGHBOUR) } else { r };
        if r.address.kind() == "digitalocean.vpc" { r.with("ip_range", "192.168.240.0/24") } else { r }
    };
    Platform { name: NEIGHBOUR.into(), ..platforms::of(resources.map(apart).collect()) }
}

/// The world into which the neighbour has moved, an hour old; made once.
pub fn settled() -> &'static Snapshot {
    static SETTLED: OnceLock<Snapshot> = OnceLock::new();
    SETTLED.get_or_init(|| {
        // On a thread of its own: a runtime does not begin within another one.
        std::thread::spawn(|| super::paused(settle())).join().expect("the neighbour moves in")
    })
}

async fn settle() -> Snapshot {
    let mut context = Context::unwatched(world(SEED));
    context.me = Operator { lineage: "efgh5678".into(), disk: Rc::new(MemoryDisk::default()), ..context.me.clone() };
    let moved = context.up(&neighbours()).await.ok().flatten();
    assert!(moved.is_some_and(|r| r.ending == Ending::Done), "the neighbour moves in");
    let start: Timestamp = World::default().start.parse().unwrap_or_default();
    let age = context.clock.now().duration_since(start);
    context.clock.sleep(QUIET.saturating_sub(age.unsigned_abs())).await;
    context.cloud.snapshot()
}
