//! The charts that the embedded registries publish, one file each.

pub(crate) mod cert_manager;

use super::helm::Chart;

/// Every published chart.
pub(crate) const CHARTS: &[Chart] = &[cert_manager::CHART];

/// The chart of that name in that repository (`https://…` or `oci://…`, with or without a slash at its end).
pub(crate) fn published(repository: &str, name: &str) -> Option<&'static Chart> {
    let repository = repository.trim_end_matches('/');
    CHARTS.iter().find(|c| c.name == name && c.repository.trim_end_matches('/') == repository)
}
