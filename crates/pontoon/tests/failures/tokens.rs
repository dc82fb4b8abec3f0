//! Tokens that may not do what the platform needs.

use super::{cove, fails, followed, mended, within};

const GITHUB: &str = "[[github.tokens]]\ntoken = \"pontoon-local-github-token\"\nlogin = \"operator\"\n";

#[test]
fn a_classic_github_token_without_its_scope() {
    let bench = followed();
    let said = [
        "error: repository example-org/cove-gitops",
        "answered 404",
        "the token needs the scope public_repo or repo",
        "next: give the token in GITHUB_TOKEN the scope public_repo or repo",
    ];
    fails(within(&bench, "bootstrap", &format!("{GITHUB}scopes = [\"read:org\"]\n")), &said);
    within(&bench, "bootstrap", "").ends_with(0);
}

#[test]
fn a_fine_grained_github_token_without_a_permission() {
    let bench = followed();
    let permissions = "permissions = { metadata = \"read\", contents = \"write\" }\n";
    let said =
        ["answered 403", "the token needs administration=write", "next: give the token the permission administration=write"];
    fails(within(&bench, "bootstrap", &format!("{GITHUB}{permissions}")), &said);
    within(&bench, "bootstrap", "").ends_with(0);
}

#[test]
fn a_github_token_that_is_not_known() {
    let bench = followed();
    let unknown = GITHUB.replace("pontoon-local-github-token", "another");
    fails(within(&bench, "bootstrap", &unknown), &["answered 401", "next: set GITHUB_TOKEN to a token that is valid"]);
    within(&bench, "bootstrap", "").ends_with(0);
}

#[test]
fn a_digitalocean_token_that_may_not_enter_the_cluster() {
    let bench = cove();
    let all = bench.type_in("doctor --scopes").ends_with(0).out;
    let but = |left_out: &str| {
        let scopes: Vec<String> = all.lines().filter(|s| *s != left_out).map(|s| format!("\"{s}\"")).collect();
        assert!(scopes.len() < all.lines().count(), "{left_out} is not asked for: {all}");
        format!("[[tokens]]\ntoken = \"pontoon-local-token\"\nscopes = [{}]\n", scopes.join(", "))
    };
    let said = ["the token needs the scope vpc:create", "next: "];
    fails(within(&bench, "up", &but("vpc:create")), &said);
    let said = ["no credential for the cluster of production", "next: the token needs the scope kubernetes:access_cluster"];
    fails(within(&bench, "up", &but("kubernetes:access_cluster")), &said);
    mended(&bench);
}
