//! The text of a new document: small, commented, and free of problems.

use std::fmt::Write;

/// What a new document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers<'a> {
    /// The blueprint.
    pub blueprint: &'a str,
    /// The platform's name.
    pub platform: &'a str,
    /// Its domain.
    pub domain: &'a str,
    /// The mail address for certificates and accounts.
    pub contact: &'a str,
    /// The environments in the order in which a change reaches them, each with its region.
    pub environments: &'a [(&'a str, &'a str)],
    /// Where the JSON Schema stands, relative to the document; editors read it from there.
    pub schema: Option<&'a str>,
}

/// The document. The caller has checked each answer by reading the result back: what was answered
/// wrongly comes out as a diagnostic of [`crate::Document::parse`].
pub fn document(answers: &Answers<'_>) -> String {
    let mut out = String::new();
    if let Some(schema) = answers.schema {
        let _ = writeln!(out, "# yaml-language-server: $schema={schema}");
    }
    out.push_str("# What this platform is. Whatever is not written here is the blueprint's, or a default:\n");
    out.push_str("# `pontoon explain` shows every value and where it comes from.\n");
    let _ = writeln!(out, "apiVersion: {}", crate::API_VERSION);
    let _ = writeln!(out, "platform: {}                # outside names begin with it", quoted(answers.platform));
    let _ = writeln!(out, "blueprint: {}", quoted(answers.blueprint));
    let _ = writeln!(out, "domain: {}", quoted(answers.domain));
    let _ = writeln!(out, "contact: {}   # for certificates and accounts", quoted(answers.contact));
    out.push_str("\nenvironments:\n");
    for (i, (name, region)) in answers.environments.iter().enumerate() {
        // Ranges that overlap neither each other nor what clusters and homes use most.
        let network = format!("10.{}.0.0/20", 20 + i % 200);
        let _ =
            writeln!(out, "  {}:\n    region: {}\n    network: {network}      # can never change", quoted(name), quoted(region));
    }
    if answers.environments.len() > 1 {
        let order: Vec<String> = answers.environments.iter().map(|(n, _)| quoted(n)).collect();
        let _ = write!(
            out,
            "\n# With a repository, a change passes from one environment to the next:\n# delivery:\n#   gitops: flux\n#   repository: {{ github: example-org/{} }}\n#   promotion: [ {} ]\n",
            answers.platform,
            order.join(", ")
        );
    }
    out.push_str(
        "\n# Apps are what the platform is for. `uses` gives access, and nothing else does:\n# apps:\n#   web:\n#     image: { repository: ghcr.io/example-org/web, tag: \"1.0.0\" }\n#     host: \"@\"                # the domain itself\n#     port: 8080\n#     replicas: 2\n#     resources: { cpu: 250m, memory: 256Mi }\n",
    );
    out
}

/// A word, in quotes where YAML would read something else.
fn quoted(text: &str) -> String {
    crate::tree::inline(&crate::tree::Node::text(text, crate::tree::Origin::Document))
}
