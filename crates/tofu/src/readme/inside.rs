//! Of the stacks of what runs in a cluster, and of the modules.

use super::{RUN, state};
use crate::{
    Backend, Part,
    cluster::{CLUSTER, ENVIRONMENT, Stack},
    frame::{DIGITALOCEAN, HELM},
    inside::{Follower, Inside, Unit},
    modules::{ARGOCD, FLUXCD},
    secrets::listed,
    stack::INFRA,
};
use std::{collections::BTreeMap, fmt::Write};

/// Of `2-cluster` and `3-environment`.
pub fn stack(part: &Part<'_>, inside: &Inside<'_>, stack: &Stack<'_>, variables: &BTreeMap<String, String>) -> String {
    let (platform, scope, name) = (&part.platform.name, &part.scope, stack.name);
    let who = match inside.follower {
        Follower::Nobody => None,
        Follower::Flux { .. } => Some("Flux"),
        Follower::Argo { .. } => Some("Argo CD"),
    };
    let is = match (who, name) {
        (Some(who), _) => format!(
            "{who}, the first Secrets, and what it follows from. Everything else in the cluster comes from the repository: the other \
             modules only render its files, and there is no `{ENVIRONMENT}`."
        ),
        (None, CLUSTER) => {
            "What makes the cluster usable: namespaces that are closed to each other, and the platform's charts and \
                            objects."
                .to_owned()
        }
        (None, _) => "The apps, and what each may do and reach.".to_owned(),
    };
    let mut text = format!(
        "# {platform}, {scope}: {name}\n\n{is}\n\nWritten by `pontoon render` from `platform.yaml`. Edits stay: the next render names them and leaves \
         them alone.\n\n| file | holds |\n| --- | --- |\n| `main.tf` | the calls of the modules in `infra/modules/` |\n"
    );
    let _ = writeln!(text, "| `infra.tf` | what `{INFRA}` says of itself, and the cluster as the vendor has it now |");
    let _ = writeln!(text, "| `manifests/` | what {scope} puts on top of the modules: values, versions, objects |");
    if who.is_some() {
        text.push_str("| `root.yaml` | the two objects from which everything else follows |\n");
        text.push_str("| `outputs.tf` | the files of the repository, as the modules render them |\n");
    }
    if !variables.is_empty() || who.is_some() {
        text.push_str("| `variables.tf` | values that are secret |\n");
    }
    let _ = writeln!(
        text,
        "| `terraform.tf`, `providers.tf` | versions (digitalocean {}, helm {}), where the state is kept, how the cluster is reached |\n\
         | `encryption.tofu` | for OpenTofu: the state, plans and what is read of `{INFRA}` are encrypted |\n\
         | `encryption.tf` | for Terraform, which cannot encrypt a state: refuses to run until that is accepted by name |",
        DIGITALOCEAN.version, HELM.version
    );
    text.push_str("\n| module | is about |\n| --- | --- |\n");
    for call in &stack.calls {
        let names: Vec<&str> = call.units.iter().map(|u| u.name).collect();
        let about = match call.module.as_str() {
            FLUXCD => "Flux, and where charts come from".to_owned(),
            ARGOCD => "Argo CD".to_owned(),
            _ => names.join(", "),
        };
        let _ = writeln!(text, "| `{}` | {about} |", call.module);
    }
    let before = if name == ENVIRONMENT { CLUSTER } else { INFRA };
    let _ = write!(
        text,
        "\n## Use\n\n`{before}` comes first, with the same passphrase.\n\n```console\nexport DIGITALOCEAN_TOKEN=…\n"
    );
    if matches!(part.backend, Backend::Spaces { .. } | Backend::S3 { .. }) {
        text.push_str("export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…         # of the bucket that keeps the state\n");
    }
    if who.is_some() {
        text.push_str(&first(inside));
    }
    for name in variables.keys() {
        let _ = writeln!(text, "export TF_VAR_{name}=…");
    }
    text.push_str(RUN);
    if !variables.is_empty() {
        text.push_str("\n| variable | is |\n| --- | --- |\n");
        for (name, what) in variables {
            let _ = writeln!(text, "| `{name}` | {what} |");
        }
        let _ = write!(
            text,
            "\nWhat a vendor shows once is in the state of `{INFRA}` alone: `tofu -chdir=../{INFRA} state pull` shows it to whoever has the passphrase.\n"
        );
    }
    if who.is_some() {
        text.push_str(RENDERED);
    } else if !stack.secrets.is_empty() {
        let names: Vec<String> = listed(&stack.secrets).into_iter().collect();
        let _ = write!(text, "\nThe Secrets {} are a release of their own.\n", names.join(", "));
    }
    text.push_str(&state(part));
    text.push_str(&differs(inside));
    text.trim_end().to_owned() + "\n"
}

