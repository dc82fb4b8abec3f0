//! The document that `init` writes: what has to be said, and everything else as comments that can be
//! uncommented.

use super::{SCHEMA, answers::Answers};
use pontoon_spec::{
    API_VERSION,
    document::{BUILT_IN, builtin},
    tree::{CoreType, Style, core_type},
};
use std::fmt::Write;

/// The environment that it has.
pub const ENVIRONMENT: &str = "production";

/// The document.
pub fn document(answers: &Answers) -> String {
    let Answers { blueprint, name, domain, contact, region } = answers;
    let blueprints: Vec<&str> = BUILT_IN.iter().map(|(n, _)| *n).collect();
    let given = builtin(blueprint);
    let mut out = format!(
        "# yaml-language-server: $schema={SCHEMA}
#
# A platform in one file. An editor with a YAML language server completes and explains every key;
# pontoon explain shows the whole, with where each value comes from.
apiVersion: {API_VERSION}

# Every name at DigitalOcean begins with it, so it never changes.
platform: {name}

# Gives whatever this file does not say: {blueprints},
# or the path of a file of your own.
blueprint: {blueprint}

# The DNS zone. Once it is there, delegate it at its registrar; pontoon up names the name servers.
domain: {domain}

# Where certificates and accounts write to.
contact: {contact}

environments:
  # A second environment: uncomment it, and plan both with pontoon plan --local --all. The last one is
  # at the domain itself, the others each at a name below it.
  #
  # staging:
  #   region: {region}
  #   network: {{ vpc: 10.21.0.0/20, pods: 10.122.0.0/16, services: 10.123.0.0/19 }}

  {ENVIRONMENT}:
    region: {region}
    # Its private network, and the ranges of its pods and Services. They never change, and overlap no other
    # network of the account. Without the latter two, DigitalOcean's Gateway is not in the cluster.
    network: {{ vpc: 10.20.0.0/20, pods: 10.120.0.0/16, services: 10.121.0.0/19 }}
",
        name = quoted(name),
        blueprints = blueprints.join(", "),
        blueprint = quoted(blueprint),
        domain = quoted(domain),
    );
    let uses = given.is_some_and(|text| text.lines().any(|l| l == "databases:"));
    let _ = write!(
        out,
        "
# What it is all for. `uses` gives an app access, the least that it needs, and is the only way to get any.
#
# apps:
#   web:
#     image: {{ repository: ghcr.io/example-org/web, tag: \"1.0\" }}
#     port: 8080
#     host: \"@\"                # the domain itself
#     replicas: 2
{}",
        if uses { "#     uses: [ databases.main ]\n" } else { "" }
    );
    if let Some(text) = given {
        let _ = write!(out, "\n# What the blueprint {blueprint} gives, as pontoon {} has it.", env!("CARGO_PKG_VERSION"));
        out.push_str(" Uncomment a section to change it.\n#\n");
        sections(text).for_each(|line| {
            let _ = writeln!(out, "{}", format!("# {line}").trim_end());
        });
    }
    out
}

/// The sections of a blueprint: without its heading, its version, and the network, which the
/// environment writes for itself.
fn sections(text: &str) -> impl Iterator<Item = &str> {
    let paragraphs = text.trim_end().split("\n\n");
    let mut wanted = paragraphs.filter(|p| !p.lines().any(|l| l.starts_with("apiVersion:") || l.starts_with("network:")));
    wanted.next().into_iter().chain(wanted.flat_map(|p| ["", p])).flat_map(|p| p.split('\n'))
}

/// A text that YAML reads as one: `123` is a number without quotes.
fn quoted(text: &str) -> String {
    if core_type(text, Style::Plain) == CoreType::Text { text.into() } else { format!("\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blueprint_is_shown_without_what_the_document_says() {
        for (name, text) in BUILT_IN {
            let shown: Vec<&str> = sections(text).collect();
            assert!(shown.contains(&"cluster:"), "{name}");
            assert!(!shown.iter().any(|l| l.starts_with("network:") || l.starts_with("apiVersion:")), "{name}");
        }
    }

    #[test]
    fn names_that_read_as_something_else_are_quoted() {
        for (text, written) in [("shop", "shop"), ("123", "\"123\""), ("true", "\"true\""), ("1e5", "\"1e5\"")] {
            assert_eq!(quoted(text), written);
        }
    }
}
