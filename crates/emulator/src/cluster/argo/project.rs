//! What a project lets its Applications do. Source: Argo CD documentation, projects.

use super::kinds::PROJECTS;
use super::text;
use crate::cluster::Objects;
use serde_json::Value;

/// `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => match text.strip_prefix(before) {
            None => false,
            Some(rest) if after.is_empty() => !rest.contains('/') || before.is_empty(),
            Some(rest) => rest.char_indices().any(|(at, _)| fits(after, &rest[at..])) || fits(after, ""),
        },
    }
}

/// The project of an Application.
///
/// # Errors
/// That there is none; that the Application reads or goes where it may not.
pub(super) fn of(objects: &Objects, home: &str, application: &Value, sources: &[Value]) -> Result<Value, String> {
    let name = text(&application["spec"]["project"]);
    let project = objects
        .get(PROJECTS, home, &name)
        .cloned()
        .ok_or_else(|| format!("Application referencing project {name} which does not exist"))?;
    let may = |url: &str| project["spec"]["sourceRepos"].as_array().into_iter().flatten().any(|p| fits(&text(p), url));
    for source in sources {
        let url = text(&source["repoURL"]);
        if !may(&url) {
            return Err(format!("application repo {url} is not permitted in project '{name}'"));
        }
    }
    let destination = &application["spec"]["destination"];
    let (server, namespace) = (text(&destination["server"]), text(&destination["namespace"]));
    if !goes(&project, &server, &namespace) {
        return Err(format!(
            "application destination server '{server}' and namespace '{namespace}' do not match any of the allowed destinations in project '{name}'"
        ));
    }
    Ok(project)
}

fn goes(project: &Value, server: &str, namespace: &str) -> bool {
    project["spec"]["destinations"].as_array().into_iter().flatten().any(|d| {
        let server_fits = d["server"].as_str().is_none_or(|s| fits(s, server));
        server_fits && fits(&text(&d["namespace"]), namespace)
    })
}

/// Whether an object may be applied in a project.
///
/// # Errors
/// That it may not.
pub(super) fn permits(project: &Value, server: &str, object: &Value, namespaced: bool) -> Result<(), String> {
    let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let name = text(&project["metadata"]["name"]);
    let listed = |list: &Value| {
        list.as_array().is_some_and(|l| l.iter().any(|e| fits(&text(&e["group"]), group) && fits(&text(&e["kind"]), &kind)))
    };
    let spec = &project["spec"];
    if !namespaced {
        if listed(&spec["clusterResourceWhitelist"]) && !listed(&spec["clusterResourceBlacklist"]) {
            return Ok(());
        }
        return Err(format!("resource {group}:{kind} is not permitted in project {name}"));
    }
    let white = &spec["namespaceResourceWhitelist"];
    if (!white.is_null() && !listed(white)) || listed(&spec["namespaceResourceBlacklist"]) {
        return Err(format!("resource {group}:{kind} is not permitted in project {name}"));
    }
    let namespace = text(&object["metadata"]["namespace"]);
    if !goes(project, server, &namespace) {
        return Err(format!("namespace {namespace} is not permitted in project '{name}'"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_anything() {
        assert!(fits("*", "https://a/b") && fits("https://a/*", "https://a/b") && fits("shop-*", "shop-x"));
        assert!(fits("a*c", "abc") && !fits("a*c", "abd"));
        assert!(!fits("shop", "shop-x") && !fits("https://b/*", "https://a/b"));
    }
}
