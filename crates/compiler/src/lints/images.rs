//! Where images and charts come from.

use super::{
    page::{example, warning},
    say::{at, each},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::Spec;

pub(super) const BITNAMI: CodePage = warning(
    "PT5106",
    "an image or chart of Bitnami",
    "In 2025 Bitnami moved nearly all of its images to `bitnamilegacy`, where nothing is updated. Charts that name the old place fail to pull, and the moved images keep the holes that they had.",
    example!("apps: { wiki: { chart: { name: oci://registry-1.docker.io/bitnamicharts/mediawiki, version: 21.0.0 } } }"),
    "Use the chart or image of the software's own project.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (app, declared) in spec.apps.iter() {
            let image = declared.image.as_ref().and_then(|i| i.value.repository.as_ref());
            if let Some(image) = image.filter(|i| i.contains("bitnami/")) {
                out.push(at(BITNAMI, image, bitnami(app)).hint("use the image of the software's own project"));
            }
            let chart = declared.chart.as_ref().and_then(|c| c.value.name.as_ref());
            if let Some(chart) = chart.filter(|c| c.contains("bitnami")) {
                out.push(at(BITNAMI, chart, bitnami(app)).hint("use the chart of the software's own project"));
            }
        }
    });
}

fn bitnami(app: &str) -> String {
    format!("`{app}` comes from Bitnami, whose images were moved to where nothing is updated")
}
