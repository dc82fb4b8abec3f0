//! What to type, with the names of this environment. Every command is one that this version has; a test tries each.

mod recovery;

use crate::{
    facts::Facts,
    page::{Page, code},
};
use pontoon_spec::sections::secrets::GitSecrets;

/// The page.
pub fn page(facts: &Facts<'_>) -> Page {
    let mut page = Page::new("runbooks", format!("Runbooks of {}", facts.subject()));
    page.text("Typed in the folder of `platform.yaml`. Exit codes: 0 done, 1 failed or refused, 2 differences where asked for, 3 a person is waited for.");
    first_day(facts, &mut page);
    change(facts, &mut page);
    upgrade(facts, &mut page);
    rotate(facts, &mut page);
    looking(facts, &mut page);
    recovery::write(facts, &mut page);
    end(facts, &mut page);
    page
}

/// The environment before this one in the order of promotion.
fn before<'a>(facts: &Facts<'a>) -> Option<&'a str> {
    let order = &facts.spec.delivery.promotion;
    let at = order.iter().position(|e| e.as_str() == facts.name())?;
    order.get(at.checked_sub(1)?).map(|e| e.as_str())
}

fn first_day(facts: &Facts<'_>, page: &mut Page) {
    let name = facts.name();
    page.heading("The first day");
    page.text("`DIGITALOCEAN_TOKEN` holds a token with the scopes that `doctor --scopes` prints.");
    let mut lines = vec!["pontoon check".to_owned(), format!("pontoon doctor {name} --scopes"), format!("pontoon doctor {name}")];
    lines.extend(facts.given().iter().map(|(secret, owner)| format!("pontoon secret set {secret} --app {owner} --env {name}")));
    lines.extend([format!("pontoon plan {name}"), format!("pontoon up {name}"), format!("pontoon status {name}")]);
    page.shell(lines);
    let mut waits = Vec::new();
    if facts.resources("digitalocean.domain").next().is_some() {
        waits.push(format!("A person delegates {} to the vendor's name servers.", code(&facts.spec.zone.to_string())));
    }
    if let (Some(follower), Some(repository)) = (facts.follower(), &facts.spec.delivery.repository) {
        let github = code(&repository.github.to_string());
        waits.push(format!(
            "A person merges what `up` proposes in {github} once its branch is protected; {follower} does the rest."
        ));
    }
    page.list(waits);
}

fn change(facts: &Facts<'_>, page: &mut Page) {
    let name = facts.name();
    page.heading("A change");
    let mut lines = vec!["pontoon check".to_owned(), format!("pontoon plan {name}")];
    let before = before(facts);
    lines.extend(before.map(|before| format!("pontoon promote {before} {name}")));
    lines.push(format!("pontoon up {name}"));
    page.shell(lines);
    if before.is_some() {
        page.text("Back to what ran before, as one reviewable change; what cannot go back is named:");
        page.shell(vec![format!("pontoon rollback {name}"), format!("pontoon up {name}")]);
    }
}

fn upgrade(facts: &Facts<'_>, page: &mut Page) {
    let name = facts.name();
    page.heading("A newer Kubernetes, newer charts");
    let version = code(&facts.spec.cluster.version.value.to_string());
    page.text(format!("The document asks for {version}. The vendor's own checks run before each step; nobody can go back."));
    page.shell(vec![format!("pontoon upgrade {name} --check"), format!("pontoon upgrade {name}")]);
    page.text("Charts move on only when the lock does:");
    page.shell(vec!["pontoon lock --update".into(), format!("pontoon plan {name}"), format!("pontoon up {name}")]);
}

fn rotate(facts: &Facts<'_>, page: &mut Page) {
    let name = facts.name();
    page.heading("Rotate a secret");
    page.text("One line for each secret of this environment. What uses it follows with the next `up`.");
    let mut lines = vec![format!("pontoon secret list --env {name}")];
    let all = facts.given().into_iter().chain(facts.made());
    lines.extend(all.map(|(secret, owner)| format!("pontoon secret rotate {secret} --app {owner} --env {name}")));
    if facts.follower().is_some() {
        lines.push(format!("pontoon secret rotate DEPLOY_KEY --env {name}"));
        if *facts.spec.secrets.git == GitSecrets::SopsAge {
            lines.push(format!("pontoon secret rotate AGE_KEY --env {name}"));
        }
    }
    lines.push(format!("pontoon up {name}"));
    page.shell(lines);
}

fn looking(facts: &Facts<'_>, page: &mut Page) {
    let name = facts.name();
    page.heading("Something is wrong");
    let mut lines = vec![format!("pontoon status {name}"), format!("pontoon drift {name}")];
    lines.extend(facts.apps().map(|(app, _)| format!("pontoon why {app} {name}")));
    lines.extend(["pontoon op log".to_owned(), "pontoon state show".to_owned(), format!("pontoon kubeconfig {name}")]);
    page.shell(lines);
    page.text("A run that was cut off is typed again: it makes certain what happened, and goes on.");
}

fn end(facts: &Facts<'_>, page: &mut Page) {
    page.heading("Take it down");
    page.text("In order, waiting until each thing is gone. What holds data goes only by name.");
    page.shell(vec![format!("pontoon destroy {}", facts.name()), "pontoon leaks".into()]);
}
