//! What a person can do about what a cluster says, told by the sentences in which Kubernetes, Flux and servers say it.

/// Parts of what is said, in small letters, and what to do then. The first that fits counts.
const REMEDIES: &[(&[&str], &str)] = &[
    (&["exceeded quota"], "take away what is not needed there, or raise the quota (kubectl describe quota -A); then: pontoon up"),
    (
        &["usage per container is", "usage per pod is", "usage per persistentvolumeclaim is"],
        "ask for less in resources, or change the LimitRange (kubectl describe limitrange -A); then: pontoon up",
    ),
    (
        &["violates podsecurity"],
        "give the pod a stricter security context, or loosen security.podSecurity in platform.yaml; then: pontoon up",
    ),
    (
        &["failed calling webhook"],
        "bring back what serves the webhook, or delete its configuration (kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations); then: pontoon up",
    ),
    (&["exceed max volume count"], "add nodes in cluster.pools: each attaches 15 volumes at most; then: pontoon up"),
    (
        &["insufficient cpu", "insufficient memory", "insufficient pods", "too many pods"],
        "add nodes or take larger ones in cluster.pools, or ask for less in resources; what fits: pontoon check; then: pontoon up",
    ),
    (
        &["untolerated taint", "node affinity/selector", "topology spread"],
        "give a pool of cluster.pools the labels that are asked for, or take its taint off; then: pontoon up",
    ),
    (
        &["storageclass.storage.k8s.io", "persistentvolumeclaim"],
        "name a storage class that exists (kubectl get storageclass), or free volumes of the account; then: pontoon up",
    ),
    (
        &["couldn't find key", "non-existent secret key", "non-existent config key"],
        "see which keys there are (pontoon secret list); what is ours is written by: pontoon up",
    ),
    (&["secret \"", "configmap \""], "what is ours is written by: pontoon up; everything else comes back from whoever made it"),
    (
        &["401 unauthorized", "403 forbidden", "pull access denied"],
        "name a registry that the namespace may pull from: registry and image in platform.yaml; then: pontoon up",
    ),
    (&["errimagepull", "imagepullbackoff", "invalidimagename"], "push the image under that name and tag; then: pontoon up"),
    (
        &["denied by policy", "no dns rule of a policy"],
        "open the way with uses: in platform.yaml, or take away the policy that closes it (kubectl get netpol,cnp -A); then: pontoon up",
    ),
    (
        &["password authentication failed", "wrongpass", "noauth", "access_refused", "\" does not exist", "not_allowed"],
        "the server knows another login than the Secret, which is written again by: pontoon up",
    ),
    (&["no ready endpoints", "connection refused"], "look at what should answer there: pontoon status; then: pontoon up"),
    (
        &["failed to fetch", "failed to download", "no artifact available", "sourcenotready", "failed to pull"],
        "let the cluster reach the address that the chart comes from; then: pontoon up",
    ),
    (
        &["has no ns records", "not delegated", "nxdomain", "propagation"],
        "delegate the domain at its registrar to ns1.digitalocean.com, ns2.digitalocean.com and ns3.digitalocean.com; then: pontoon up",
    ),
    (&["is not there"], "it is written again by: pontoon up"),
];

/// What to do about what an object says; `None` where nobody can say.
pub fn remedy(said: &str) -> Option<&'static str> {
    let said = said.to_lowercase();
    let fits = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
    REMEDIES.iter().find(|(parts, _)| fits(parts)).map(|(_, remedy)| *remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_in_small_letters_and_each_is_reached() {
        for (parts, advice) in REMEDIES {
            for part in *parts {
                assert_eq!(*part, part.to_lowercase());
                assert_eq!(remedy(part), Some(*advice), "something before it hides {part}");
            }
        }
        assert_eq!(remedy("is Pending"), None);
    }
}
