//! What `init` has to know: from flags, from a person where there is one, otherwise by default.

use crate::{
    args::Init as Args,
    exit::{Outcome, Trouble},
    print::{note, prompt},
    settings::Settings,
};
use pontoon_core::{name::PlatformName, quantity::Misread};
use pontoon_spec::{
    decode::nearest,
    document::BUILT_IN,
    types::{DomainName, MailAddress, Region, Scalar},
};
use pontoon_ui::style::Ink;
use std::path::Path;

const BLUEPRINT: &str = "single-cluster";
const REGION: &str = "nyc3";
/// Where the folder has no name that a platform can have.
const NAME: &str = "my-platform";

/// The answers, each of them valid.
pub struct Answers {
    /// A built-in blueprint's name, or a path beside the document.
    pub blueprint: String,
    /// The platform's name.
    pub name: String,
    /// The DNS zone.
    pub domain: String,
    /// A mail address.
    pub contact: String,
    /// A region.
    pub region: String,
}

impl Answers {
    /// Takes what the flags say, asks for the rest where somebody is there, and falls back to the
    /// defaults. `folder` is where the document will be.
    pub fn collect(settings: &Settings, args: &Args, folder: &Path) -> Outcome<Answers> {
        let asks = settings.interactive && !settings.json;
        let person = Person { settings, asks };
        let all = [&args.blueprint, &args.name, &args.domain, &args.contact, &args.region];
        if asks && all.iter().any(|a| a.is_none()) {
            note(&person.faint("An empty answer takes what stands in brackets."));
        }
        if asks && args.blueprint.is_none() {
            blueprints(&person);
        }
        let blueprint = person.answer("--blueprint", "blueprint", &args.blueprint, BLUEPRINT, blueprint)?;
        // A folder that is still to be made has no other name than the one that was given.
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        let folder = whole.file_name().map(|f| f.to_string_lossy().into_owned());
        let name =
            person.answer("--name", "name of the platform", &args.name, &name_of(folder.as_deref()), read::<PlatformName>)?;
        let domain = format!("{name}.example.com");
        let domain = person.answer("--domain", "its domain, a DNS zone", &args.domain, &domain, read::<DomainName>)?;
        let contact = format!("ops@{domain}");
        let contact =
            person.answer("--contact", "mail address for certificates", &args.contact, &contact, read::<MailAddress>)?;
        let region =
            person.answer("--region", "region, such as nyc3, ams3, fra1, sgp1, syd1", &args.region, REGION, read::<Region>)?;
        Ok(Answers { blueprint, name, domain, contact, region })
    }
}

fn read<T: Scalar>(text: &str) -> Result<(), Misread> {
    T::read(text).map(|_| ())
}

/// A built-in name, or a path.
fn blueprint(text: &str) -> Result<(), Misread> {
    let names: Vec<&str> = BUILT_IN.iter().map(|(n, _)| *n).collect();
    if names.contains(&text) || text.contains(['/', '.']) {
        return Ok(());
    }
    let near = nearest(text, &names).map(|n| format!("did you mean {n}? ")).unwrap_or_default();
    let hint = format!("{near}write {}, or the path of a file of your own", names.join(", "));
    Err(Misread::new(format!("there is no blueprint `{text}`")).hint(hint))
}

/// What each blueprint is: the first paragraph of its own comment.
fn blueprints(person: &Person<'_>) {
    let width = BUILT_IN.iter().map(|(n, _)| n.len()).max().unwrap_or(0);
    note("");
    for (name, text) in BUILT_IN {
        let lines: Vec<&str> = text.lines().map_while(|l| l.strip_prefix("# ")).collect();
        let says = lines.join(" ");
        let sentence = says.split_inclusive(". ").next().unwrap_or_default().trim();
        note(&format!("  {name:width$}  {}", person.faint(sentence)));
    }
    note("");
}

/// The platform's name after its folder's.
fn name_of(folder: Option<&str>) -> String {
    let mut name = String::new();
    for c in folder.unwrap_or_default().chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    name.truncate(30);
    let name = name.trim_end_matches('-');
    if read::<PlatformName>(name).is_ok() { name.into() } else { NAME.into() }
}

/// Who is asked, if anybody is there.
struct Person<'a> {
    settings: &'a Settings,
    asks: bool,
}

impl Person<'_> {
    fn faint(&self, text: &str) -> String {
        self.settings.err.paint(Ink::Faint, text)
    }

    /// A flag's value, a person's, or the default. A wrong flag is refused; a person is asked again.
    fn answer(
        &self,
        flag: &str,
        question: &str,
        given: &Option<String>,
        default: &str,
        read: impl Fn(&str) -> Result<(), Misread>,
    ) -> Outcome<String> {
        if let Some(given) = given {
            return match read(given) {
                Ok(()) => Ok(given.clone()),
                Err(wrong) => Err(Trouble::new(
                    format!("{flag}: {}", wrong.message),
                    wrong.hint.unwrap_or_else(|| "pontoon init --help".into()),
                )),
            };
        }
        if !self.asks {
            return Ok(default.into());
        }
        loop {
            prompt(&format!("{question} {}: ", self.faint(&format!("[{default}]"))));
            let mut line = String::new();
            let read_bytes = std::io::stdin()
                .read_line(&mut line)
                .map_err(|e| Trouble::new(format!("no answer can be read: {e}"), format!("give it with {flag}")))?;
            if read_bytes == 0 {
                return Err(Trouble::new(
                    "the answers ended; nothing was written",
                    format!("give the rest by flags, such as {flag}"),
                ));
            }
            let line = line.trim();
            if line.is_empty() {
                return Ok(default.into());
            }
            match read(line) {
                Ok(()) => return Ok(line.into()),
                Err(wrong) => {
                    note(&format!("  {}", self.settings.err.paint(Ink::Notice, &wrong.message)));
                    if let Some(hint) = wrong.hint {
                        note(&format!("  {hint}"));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_names() {
        for (folder, name) in [
            ("shop", "shop"),
            ("My Shop (2)", "my-shop-2"),
            ("x", NAME),
            ("é", NAME),
            ("-a-b-c-", "a-b-c"),
            ("a-very-long-name-of-a-folder-that-goes-on", "a-very-long-name-of-a-folder-t"),
        ] {
            assert_eq!(name_of(Some(folder)), name, "{folder}");
        }
        assert_eq!(name_of(None), NAME);
    }
}
