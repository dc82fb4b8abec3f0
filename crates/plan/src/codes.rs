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
];

#[cfg(test)]
mod tests {
    use super::PAGES;

    #[test]
    fn codes_are_in_order_and_unique() {
        assert!(PAGES.windows(2).all(|w| w[0].code < w[1].code));
    }
}
