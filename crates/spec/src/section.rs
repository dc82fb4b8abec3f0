//! The macros that sections are written in: one description of keys, types, defaults, scopes and
//! texts gives the struct, its decoder, and the data of schema and reference.
//!
//! ```ignore
//! section! {
//!     /// Where a backup goes.
//!     pub struct Backups shorthand ["bucket"] {
//!         /// The bucket.
//!         bucket "bucket": BucketRef = required,
//!         /// How long it is kept.
//!         keep "keep": Duration = default "30d",
//!         /// Folder in the bucket.
//!         path "path": Text = optional,
//!     }
//! }
//! ```

/// The type of a field: optional keys are optional, all others are there.
macro_rules! field_type {
    (optional $type:ty) => { Option<$crate::decode::Located<$type>> };
    ($presence:ident $type:ty) => { $crate::decode::Located<$type> };
}
pub(crate) use field_type;

/// How a field is read.
macro_rules! field_read {
    (optional $cx:ident $node:ident $key:expr) => {
        $cx.optional($node, $key)
    };
    ($presence:ident $cx:ident $node:ident $key:expr) => {
        $cx.required($node, $key)
    };
}
pub(crate) use field_read;

/// What happens where a key is missing.
macro_rules! presence {
    (required) => {
        $crate::shape::Presence::Required
    };
    (optional) => {
        $crate::shape::Presence::Optional
    };
    (default $text:literal) => {
        $crate::shape::Presence::Default($text)
    };
}
pub(crate) use presence;

/// Who may write a key.
macro_rules! scope {
    () => {
        $crate::shape::Scope::Environment
    };
    ($scope:ident) => {
        $crate::shape::Scope::$scope
    };
}
pub(crate) use scope;

/// A mapping with known keys. See the module.
macro_rules! section {
    (
        $(#[doc = $text:literal])+
        pub struct $name:ident $(shorthand [$($short:literal),+])? $(validate $validate:path)? {
            $($(#[doc = $doc:literal])+ $field:ident $key:literal : $type:ty = $presence:ident $($default:literal)? $(@ $scope:ident)?,)*
        }
    ) => {
        $(#[doc = $text])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $crate::section::field_type!($presence $type),)*
        }

        impl $name {
            /// Its description.
            pub const SECTION: &'static $crate::shape::Section = &$crate::shape::Section {
                name: stringify!($name),
                text: concat!($($text, "\n"),+),
                keys: &[$($crate::shape::Key {
                    name: $key,
                    text: concat!($($doc, "\n"),+),
                    shape: <$type as $crate::decode::Kind>::SHAPE,
                    presence: $crate::section::presence!($presence $($default)?),
                    scope: $crate::section::scope!($($scope)?),
                    check: |node, cx| { <$type as $crate::decode::Kind>::decode(node, cx); },
                }),*],
                shorthand: &[$($($short),+)?],
            };

            /// Reads it of a mapping whose provider was read already, or that has none.
            #[allow(unused_variables, unused_mut)]
            pub(crate) fn fields(node: &$crate::tree::Node, cx: &mut $crate::decode::Cx, tagged: bool) -> Option<Self> {
                if !cx.begin(node, Self::SECTION, tagged) {
                    return None;
                }
                let mut keys = Self::SECTION.keys.iter();
                $(let $field = keys.next().and_then(|key| $crate::section::field_read!($presence cx node key));)*
                let read = Self { $($field: $field?),* };
                $(if cx.mode == $crate::decode::Mode::Whole {
                    $validate(&read, node, cx);
                })?
                Some(read)
            }
        }

        impl $crate::decode::Kind for $name {
            const SHAPE: $crate::shape::Shape = $crate::shape::Shape::Section(Self::SECTION);
            fn decode(node: &$crate::tree::Node, cx: &mut $crate::decode::Cx) -> Option<Self> {
                Self::fields(node, cx, false)
            }
        }
    };
}
pub(crate) use section;

/// A mapping whose keys depend on its `provider`.
macro_rules! tagged {
    (
        $(#[doc = $text:literal])+
        pub enum $name:ident $(default $default:literal)? {
            $($(#[doc = $doc:literal])+ $variant:ident($inner:ty) = $tag:literal,)+
        }
    ) => {
        $(#[doc = $text])+
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::large_enum_variant)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant($inner),)+
        }

        impl $name {
            /// Its description.
            pub const TAGGED: &'static $crate::shape::Tagged = &$crate::shape::Tagged {
                name: stringify!($name),
                text: concat!($($text, "\n"),+),
                default: { #[allow(unused_mut, unused_assignments)] let mut d: Option<&'static str> = None; $(d = Some($default);)? d },
                variants: &[$(($tag, <$inner>::SECTION)),+],
            };
            /// The word that stands after `provider:`.
            pub fn provider(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $tag,)+
                }
            }
        }

        impl $crate::decode::Kind for $name {
            const SHAPE: $crate::shape::Shape = $crate::shape::Shape::Tagged(Self::TAGGED);
            fn decode(node: &$crate::tree::Node, cx: &mut $crate::decode::Cx) -> Option<Self> {
                match cx.tag(node, Self::TAGGED)? {
                    $($tag => <$inner>::fields(node, cx, true).map(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use tagged;

/// A closed set of words.
macro_rules! choice {
    (
        $(#[doc = $text:literal])+
        pub enum $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+ }
    ) => {
        $(#[doc = $text])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            /// The word as written.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::decode::Kind for $name {
            const SHAPE: $crate::shape::Shape = $crate::shape::Shape::Choice(&$crate::shape::ChoiceShape {
                text: concat!($($text, "\n"),+),
                words: &[$(($word, concat!($($doc, "\n"),+))),+],
            });
            fn decode(node: &$crate::tree::Node, cx: &mut $crate::decode::Cx) -> Option<Self> {
                match node.scalar() {
                    $(Some($word) => Some(Self::$variant),)+
                    Some(text) => {
                        cx.unknown_word(node, text, &[$($word),+]);
                        None
                    }
                    None => {
                        cx.wrong_kind(node, "a word", concat!("write one of:" $(, " ", $word)+));
                        None
                    }
                }
            }
        }
    };
}
pub(crate) use choice;