/// The first Secrets, as they are given.
fn first(inside: &Inside<'_>) -> String {
    let mut text =
        "export TF_VAR_git_identity=\"$(cat deploy-key)\"              # ssh-keygen -t ed25519 -N '' -f deploy-key\n".to_owned();
    if let Follower::Flux { encrypted, .. } = inside.follower {
        text.push_str("export TF_VAR_git_identity_public=\"$(cat deploy-key.pub)\"   # gh repo deploy-key add deploy-key.pub\n");
        if encrypted {
            text.push_str("export TF_VAR_age_key=\"$(grep AGE-SECRET-KEY age.key)\"      # age-keygen -o age.key\n");
        }
    }
    text
}

const RENDERED: &str = "
## The repository

The output `rendered_manifests` has its files. To write them into a checkout of it:

```console
tofu output -json rendered_manifests |
  jq -r 'to_entries[] | [.key, (.value | @base64)] | @tsv' |
  while IFS=$'\\t' read -r path text; do
    mkdir -p \"$CHECKOUT/$(dirname \"$path\")\" && base64 -d <<<\"$text\" >\"$CHECKOUT/$path\"
  done
```

Encrypted Secrets (`*.sops.yaml`) are not among them: they are written with `sops`, or by `pontoon up`.
";

fn differs(inside: &Inside<'_>) -> String {
    let text = match inside.follower {
        Follower::Flux { .. } => {
            "The chart brings the newest Flux that is published as one; `pontoon up` installs the release itself, which may be newer. Without its \
             root Flux removes everything that it installed, data too: take `module.fluxcd` out only with the cluster."
        }
        Follower::Argo { .. } => {
            "Secrets that no store outside brings are not written: Argo CD decrypts nothing, and `pontoon up` writes them."
        }
        Follower::Nobody => {
            "`pontoon up` installs charts through Flux's Helm controller, this stack through Helm itself. Definitions that a newer chart \
             brings are not upgraded by Helm: apply them before. A changed Secret does not restart what read it."
        }
    };
    format!("\n## Where it differs from `pontoon up`\n\n{text} Use the one or the other on a cluster, not both.\n")
}

/// Of a module that is the same for every platform.
pub fn fixed_module(name: &str) -> String {
    let text = match name {
        FLUXCD => {
            "Installs Flux with the first Secrets, and the source and the Kustomization from which everything else follows.\n\n\
             - `mode = \"apply\"` installs it.\n- `mode = \"render\"` installs nothing.\n\n\
             The output `rendered_manifests` has the files that Flux follows from its root on, by their path in the repository: where charts come \
             from, and the Kustomization of each part.\n"
        }
        ARGOCD => {
            "Installs Argo CD with the Secret that reads the repository, and the project and the Application from which everything else \
             follows.\n\n- `mode = \"apply\"` installs it.\n- `mode = \"render\"` installs nothing.\n\n\
             The output `rendered_manifests` has the files that Argo CD follows from its root on: the Application of each part.\n"
        }
        _ => {
            "Applies objects as a release of Helm: those of two folders, the second on top of the first as kustomize would put it, texts that are \
             given, and Secrets.\n\nHelm knows definitions when it installs, not when it plans: so objects of a kind that a chart brings need only \
             come after that chart.\n\nOnly whole keys of an object are replaced: patches deeper than that are for charts alone, whose modules read \
             them.\n"
        }
    };
    format!("# {name}\n\n{text}")
}

/// Of a module of one concern.
pub fn module(name: &str, units: &BTreeMap<&str, &Unit<'_>>, rendered: bool, left_out: &[(String, String)]) -> String {
    let mut text = format!("# {name}\n\n| part | is | charts |\n| --- | --- | --- |\n");
    for (unit, about) in units {
        let charts: Vec<&str> = about.releases.iter().map(|r| r.name.as_str()).collect();
        let _ = writeln!(text, "| {unit} | {} | {} |", about.title, charts.join(", "));
    }
    if rendered {
        text.push_str("\n`mode = \"render\"` alone: Argo CD installs this. ");
    } else {
        text.push_str(
            "\n- `mode = \"apply\"` installs the parts that `units` names, each after what it needs. Versions and values of charts are the environment's.\n\
             - `mode = \"render\"` installs nothing.\n\nIn the mode `render` ",
        );
    }
    text.push_str(
        "the output `rendered_manifests` has the files of the GitOps tree by their path: `manifests/` of this module, and the same folders of \
         what `manifests` names, under `clusters/<environment>/`.\n",
    );
    for (unit, what) in left_out {
        let _ = write!(text, "\nNot applied: {unit}: {what}.\n");
    }
    text
}
