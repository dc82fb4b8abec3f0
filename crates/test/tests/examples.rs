//! Every example, every environment: built from nothing, found complete, taken down, judged by the
//! world's own list; and every exchange held against the vendor's published document.

use pontoon_core::{operation::Ending, platform::Platform};
use pontoon_emulator::World;
use pontoon_test::{
    context::Context,
    platforms::{EXAMPLES, example, example_specs},
};
use std::collections::BTreeMap;

#[tokio::test(start_paused = true)]
async fn every_example_comes_and_goes() {
    for name in EXAMPLES {
        let context = Context::new(World::default());
        let environments: Vec<Platform> = (0..example_specs(name).len()).map(|i| example(name, i)).collect();
        for platform in &environments {
            let report = context.up(platform).await.unwrap().expect("there is something to do");
            assert_eq!(report.ending, Ending::Done, "{name}: {:#?}", report.failures);
            let left = context.plan(platform).await.unwrap();
            assert!(left.is_empty(), "{name}: {:#?}", left.changes);
        }
        for platform in environments.iter().rev() {
            let mut own = platform.clone();
            // What all share goes with the last environment.
            own.scopes.retain(|s| !s.is_shared() || std::ptr::eq(platform, &environments[0]));
            let report = context.destroy(&own).await.unwrap().expect("there is something to destroy");
            assert_eq!(report.ending, Ending::Done, "{name}: {:#?}", report.failures);
        }
        // The vendor keeps a default VPC for each region, and the account's default project.
        assert_eq!(context.census(), BTreeMap::from([("projects".into(), 1), ("vpcs".into(), 1)]), "{name}");
    }
}
