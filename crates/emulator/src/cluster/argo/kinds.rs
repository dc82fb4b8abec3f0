//! The kinds that Argo CD defines. Source: Argo CD's definitions, version 3.4.

use crate::cluster::helm::Definition;

/// `applications.argoproj.io`
pub(super) const APPLICATIONS: &str = "applications.argoproj.io";
/// `appprojects.argoproj.io`
pub(super) const PROJECTS: &str = "appprojects.argoproj.io";

/// Applications, sets of them, projects: all without a status of their own endpoint.
pub(super) const DEFINITIONS: &[Definition] = &[
    Definition::new("argoproj.io", "Application", "applications", &["v1alpha1"])
        .short(&["app", "apps"])
        .no_status()
        .requires(&["destination", "project"]),
    Definition::new("argoproj.io", "ApplicationSet", "applicationsets", &["v1alpha1"])
        .short(&["appset", "appsets"])
        .requires(&["generators", "template"]),
    Definition::new("argoproj.io", "AppProject", "appprojects", &["v1alpha1"]).short(&["appproj", "appprojs"]).no_status(),
];
