//! The rules, judged by the account's own list and by every byte that was written.

use super::{
    later::QUIETENED,
    stage::{Broken, Ended, Stage},
    story::{Act, Story},
};
use crate::normal::{Normal, difference, normal};
use pontoon_core::{plan::Command, platform::Platform};
use pontoon_emulator::Cloud;
use pontoon_plan::Options;
use serde_json::Value;
use std::time::Duration;

/// The rule of a life in which nothing goes wrong: whoever breaks it drew a story that cannot be.
pub const CALM: &str = "an undisturbed life ends well";

/// The finding of what somebody moved on to and nothing leads back from.
const MOVED_ON: &str = "PT6010";

/// What has to hold after every act.
///
/// # Errors
/// The rule that does not.
pub fn always(stage: &Stage, platform: &Platform) -> Result<(), Broken> {
    let twice = stage.eyes.twice();
    if !twice.is_empty() {
        return Err(stage.broken("nothing exists twice, not even for a moment", format!("{twice:#?}")));
    }
    let lost = stage.eyes.lost();
    if !lost.is_empty() {
        return Err(stage.broken("nothing is destroyed that was not named", format!("{lost:?}")));
    }
    let store = stage.context.me.store(&platform.name).map_err(|e| stage.broken("the store can be read", e.to_string()))?;
    for scope in &platform.scopes {
        store.load(scope).map_err(|e| stage.broken("the record can be read", e.to_string()))?;
    }
    for operation in store.operations().map_err(|e| stage.broken("the journals can be read", e.to_string()))? {
        store.operation(&operation.id).map_err(|e| stage.broken("the journal can be read", e.to_string()))?;
    }
    let secrets = stage.eyes.secrets();
    for (path, bytes) in stage.disk.bytes() {
        let text = String::from_utf8_lossy(&bytes);
        if let Some(secret) = secrets.iter().find(|s| text.contains(s.as_str())) {
            let at = text.find(secret.as_str()).unwrap_or(0);
            let around: String = text.get(at.saturating_sub(60)..at).unwrap_or_default().into();
            return Err(stage.broken("no secret is written", format!("{}: … {around}<secret>", path.display())));
        }
    }
    Ok(())
}

/// What an undisturbed life ends in: with everything there, and with everything gone.
async fn undisturbed(story: &Story, last: &Platform) -> Result<(Normal, Normal), Broken> {
    let calm = Stage::set(story, true, None);
    let wrong = |said: String| calm.broken(CALM, said);
    calm.converge(last, Command::Up).await.map_err(wrong)?;
    calm.context.clock.sleep(Duration::from_secs(120)).await;
    let there = seen(&calm.context.cloud);
    calm.converge(last, Command::Destroy).await.map_err(wrong)?;
    calm.sweep().await;
    calm.context.clock.sleep(Duration::from_secs(120)).await;
    Ok((there, seen(&calm.context.cloud)))
}

/// What exists, but for what the vendor makes and keeps by itself.
pub fn seen(cloud: &Cloud) -> Normal {
    let mut objects = cloud.objects();
    for (collection, key) in [("vpcs", "default"), ("projects", "is_default")] {
        if let Some(things) = objects.get_mut(collection).and_then(Value::as_array_mut) {
            things.retain(|t| t[key] != true);
        }
    }
    // The vendor moves these by itself.
    for cluster in objects.get_mut("kubernetes_clusters").and_then(Value::as_array_mut).into_iter().flatten() {
        cluster["version"] = Value::Null;
        cluster["version_slug"] = Value::Null;
    }
    for droplet in objects.get_mut("droplets").and_then(Value::as_array_mut).into_iter().flatten() {
        if droplet["image"]["name"].as_str().is_some_and(|n| n.starts_with("do-kube-")) {
            droplet["image"]["name"] = Value::Null;
        }
    }
    // What is in a bucket is whoever's wrote it.
    if let Some(all) = objects.as_object_mut() {
        all.remove("spaces.object");
    }
    // It keeps the size that its volume had.
    for snapshot in objects.get_mut("snapshots").and_then(Value::as_array_mut).into_iter().flatten() {
        snapshot["min_disk_size"] = Value::Null;
    }
    normal(&objects)
}

/// What has to hold at the end of a story.
///
/// # Errors
/// The rule that does not.
pub async fn at_last(stage: &Stage, story: &Story) -> Result<Ended, Broken> {
    let (whole, last) = (story.base.platform(), story.base.shape(&story.last));
    let (there, gone) = undisturbed(story, &last).await?;
    stage.tell("- in the end");
    if story.older {
        stage.upgrades_to_the_end(story, &last).await;
    }
    if let Err(said) = stage.converge(&last, Command::Up).await {
        return waits(stage, said, "it comes to an end");
    }
    if story.older || story.acts.iter().any(|a| matches!(a, Act::Upgrades)) {
        // The vendor replaces the nodes of an upgraded cluster one after the other, and no run waits for the last.
        stage.context.clock.sleep(QUIETENED).await;
    }
    let mut said = Vec::new();
    let looked = stage.context.run(&stage.context.me, &last, Command::Up, &Options::default(), false).await;
    if let Ok((prepared, _)) = &looked {
        said.extend(prepared.plan.findings.iter().filter(|f| f.code == MOVED_ON).filter_map(|f| f.address.clone()));
    }
    let mut lines = settled(stage, &whole, &there).await?;
    // A late call of ours may look like somebody who made it larger. What is said to be left as it is, is left.
    lines.retain(|line| !said.iter().any(|a| line.contains(&format!("{}s {{", a.kind().rsplit('.').next().unwrap_or_default()))));
    if !lines.is_empty() {
        return Err(stage.broken("exactly what is wanted exists (an undisturbed life: -, this one: +)", lines.concat()));
    }
    if let Ok((prepared, _)) = looked
        && !prepared.plan.is_empty()
    {
        return Err(stage.broken("the plan of what was applied is empty", format!("{:#?}", prepared.plan.changes)));
    }
    stage.tell("- destroy");
    if let Err(said) = stage.converge(&whole, Command::Destroy).await {
        return waits(stage, said, "it goes away");
    }
    stage.sweep().await;
    let lines = settled(stage, &whole, &gone).await?;
    if !lines.is_empty() {
        return Err(
            stage.broken("nothing is left behind, and nothing of others is touched (+ is left, - is gone)", lines.concat())
        );
    }
    Ok(Ended::Well)
}

/// Lets lists catch up and late effects land, then says how the world differs from what is expected.
async fn settled(stage: &Stage, whole: &Platform, expected: &Normal) -> Result<Vec<String>, Broken> {
    stage.context.clock.sleep(Duration::from_secs(120)).await;
    stage.eyes.look(&stage.context.cloud);
    always(stage, whole)?;
    let lines = difference(expected, &seen(&stage.context.cloud));
    Ok(lines.split_inclusive('\n').map(str::to_owned).collect())
}

/// Not at its end: either a person is asked, or a rule is broken.
fn waits(stage: &Stage, said: String, rule: &'static str) -> Result<Ended, Broken> {
    match said.contains("waits for a person") || said.contains("refused:") {
        true => Ok(Ended::Waits(said)),
        false => Err(stage.broken(rule, said)),
    }
}
