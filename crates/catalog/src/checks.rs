//! Checks of pull requests: the jobs of the workflows that Pontoon writes, by the names under which a ruleset asks for them.

/// The document has no mistake, and what follows from it can be written.
pub const VALIDATE: &str = "validate";
/// No finding about security or versions that the document does not accept.
pub const POLICY: &str = "policy";
/// Trivy finds nothing grave in the files of the repository.
pub const SCAN: &str = "scan";
/// What would change, of one environment each.
pub const PLAN: &str = "plan";

/// Every check that exists where these environments do.
pub fn names<'a>(environments: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<String> = [VALIDATE, POLICY, SCAN].map(str::to_owned).into();
    // Source: GitHub documentation, "Running variations of jobs in a workflow": a job's name with its values in brackets.
    all.extend(environments.map(|e| format!("{PLAN} ({e})")));
    all
}
