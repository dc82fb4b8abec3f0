// GitHub's own client against the embedded GitHub: makes, reads, changes and removes everything that a platform's
// repository is made of. Prints how many checks it made.
import sodium from "libsodium-wrappers";
import { Octokit } from "octokit";
import { checks, holds, is, refused } from "./check.mjs";

const url = process.env.GITHUB_API_URL;
const client = (auth) =>
  new Octokit({ auth, baseUrl: url, throttle: { enabled: false }, retry: { enabled: false }, log: { debug() {}, info() {}, warn() {}, error() {} } });
const full = client("witness-full");
const reviewer = client("witness-reviewer");
const narrow = client("witness-narrow");
const here = { owner: "acme", repo: "platform" };
const { rest } = full;
await sodium.ready;
const base64 = (text) => Buffer.from(text).toString("base64");

// Who asks.
const me = (await rest.users.getAuthenticated()).data;
is(me.login, "operator", "login");
is((await rest.orgs.get({ org: "acme" })).data.plan.name, "enterprise", "plan");
holds((await rest.orgs.listForAuthenticatedUser()).data.length === 2, "organizations");
holds((await rest.rateLimit.get()).data.resources.core.remaining > 4000, "rate limit");
await refused(client("nonsense").rest.users.getAuthenticated(), 401, "Bad credentials");

await rest.meta.root();
const own = (await rest.repos.createForAuthenticatedUser({ name: "own", private: true, auto_init: true })).data;
is(own.owner.login, "operator", "owner");
holds((await rest.repos.listForAuthenticatedUser()).data.length === 1, "own repositories");
await refused(reviewer.rest.repos.get({ owner: "operator", repo: "own" }), 404, "Not Found");
await rest.repos.delete({ owner: "operator", repo: "own" });

// An empty repository refuses Git data, and takes one file.
const made = (await rest.repos.createInOrg({ org: "acme", name: "platform", private: true, description: "A platform" })).data;
is([made.full_name, made.private, made.default_branch], ["acme/platform", true, "main"], "repository");
await refused(rest.repos.createInOrg({ org: "acme", name: "platform" }), 422, "name already exists on this account");
await refused(rest.git.createBlob({ ...here, content: "x" }), 409, "Git Repository is empty.");
await refused(rest.repos.listCommits(here), 409, "Git Repository is empty.");
const first = (await rest.repos.createOrUpdateFileContents({ ...here, path: "README.md", message: "first", content: base64("hello\n") })).data;
is(first.content.sha, "ce013625030ba8dba906f756967f9e9ca394464a", "the id that git gives");
is((await rest.repos.update({ ...here, has_wiki: false, delete_branch_on_merge: true })).data.has_wiki, false, "settings");
is((await rest.repos.replaceAllTopics({ ...here, names: ["pontoon"] })).data.names, ["pontoon"], "topics");
is((await rest.repos.getAllTopics(here)).data.names, ["pontoon"], "topics");
is((await full.paginate(rest.repos.listForOrg, { org: "acme", per_page: 1 })).length, 1, "list");
await refused(narrow.rest.repos.createInOrg({ org: "acme", name: "x" }), 403, "Resource not accessible by personal access token");

