//! Git objects: their ids and their text forms.

use sha1::{Digest, Sha1};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// A file's contents.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// Git's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// The kind of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag].into_iter().find(|k| k.name() == name)
    }

    /// Its number in a pack.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }

    /// The kind with that number in a pack.
    pub(crate) fn numbered(number: u8) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag].into_iter().find(|k| k.number() == number)
    }
}

/// The id of an object: SHA-1 over kind, length and contents, in lower-case hexadecimal.
pub(crate) fn id_of(kind: Kind, data: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("{} {}\0", kind.name(), data.len()));
    hash.update(data);
    hex(&hash.finalize())
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The bytes of an even number of hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(pairs.map(|p| p[0] << 4 | p[1]).collect())
}

/// True for what could be a full object id.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 40 && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

/// Who made something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Seconds since 1970.
    pub seconds: i64,
    /// Offset such as `+0000`.
    pub zone: String,
}

impl Person {
    fn line(&self) -> String {
        // A name or address with these characters would break the line that carries it.
        let clean = |text: &str| text.replace(['<', '>', '\n'], "");
        format!("{} <{}> {} {}", clean(&self.name), clean(&self.email), self.seconds, self.zone)
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, rest) = line.split_once('<')?;
        let (email, rest) = rest.split_once('>')?;
        let mut when = rest.split_whitespace();
        let seconds = when.next()?.parse().ok()?;
        let zone = when.next().unwrap_or("+0000").to_owned();
        Some(Self { name: name.trim().to_owned(), email: email.to_owned(), seconds, zone })
    }
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Id of its tree.
    pub tree: String,
    /// Ids of its parents, the first the branch it was made on.
    pub parents: Vec<String>,
    /// Who wrote the change.
    pub author: Person,
    /// Who made the commit.
    pub committer: Person,
    /// Message, with its last line break if it has one.
    pub message: String,
}

impl Commit {
    /// Its contents as an object.
    pub(crate) fn write(&self) -> Vec<u8> {
        let parents: String = self.parents.iter().map(|p| format!("parent {p}\n")).collect();
        let Self { tree, author, committer, message, .. } = self;
        format!("tree {tree}\n{parents}author {}\ncommitter {}\n\n{message}", author.line(), committer.line()).into_bytes()
    }

    /// Reads an object's contents; further headers, such as signatures, are passed over.
    pub(crate) fn parse(data: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(data);
        let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let field = |name: &'static str| head.lines().filter_map(move |l| l.strip_prefix(name)?.strip_prefix(' '));
        Some(Self {
            tree: field("tree").next()?.to_owned(),
            parents: field("parent").map(str::to_owned).collect(),
            author: Person::parse(field("author").next()?)?,
            committer: Person::parse(field("committer").next()?)?,
            message: message.to_owned(),
        })
    }
}

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Id of what it points to.
    pub object: String,
    /// Kind of what it points to.
    pub kind: Kind,
    /// Name without `refs/tags/`.
    pub tag: String,
    /// Who made it.
    pub tagger: Option<Person>,
    /// Message.
    pub message: String,
}

impl Tag {
    /// Its contents as an object.
    pub(crate) fn write(&self) -> Vec<u8> {
        let tagger = self.tagger.as_ref().map(|p| format!("tagger {}\n", p.line())).unwrap_or_default();
        format!("object {}\ntype {}\ntag {}\n{tagger}\n{}", self.object, self.kind.name(), self.tag, self.message).into_bytes()
    }

    /// Reads an object's contents.
    pub(crate) fn parse(data: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(data);
        let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let field = |name: &str| head.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
        Some(Self {
            object: field("object")?.to_owned(),
            kind: Kind::named(field("type")?)?,
            tag: field("tag")?.to_owned(),
            tagger: field("tagger").and_then(Person::parse),
            message: message.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that git itself gives (`git hash-object`).
    #[test]
    fn ids_are_those_of_git() {
        assert_eq!(id_of(Kind::Blob, b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(id_of(Kind::Tree, b""), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn a_commit_reads_as_it_was_written() {
        let person = Person { name: "A B".to_owned(), email: "a@b.c".to_owned(), seconds: 7, zone: "+0100".to_owned() };
        let commit = Commit {
            tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned(),
            parents: vec!["ce013625030ba8dba906f756967f9e9ca394464a".to_owned()],
            author: person.clone(),
            committer: person,
            message: "first\n\nbody\n".to_owned(),
        };
        assert_eq!(Commit::parse(&commit.write()), Some(commit));
        assert_eq!(Commit::parse(b"tree"), None);
    }
}
