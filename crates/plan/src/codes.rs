//! The codes of what planning finds out, each with its page. No document shows them: they need a
//! record and an account.

/// A page of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The code.
    pub code: &'static str,
    /// What it says, in a few words.
    pub title: &'static str,
    /// Why it is said.
    pub explanation: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// The token belongs to another team than what is recorded: nothing else that a plan says holds then.
pub const ANOTHER_TEAM: &str = "PT6001";

/// What shall be forgotten is not recorded. Codes from here on belong to adopting and forgetting alone.
pub const NOT_RECORDED: &str = "PT6011";
/// What is forgotten is still asked for.
pub const ASKED_FOR: &str = "PT6012";
/// What needs something that is forgotten stays recorded.
pub const USER_STAYS: &str = "PT6013";
/// What exists would have to be replaced, so it is not taken over.
pub const NOT_TAKEN: &str = "PT6014";
/// What exists looks like it, and a person has to say so.
pub const LIKELY: &str = "PT6015";

/// What needs something that is destroyed alone.
pub const DEPENDANT: &str = "PT6016";

/// What was before something that was restored stays.
pub const BEFORE: &str = "PT6017";

/// Every code.
pub const PAGES: &[Page] = &[
    Page {
        code: ANOTHER_TEAM,
        title: "another team's token",
        explanation: "The record was pinned to a team at its first write, and the token belongs to another one. What is \
                      recorded would not be found there, and everything would be made a second time.",
        fix: "Use a token of the recorded team, or give the environment an account of its own: `account: { token: NAME }`.",
    },
    Page {
        code: "PT6002",
        title: "something stateful would be destroyed",
        explanation: "A change can only be made by destroying something whose data cannot be made again: a cluster, a \
                      database, a bucket, a zone. That is done for what is named, and for nothing else.",
        fix: "Undo the change in the document; or, where it is meant, name the thing: `--destroy ADDRESS`, or all of them: \
              `--include-stateful`.",
    },
    Page {
        code: "PT6003",
        title: "made from another record",
        explanation: "Something carries the mark of this platform and environment with another lineage: somebody else's \
                      record holds it, or this record was lost. It is never adopted by itself.",
        fix: "Use the record that made it, or rename the platform.",
    },
    Page {
        code: "PT6004",
        title: "the name is taken by something that is not recorded",
        explanation: "A thing with this name exists in the account, and no record says that Pontoon made it.",
        fix: "Take it over as it is with `--adopt ADDRESS`, or name something else.",
    },
    Page {
        code: "PT6006",
        title: "an unknown kind",
        explanation: "The record, or the compiled platform, names a kind that this version's catalog does not have.",
        fix: "Use the version that wrote the record, or a newer one.",
    },
    Page {
        code: "PT6007",
        title: "things that need each other",
        explanation: "The compiled resources form a circle, so none of them can be first. This is a mistake in Pontoon.",
        fix: "Report it with the document that shows it.",
    },
    Page {
        code: "PT6008",
        title: "volumes stay",
        explanation: "Kubernetes made volumes in a cluster that is removed. They hold data, so they stay, and are billed.",
        fix: "Keep them, or remove them with their data: `--include-stateful`.",
    },
    Page {
        code: "PT6009",
        title: "a field that nothing changes",
        explanation: "A field differs, and the catalog has no call that changes it. This is a mistake in Pontoon.",
        fix: "Report it with the document that shows it.",
    },
    Page {
        code: "PT6010",
        title: "moved on, with no way back",
        explanation: "The vendor upgraded something, or a person made it larger, and the vendor refuses the way back. \
                      Nothing is destroyed because of that.",
        fix: "Write the new value in the document, to say that it is meant.",
    },
    Page {
        code: NOT_RECORDED,
        title: "not recorded",
        explanation: "Only what is recorded can be forgotten, or destroyed alone.",
        fix: "Name one of the addresses that the message lists; all of them: `pontoon status --json`.",
    },
    Page {
        code: ASKED_FOR,
        title: "forgotten, and still asked for",
        explanation: "What is forgotten stays in the account, with its mark. While the document asks for it, the next `up` \
                      finds it by mark or name and takes it over again; where it has neither, another one is made.",
        fix: "Take it out of `platform.yaml` as well.",
    },
    Page {
        code: USER_STAYS,
        title: "what needs it stays recorded",
        explanation: "Something that is recorded needs what is forgotten. It goes on working, and is still changed and removed \
                      by Pontoon; what it needs is not.",
        fix: "Nothing, or forget it as well: `pontoon forget ADDRESS`.",
    },
    Page {
        code: NOT_TAKEN,
        title: "not taken over",
        explanation: "Something in the account fits an address, but a field that can never change is not as the document says. \
                      The next plan would replace it, with its data, so it is not taken over.",
        fix: "Write what is there into `platform.yaml`, then adopt again.",
    },
    Page {
        code: LIKELY,
        title: "likely, and not certain",
        explanation: "Something in the account is the only one of its kind that has everything that cannot change as the document \
                      says, under another name.",
        fix: "Say that it is meant: `pontoon adopt --take ADDRESS=ID`, or `--likely` for all of them.",
    },
    Page {
        code: DEPENDANT,
        title: "something needs what is destroyed alone",
        explanation: "`destroy --only` takes a thing away with everything that lives in it. What only needs it stays, and is named; \
                      what stands in it and can never leave (a cluster in its network) has to go first.",
        fix: "Name it as well: `--only ADDRESS`.",
    },
    Page {
        code: BEFORE,
        title: "the one before it stays",
        explanation: "Something was restored from a backup: another one was made, and what used the one before uses the new one. \
                      The one before holds what was written since the backup, and goes only when it is named.",
        fix: "When nothing needs it any more: `pontoon up ENV --destroy ADDRESS`; in the cluster: `pontoon restore databases.NAME \
              ENV --remove-before`.",
    },
];

#[cfg(test)]
mod tests {
    use super::PAGES;

    #[test]
    fn codes_are_in_order_and_unique() {
        assert!(PAGES.windows(2).all(|w| w[0].code < w[1].code));
    }
}