// One tree with contents inline, one commit, one reference.
const blob = (await rest.git.createBlob({ ...here, content: base64("b\n"), encoding: "base64" })).data;
is((await rest.git.getBlob({ ...here, file_sha: blob.sha })).data.size, 2, "blob");
const tree = (await rest.git.createTree({ ...here, base_tree: first.commit.tree.sha, tree: [
  { path: "clusters/main/kustomization.yaml", mode: "100644", type: "blob", content: "resources: []\n" },
  { path: "b.txt", mode: "100644", type: "blob", sha: blob.sha },
] })).data;
const commit = (await rest.git.createCommit({ ...here, message: "second", tree: tree.sha, parents: [first.commit.sha] })).data;
is((await rest.git.getCommit({ ...here, commit_sha: commit.sha })).data.parents[0].sha, first.commit.sha, "parent");
is((await rest.git.updateRef({ ...here, ref: "heads/main", sha: commit.sha })).data.object.sha, commit.sha, "main moved");
await refused(rest.git.updateRef({ ...here, ref: "heads/main", sha: first.commit.sha }), 422, "Update is not a fast forward");
is((await rest.git.getTree({ ...here, tree_sha: "main", recursive: "true" })).data.tree.filter((e) => e.type === "blob").length, 3, "files");
const listed = (await rest.repos.getContent({ ...here, path: "" })).data;
is(listed.map((e) => [e.name, e.type]), [["README.md", "file"], ["b.txt", "file"], ["clusters", "dir"]], "root");
const read = (await rest.repos.getContent({ ...here, path: "clusters/main/kustomization.yaml" })).data;
is(Buffer.from(read.content, "base64").toString(), "resources: []\n", "contents");
await refused(rest.repos.getContent({ ...here, path: "nothing" }), 404, "Not Found");
is((await full.paginate(rest.repos.listCommits, { ...here, per_page: 1 })).length, 2, "pages of commits");
const one = (await rest.repos.getCommit({ ...here, ref: "main" })).data;
is([one.stats.additions, one.files.length], [2, 2], "commit");
is((await rest.repos.compareCommitsWithBasehead({ ...here, basehead: `${first.commit.sha}...main` })).data.ahead_by, 1, "ahead");
is((await rest.repos.listBranches(here)).data.length, 1, "branches");
is((await rest.repos.getBranch({ ...here, branch: "main" })).data.protected, false, "branch");
const tag = (await rest.git.createTag({ ...here, tag: "v1", message: "one", object: commit.sha, type: "commit" })).data;
is((await rest.git.getTag({ ...here, tag_sha: tag.sha })).data.object.sha, commit.sha, "tag");
await rest.git.createRef({ ...here, ref: "refs/tags/v1", sha: tag.sha });
is((await rest.git.getRef({ ...here, ref: "tags/v1" })).data.object.type, "tag", "reference of a tag");
is((await rest.git.listMatchingRefs({ ...here, ref: "heads" })).data.length, 1, "references");

await rest.git.createRef({ ...here, ref: "refs/heads/side", sha: first.commit.sha });
await rest.repos.createOrUpdateFileContents({ ...here, branch: "side", path: "s.txt", message: "s", content: base64("s") });
is((await rest.repos.merge({ ...here, base: "side", head: "main" })).data.parents.length, 2, "merge of branches");
is((await rest.repos.merge({ ...here, base: "side", head: "main" })).status, 204, "nothing to merge");
const early = (await rest.pulls.create({ ...here, title: "Early", head: "side", base: "main" })).data;
await rest.repos.createOrUpdateFileContents({ ...here, path: "m.txt", message: "m", content: base64("m") });
is((await rest.pulls.updateBranch({ ...here, pull_number: early.number })).status, 202, "branch updated");
is((await rest.pulls.update({ ...here, pull_number: early.number, title: "Late", state: "closed" })).data.state, "closed", "closed");
await rest.git.deleteRef({ ...here, ref: "heads/side" });
const side = (await rest.repos.getContent({ ...here, path: "m.txt" })).data;
await rest.repos.deleteFile({ ...here, path: "m.txt", message: "m goes", sha: side.sha });
await rest.repos.enableVulnerabilityAlerts(here);
is((await rest.repos.checkVulnerabilityAlerts(here)).status, 204, "alerts");
await rest.repos.disableVulnerabilityAlerts(here);

// Deploy keys are unique over all of GitHub; an organization may forbid them.
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
const deploy = (await rest.repos.createDeployKey({ ...here, title: "flux", key, read_only: true })).data;
is((await rest.repos.getDeployKey({ ...here, key_id: deploy.id })).data.read_only, true, "deploy key");
await refused(rest.repos.createDeployKey({ ...here, title: "again", key }), 422, "key is already in use");
await rest.repos.createInOrg({ org: "thrifty", name: "cheap", private: true, auto_init: true });
const cheap = { owner: "thrifty", repo: "cheap" };
await refused(rest.repos.createDeployKey({ ...cheap, title: "t", key: key.replace("OMq", "OMr") }), 422, "Deploy keys are disabled");
is((await rest.repos.listDeployKeys(here)).data.length, 1, "deploy keys");
await rest.repos.deleteDeployKey({ ...here, key_id: deploy.id });

