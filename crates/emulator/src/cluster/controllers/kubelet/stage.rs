//! Where a pod is on its way.

use super::super::act::Act;
use super::super::readiness::images::Unpulled;
use serde_json::Value;

/// A pod's stage.
pub(super) enum Stage {
    /// Volumes, image and containers are being got ready; what is in the way, with its event's reason.
    Creating(Option<(&'static str, String)>),
    /// A container's image cannot be had.
    Unpulled(String, Unpulled),
    /// A container's environment cannot be made.
    Unconfigured(String, String),
    /// A container that runs first runs.
    Init(String),
    /// It runs, and its readiness probe fails.
    Unready(String),
    /// It ends with an error and is started again.
    Crashing(String),
    /// It runs and is ready.
    Up,
    /// It ran to its end.
    Succeeded,
    /// It ended with an error, for good.
    Failed(String),
}

impl Stage {
    /// What is wrong; empty when nothing is.
    pub(super) fn message(&self) -> &str {
        match self {
            Self::Creating(Some((_, why)))
            | Self::Unconfigured(_, why)
            | Self::Unready(why)
            | Self::Crashing(why)
            | Self::Failed(why) => why,
            Self::Unpulled(_, why) => &why.message,
            Self::Creating(None) | Self::Init(_) | Self::Up | Self::Succeeded => "",
        }
    }
}

/// The events of a stage.
pub(super) fn tell(pod: &Value, stage: &Stage, acts: &mut Vec<Act>) {
    let image = |container: &str| {
        let all = super::super::pods::containers(&pod["spec"]);
        all.into_iter().find(|c| c["name"] == container).map_or("", |c| super::text(&c["image"])).to_owned()
    };
    match stage {
        Stage::Creating(Some((reason, why))) => acts.push(Act::warning(pod, reason, why.clone())),
        Stage::Unpulled(container, why) if why.reason == "InvalidImageName" => {
            acts.push(Act::warning(pod, "InspectFailed", why.message.clone()));
            acts.push(Act::warning(pod, "Failed", format!("Error: InvalidImageName ({})", image(container))));
        }
        Stage::Unpulled(container, why) => {
            let image = image(container);
            acts.push(Act::warning(pod, "Failed", format!("Failed to pull image \"{image}\": {}", why.message)));
            acts.push(Act::warning(pod, "Failed", "Error: ErrImagePull"));
            acts.push(Act::normal(pod, "BackOff", format!("Back-off pulling image \"{image}\"")));
        }
        Stage::Unconfigured(_, why) => acts.push(Act::warning(pod, "Failed", format!("Error: {why}"))),
        Stage::Unready(why) => acts.push(Act::warning(pod, "Unhealthy", format!("Readiness probe failed: {why}"))),
        Stage::Crashing(_) => {
            let (home, own) = (super::namespace(pod), super::name(pod));
            let container = super::text(&pod["spec"]["containers"][0]["name"]);
            let message = format!("Back-off restarting failed container {container} in pod {own}_{home}({})", super::uid(pod));
            acts.push(Act::warning(pod, "BackOff", message));
        }
        _ => {}
    }
}
