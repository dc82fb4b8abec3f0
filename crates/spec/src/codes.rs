//! The codes of the language: PT1xxx for syntax and types, PT2001 to PT2099 for references and
//! consistency that the document alone shows, PT4001 for what looks like a credential.

mod references;
mod syntax;
mod values;

use pontoon_core::diagnostic::{Code, CodePage};

/// The pages of all codes of the language, in order.
pub fn pages() -> Vec<&'static CodePage> {
    let mut all: Vec<&CodePage> = [syntax::PAGES, values::PAGES, references::PAGES].into_iter().flatten().collect();
    all.sort_by(|a, b| a.code.cmp(&b.code));
    all
}

/// A whole document of the smallest kind, followed by more lines.
macro_rules! document {
    ($($more:literal),*) => {
        concat!(
            "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: single-cluster\n",
            "domain: shop.example.com\ncontact: ops@example.com\nenvironments: { production: { region: nyc3 } }\n",
            $($more, "\n"),*
        )
    };
}
use document;

/// A page of an error.
const fn error(code: Code, title: &'static str, explanation: &'static str, example: &'static str, fix: &'static str) -> CodePage {
    CodePage { code, severity: pontoon_core::diagnostic::Severity::Error, title, explanation, example, fix }
}

/// Not YAML.
pub const SYNTAX: Code = Code::new("PT1001");
/// No document, or more than one.
pub const ONE_DOCUMENT: Code = Code::new("PT1002");
/// Too large, too deep, or too much once aliases are written out.
pub const TOO_LARGE: Code = Code::new("PT1003");
/// Not UTF-8.
pub const NOT_TEXT: Code = Code::new("PT1004");
/// A key twice.
pub const DUPLICATE: Code = Code::new("PT1005");
/// A key with nothing after it.
pub const NOTHING: Code = Code::new("PT1006");
/// A YAML tag.
pub const TAG: Code = Code::new("PT1007");
/// A key that is no word.
pub const KEY: Code = Code::new("PT1008");
/// An unknown key.
pub const UNKNOWN_KEY: Code = Code::new("PT1010");
/// A key that is missing.
pub const MISSING: Code = Code::new("PT1011");
/// A value of the wrong kind.
pub const WRONG_KIND: Code = Code::new("PT1012");
/// A word that is not one of a closed set.
pub const UNKNOWN_WORD: Code = Code::new("PT1013");
/// A value that cannot be read.
pub const MISREAD: Code = Code::new("PT1014");
/// A text that needs quotes.
pub const UNQUOTED: Code = Code::new("PT1015");
/// A name that is none.
pub const NAME: Code = Code::new("PT1016");
/// Null where nothing can be taken away.
pub const NULL: Code = Code::new("PT1017");
/// A key in the wrong scope.
pub const SCOPE: Code = Code::new("PT1018");
/// A blueprint that cannot be used.
pub const BLUEPRINT: Code = Code::new("PT1019");
/// A code that cannot be accepted.
pub const ACCEPT: Code = Code::new("PT1020");
/// None or several of keys of which there is one.
pub const ONE_OF: Code = Code::new("PT1021");
/// A number or list outside of its bounds.
pub const BOUNDS: Code = Code::new("PT1022");
/// Keys that exclude each other.
pub const CONTRADICTION: Code = Code::new("PT1023");
/// A release that cannot be read.
pub const RELEASE: Code = Code::new("PT1024");
/// A reference that leads nowhere.
pub const NOWHERE: Code = Code::new("PT2001");
/// A reference to the wrong kind of thing.
pub const OTHER_KIND: Code = Code::new("PT2002");
/// A reference to something that this environment lacks.
pub const LACKING: Code = Code::new("PT2003");
/// A `${…}` that cannot be read.
pub const TEMPLATE: Code = Code::new("PT2004");
/// A `${…}` to something that the app does not use.
pub const NOT_USED: Code = Code::new("PT2005");
/// A path beside the document where nothing is.
pub const NO_FILE: Code = Code::new("PT2006");
/// A host that two apps have.
pub const TWO_HOSTS: Code = Code::new("PT2007");
/// Sign-on without anybody who knows people.
pub const NO_IDENTITY: Code = Code::new("PT2008");
/// An image of the platform's registry, and no registry.
pub const NO_REGISTRY: Code = Code::new("PT2009");
/// A domain outside of the zone.
pub const OUTSIDE_ZONE: Code = Code::new("PT2010");
/// A domain that two environments have.
pub const TWO_DOMAINS: Code = Code::new("PT2011");
/// What looks like a credential.
pub const CREDENTIAL: Code = Code::new("PT4001");
