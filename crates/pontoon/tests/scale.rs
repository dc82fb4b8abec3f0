//! Large platforms that are as they should be: how many calls and how long it takes to see that.
//!
//! The calls are bounded here. The times are printed, and `bench/run` writes them down; as bounds they
//! would fail on a busy machine.

#[path = "scale/platforms.rs"]
mod platforms;
#[path = "scale/room.rs"]
mod room;

use platforms::{mixed, records};
use room::Room;
use std::collections::BTreeMap;

/// What a second look took.
struct Look {
    resources: usize,
    calls: u64,
    by_path: BTreeMap<String, u64>,
    seconds: f64,
}

/// Builds a platform in a world of its own, opens the world again and looks once more.
#[expect(clippy::print_stdout, reason = "the figures are what `bench/run` reads")]
fn look_again(name: &str, platform: &pontoon_core::platform::Platform) -> Look {
    let room = Room::new(name, platform);
    room.build();
    let look = room.look();
    println!(
        "{{\"figure\":\"no-change plan\",\"of\":\"{name}\",\"resources\":{},\"calls\":{},\"milliseconds\":{:.0}}}",
        look.resources,
        look.calls,
        look.seconds * 1000.0
    );
    look
}

#[test]
fn three_mixed_environments_take_few_calls() {
    let look = look_again("mixed", &mixed());
    assert_eq!(look.resources, 3 * (1 + 1 + 3 + 2 * 4 + 4 * 4 + 10 + 1) + 1 + 300);
    // Account, VPCs, clusters, databases, keys, load balancers, domains, buckets; 300 records are two
    // pages. The run's own Spaces key: earlier ones are looked for, it is made, looked for, removed.
    let (lists, session) = (8 + 2, 4);
    let bound = lists + session + 5 * 6 + 4 * 12 + 3;
    assert!(look.calls <= bound, "{} calls, and {bound} are enough: {:#?}", look.calls, look.by_path);
}

#[test]
fn a_thousand_records_are_six_pages() {
    let look = look_again("1,000 DNS records", &records(1000));
    assert_eq!(look.resources, 1001);
    // The zone has name server records of its own, which begin a sixth page.
    let bound = 2 + 6;
    assert!(look.calls <= bound, "{} calls, and {bound} are enough: {:#?}", look.calls, look.by_path);
}