// Secrets are sealed for the place they are for, and never read again.
const seal = (text, to) => Buffer.from(sodium.crypto_box_seal(sodium.from_string(text), sodium.from_base64(to, sodium.base64_variants.ORIGINAL))).toString("base64");
const publicKey = (await rest.actions.getRepoPublicKey(here)).data;
const sealed = { encrypted_value: seal("hunter2", publicKey.key), key_id: publicKey.key_id };
is((await rest.actions.createOrUpdateRepoSecret({ ...here, secret_name: "TOKEN", ...sealed })).status, 201, "secret made");
is((await rest.actions.createOrUpdateRepoSecret({ ...here, secret_name: "TOKEN", ...sealed })).status, 204, "secret changed");
is((await rest.actions.listRepoSecrets(here)).data.total_count, 1, "secrets");
is(Object.keys((await rest.actions.getRepoSecret({ ...here, secret_name: "TOKEN" })).data).sort(), ["created_at", "name", "updated_at"], "secret");
await refused(rest.actions.createOrUpdateRepoSecret({ ...here, secret_name: "TOKEN", encrypted_value: base64("x".repeat(60)), key_id: publicKey.key_id }), 422, "could not be decrypted");
await rest.actions.createRepoVariable({ ...here, name: "REGION", value: "fra1" });
await refused(rest.actions.createRepoVariable({ ...here, name: "REGION", value: "x" }), 409, "already exists");
await rest.actions.updateRepoVariable({ ...here, name: "REGION", value: "ams3" });
is((await rest.actions.getRepoVariable({ ...here, name: "REGION" })).data.value, "ams3", "variable");
is((await rest.actions.listRepoVariables(here)).data.total_count, 1, "variables");

// Environments, with what the plan has.
const there = { ...here, environment_name: "production" };
const other = (await rest.users.getByUsername({ username: "reviewer" })).data;
const environment = (await rest.repos.createOrUpdateEnvironment({ ...there, wait_timer: 5, reviewers: [{ type: "User", id: other.id }],
  deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } })).data;
is(environment.protection_rules.map((r) => r.type).sort(), ["branch_policy", "required_reviewers", "wait_timer"], "rules");
await refused(rest.repos.createOrUpdateEnvironment({ ...cheap, environment_name: "p", reviewers: [{ type: "User", id: other.id }] }), 422, "billing plan supports the required reviewers");
await rest.repos.createDeploymentBranchPolicy({ ...there, name: "main" });
is((await rest.repos.listDeploymentBranchPolicies(there)).data.total_count, 1, "branch policies");
const its = (await rest.actions.getEnvironmentPublicKey(there)).data;
await rest.actions.createOrUpdateEnvironmentSecret({ ...there, secret_name: "TOKEN", encrypted_value: seal("x", its.key), key_id: its.key_id });
is((await rest.actions.listEnvironmentSecrets(there)).data.total_count, 1, "secrets of an environment");
await rest.actions.createEnvironmentVariable({ ...there, name: "A", value: "b" });
is((await rest.actions.getEnvironmentVariable({ ...there, name: "A" })).data.value, "b", "variable of an environment");
is((await rest.repos.getAllEnvironments(here)).data.total_count, 1, "environments");
is((await rest.repos.getEnvironment(there)).data.name, "production", "environment");

// A ruleset sends changes through pull requests; the plan must have it.
const rules = [
  { type: "deletion" }, { type: "non_fast_forward" },
  { type: "pull_request", parameters: { dismiss_stale_reviews_on_push: false, require_code_owner_review: false,
    require_last_push_approval: false, required_approving_review_count: 1, required_review_thread_resolution: false } },
  { type: "required_status_checks", parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: "plan" }] } },
];
const set = { name: "main", target: "branch", enforcement: "active", rules, conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } } };
await refused(rest.repos.createRepoRuleset({ ...cheap, ...set }), 403, "Upgrade to GitHub Pro or make this repository public");
const ruleset = (await rest.repos.createRepoRuleset({ ...here, ...set })).data;
is((await rest.repos.getRepoRuleset({ ...here, ruleset_id: ruleset.id })).data.rules.length, 4, "rules");
is((await rest.repos.getRepoRulesets(here)).data.length, 1, "rulesets");
is((await rest.repos.getBranchRules({ ...here, branch: "main" })).data.length, 4, "rules of a branch");
await refused(rest.repos.createOrUpdateFileContents({ ...here, path: "c.txt", message: "c", content: base64("c") }), 409, "Changes must be made through a pull request.");
await refused(rest.git.deleteRef({ ...here, ref: "heads/main" }), 422, "Cannot delete");

// The tool's own later change: a branch, a commit in one mutation, a pull request.
const head = (await rest.git.getRef({ ...here, ref: "heads/main" })).data.object.sha;
await rest.git.createRef({ ...here, ref: "refs/heads/change", sha: head });
const mutation = `mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid url } } }`;
const input = (expectedHeadOid) => ({ input: { branch: { repositoryNameWithOwner: "acme/platform", branchName: "change" }, expectedHeadOid,
  message: { headline: "Change", body: "b changes, README goes" },
  fileChanges: { additions: [{ path: "b.txt", contents: base64("c\n") }], deletions: [{ path: "README.md" }] } } });
