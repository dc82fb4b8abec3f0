//! Colours, or none.

/// Whether texts may be coloured. Decided once, by the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// With ANSI colours.
    Colour,
    /// Plain.
    Plain,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Something is made, or went well.
    Good,
    /// Something is changed, or wants attention.
    Notice,
    /// Something is removed, or went wrong.
    Bad,
    /// A heading.
    Strong,
    /// A remark.
    Faint,
}

impl Style {
    /// The text in its colour.
    pub fn paint(self, ink: Ink, text: &str) -> String {
        if self == Style::Plain || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Good => "32",
            Ink::Notice => "33",
            Ink::Bad => "31",
            Ink::Strong => "1",
            Ink::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