const { oid } = (await full.graphql(mutation, input(head))).createCommitOnBranch.commit;
await full.graphql(mutation, input(head)).then(
  () => { throw new Error("a stale commit was taken"); },
  (error) => is(error.errors[0].type, "STALE_DATA", "stale"));
const asked = await full.graphql(`{ repository(owner: "acme", name: "platform") { isEmpty defaultBranchRef { name target { ... on Commit { oid message } } } } }`);
is(asked.repository.defaultBranchRef.target.oid, head, "head by GraphQL");
await full.graphql(`{ viewer { shoeSize } }`).then(
  () => { throw new Error("an unknown field was answered"); },
  (error) => holds(error.message.includes("Field 'shoeSize' doesn't exist on type 'User'"), error.message));
const pull = (await rest.pulls.create({ ...here, title: "Change", head: "change", base: "main", body: "why" })).data;
is([pull.mergeable_state, pull.commits, pull.changed_files], ["blocked", 1, 2], "pull request");
await refused(rest.pulls.create({ ...here, title: "Again", head: "change", base: "main" }), 422, "A pull request already exists for acme:change.");
is((await rest.pulls.listFiles({ ...here, pull_number: pull.number })).data.map((f) => f.status), ["removed", "modified"], "files");
is((await rest.pulls.listCommits({ ...here, pull_number: pull.number })).data[0].sha, oid, "commits");
is((await rest.pulls.list(here)).data.length, 1, "pull requests");
await rest.issues.createComment({ ...here, issue_number: pull.number, body: "looks good" });
is((await rest.issues.listComments({ ...here, issue_number: pull.number })).data.length, 1, "comments");
await refused(rest.pulls.merge({ ...here, pull_number: pull.number }), 405, "At least 1 approving review is required");
await refused(rest.pulls.createReview({ ...here, pull_number: pull.number, event: "APPROVE" }), 422, "Can not approve your own pull request");
await reviewer.rest.pulls.createReview({ ...here, pull_number: pull.number, event: "APPROVE" });
is((await rest.pulls.listReviews({ ...here, pull_number: pull.number })).data[0].state, "APPROVED", "review");
await refused(rest.pulls.merge({ ...here, pull_number: pull.number }), 405, "Required status check \\\"plan\\\" is expected.");
await rest.repos.createCommitStatus({ ...here, sha: oid, state: "pending", context: "plan" });
is((await rest.repos.getCombinedStatusForRef({ ...here, ref: oid })).data.state, "pending", "status");
const run = (await rest.checks.create({ ...here, name: "plan", head_sha: oid, status: "in_progress" })).data;
await rest.checks.update({ ...here, check_run_id: run.id, conclusion: "success", output: { title: "Plan", summary: "nothing lost" } });
is((await rest.checks.get({ ...here, check_run_id: run.id })).data.conclusion, "success", "check run");
is((await rest.checks.listForRef({ ...here, ref: oid })).data.total_count, 1, "check runs");
is((await rest.repos.listCommitStatusesForRef({ ...here, ref: oid })).data.length, 1, "statuses");
await refused(rest.pulls.merge({ ...here, pull_number: pull.number, sha: commit.sha }), 409, "Head branch was modified");
is((await rest.pulls.merge({ ...here, pull_number: pull.number })).data.merged, true, "merged");
is((await rest.repos.listPullRequestsAssociatedWithCommit({ ...here, commit_sha: oid })).data[0].number, pull.number, "pull requests of a commit");
is((await rest.pulls.checkIfMerged({ ...here, pull_number: pull.number })).status, 204, "is merged");
is((await rest.pulls.get({ ...here, pull_number: pull.number })).data.state, "closed", "closed");
is((await rest.issues.get({ ...here, issue_number: pull.number })).data.state, "closed", "issue");
await rest.repos.updateRepoRuleset({ ...here, ruleset_id: ruleset.id, enforcement: "disabled" });
await rest.repos.deleteRepoRuleset({ ...here, ruleset_id: ruleset.id });

// Protection of a branch, the older way.
const protection = { required_status_checks: { strict: true, contexts: ["plan"] }, enforce_admins: true, required_pull_request_reviews: null, restrictions: null };
await rest.repos.updateBranchProtection({ ...here, branch: "main", ...protection });
is((await rest.repos.getBranchProtection({ ...here, branch: "main" })).data.enforce_admins.enabled, true, "protection");
is((await rest.repos.getBranch({ ...here, branch: "main" })).data.protected, true, "protected");
await refused(rest.repos.createOrUpdateFileContents({ ...here, path: "c.txt", message: "c", content: base64("c") }), 409, "Required status check");
await rest.repos.deleteBranchProtection({ ...here, branch: "main" });
await refused(rest.repos.getBranchProtection({ ...here, branch: "main" }), 404, "Branch not protected");

// Workflows, hooks, collaborators, issues.
const file = { ...here, path: ".github/workflows/plan.yaml", message: "w", content: base64("name: Plan\non: workflow_dispatch\n") };
await refused(reviewer.rest.repos.createOrUpdateFileContents(file), 404, "Not Found");
const workflow = (await rest.repos.createOrUpdateFileContents(file)).data;
is((await rest.actions.listRepoWorkflows(here)).data.workflows.map((w) => w.name), ["Plan"], "workflows");
is((await rest.actions.getWorkflow({ ...here, workflow_id: "plan.yaml" })).data.state, "active", "workflow");
await rest.actions.createWorkflowDispatch({ ...here, workflow_id: "plan.yaml", ref: "main" });
const runs = (await rest.actions.listWorkflowRunsForRepo(here)).data;
is((await rest.actions.getWorkflowRun({ ...here, run_id: runs.workflow_runs[0].id })).data.status, "queued", "run");
is((await rest.actions.listWorkflowRuns({ ...here, workflow_id: "plan.yaml" })).data.total_count, 1, "runs");
await rest.repos.deleteFile({ ...here, path: file.path, message: "w goes", sha: workflow.content.sha });
const hook = (await rest.repos.createWebhook({ ...here, config: { url: "https://hooks.example.com/x", content_type: "json", secret: "s" }, events: ["push"] })).data;
is((await rest.repos.getWebhook({ ...here, hook_id: hook.id })).data.config.secret, "********", "hook");
is((await rest.repos.updateWebhook({ ...here, hook_id: hook.id, active: false })).data.active, false, "hook");
is((await rest.repos.listWebhooks(here)).data.length, 1, "hooks");
await rest.repos.deleteWebhook({ ...here, hook_id: hook.id });
await rest.repos.addCollaborator({ ...here, username: "reviewer", permission: "maintain" });
is((await rest.repos.checkCollaborator({ ...here, username: "reviewer" })).status, 204, "collaborator");
is((await rest.repos.getCollaboratorPermissionLevel({ ...here, username: "reviewer" })).data.permission, "admin", "owner of the organization");
is((await rest.repos.listCollaborators(here)).data.length, 2, "collaborators");
await rest.repos.removeCollaborator({ ...here, username: "reviewer" });
const issue = (await rest.issues.create({ ...here, title: "An issue", body: "text", labels: ["drift"] })).data;
is((await rest.issues.listForRepo({ ...here, labels: "drift" })).data.length, 1, "issues");
is((await rest.issues.update({ ...here, issue_number: issue.number, state: "closed" })).data.state, "closed", "issue");

// All of it goes.
is((await rest.actions.getEnvironmentSecret({ ...there, secret_name: "TOKEN" })).data.name, "TOKEN", "secret of an environment");
await rest.actions.deleteEnvironmentSecret({ ...there, secret_name: "TOKEN" });
await rest.actions.updateEnvironmentVariable({ ...there, name: "A", value: "c" });
is((await rest.actions.listEnvironmentVariables(there)).data.variables[0].value, "c", "variables of an environment");
await rest.actions.deleteEnvironmentVariable({ ...there, name: "A" });
const [policy] = (await rest.repos.listDeploymentBranchPolicies(there)).data.branch_policies;
await rest.repos.deleteDeploymentBranchPolicy({ ...there, branch_policy_id: policy.id });
await rest.repos.deleteAnEnvironment(there);
await rest.actions.deleteRepoSecret({ ...here, secret_name: "TOKEN" });
await rest.actions.deleteRepoVariable({ ...here, name: "REGION" });
await refused(reviewer.rest.repos.delete(here), 403, "Must have admin rights to Repository.");
for (const gone of [here, cheap]) {
  await rest.repos.delete(gone);
  await refused(rest.repos.get(gone), 404, "Not Found");
}
console.log(`${checks} checks`);
