//! XML as S3 speaks it: small trees of elements with text, read with a limit on depth and written in one go.
//!
//! Names are compared without their namespace, since clients differ in sending it; attributes are written and not read.

use quick_xml::Reader;
use quick_xml::events::Event;
use std::fmt::Write as _;

/// The namespace of every S3 document.
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// No S3 document is deeper than an ACL's grantee or a lifecycle's filter.
const DEPTH: usize = 12;

/// An element with its children, or with text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Name without prefix.
    pub name: String,
    /// Attributes, for writing only.
    attributes: Vec<(&'static str, String)>,
    /// Text within, without that of the children.
    pub text: String,
    /// Elements within, in order.
    pub children: Vec<Element>,
}

/// The bytes are no XML that S3 would read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not well-formed XML")]
pub struct MalformedXml;

impl Element {
    /// An empty element.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// An element that holds text.
    pub fn of(name: impl Into<String>, text: impl ToString) -> Self {
        Self { text: text.to_string(), ..Self::new(name) }
    }

    /// The root of a reply, in S3's namespace.
    pub fn root(name: impl Into<String>) -> Self {
        Self::new(name).attribute("xmlns", NAMESPACE)
    }

    /// The same with an attribute.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// The same with a child that holds text.
    #[must_use]
    pub fn leaf(self, name: impl Into<String>, text: impl ToString) -> Self {
        self.child(Self::of(name, text))
    }

    /// The same with a child that holds text, when there is some.
    #[must_use]
    pub fn leaf_if(self, name: &str, text: Option<impl ToString>) -> Self {
        match text {
            Some(text) => self.leaf(name, text),
            None => self,
        }
    }

    /// The same with a child.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// The same with children.
    #[must_use]
    pub fn extend(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// The first child of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The text of the first child of that name.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).map(|c| c.text.as_str())
    }

    /// Every child of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// Reads a document of one root element.
    ///
    /// # Errors
    /// When it is not well-formed, too deep, carries a document type, or names an entity of its own.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedXml> {
        let text = std::str::from_utf8(bytes).map_err(|_| MalformedXml)?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            match reader.read_event().map_err(|_| MalformedXml)? {
                Event::Start(tag) => {
                    if open.len() == DEPTH || root.is_some() {
                        return Err(MalformedXml);
                    }
                    open.push(Self::new(local_name(tag.local_name().as_ref())?));
                }
                Event::Empty(tag) => {
                    let element = Self::new(local_name(tag.local_name().as_ref())?);
                    close(element, &mut open, &mut root)?;
                }
                Event::End(_) => {
                    let element = open.pop().ok_or(MalformedXml)?;
                    close(element, &mut open, &mut root)?;
                }
                Event::Text(part) => {
                    let part = part.xml10_content().map_err(|_| MalformedXml)?;
                    match open.last_mut() {
                        Some(element) => element.text.push_str(&part),
                        None if part.trim().is_empty() => {}
                        None => return Err(MalformedXml),
                    }
                }
                Event::CData(part) => {
                    let part = part.xml10_content().map_err(|_| MalformedXml)?;
                    open.last_mut().ok_or(MalformedXml)?.text.push_str(&part);
                }
                Event::GeneralRef(reference) => {
                    let element = open.last_mut().ok_or(MalformedXml)?;
                    if let Some(character) = reference.resolve_char_ref().map_err(|_| MalformedXml)? {
                        element.text.push(character);
                    } else {
                        let name = reference.decode().map_err(|_| MalformedXml)?;
                        let known = quick_xml::escape::resolve_xml_entity(&name).ok_or(MalformedXml)?;
                        element.text.push_str(known);
                    }
                }
                Event::DocType(_) => return Err(MalformedXml),
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if !open.is_empty() {
            return Err(MalformedXml);
        }
        root.ok_or(MalformedXml)
    }

    /// The document with its declaration.
    #[must_use]
    pub fn document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"");
            escape(value, out);
            out.push('"');
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        escape(&self.text, out);
        for child in &self.children {
            child.write(out);
        }
        let _ = write!(out, "</{}>", self.name);
    }
}

fn local_name(bytes: &[u8]) -> Result<String, MalformedXml> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| MalformedXml)
}

fn close(mut element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), MalformedXml> {
    // White space between children is layout; a leaf's own is data, such as a prefix that is one blank.
    if !element.children.is_empty() {
        element.text.clear();
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(MalformedXml),
    }
    Ok(())
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A parser would turn a bare carriage return into a line feed.
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let tree = Element::root("A").leaf("Key", "a&b <c> \"d\" \r\n é").child(Element::new("B").leaf("C", 7)).leaf("Empty", "");
        let read = Element::parse(tree.document().as_bytes()).unwrap();
        assert_eq!(read.text_of("Key"), Some("a&b <c> \"d\" \r\n é"));
        assert_eq!(read.get("B").and_then(|b| b.text_of("C")), Some("7"));
        assert_eq!(read.text_of("Empty"), Some(""));
    }

    #[test]
    fn prefixes_comments_cdata_and_references_are_read() {
        let text = "<?xml version='1.0'?><s:A xmlns:s='x'>\n <!-- no --><s:K><![CDATA[<&]]>&#x41;&amp;</s:K>\n</s:A>";
        let read = Element::parse(text.as_bytes()).unwrap();
        assert_eq!((read.name.as_str(), read.text.as_str()), ("A", ""));
        assert_eq!(read.text_of("K"), Some("<&A&"));
    }

    #[test]
    fn what_is_not_well_formed_or_dangerous_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        for text in
            ["", "<a>", "<a></b>", "<a/><b/>", "text", "<a>&own;</a>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", deep.as_str()]
        {
            assert_eq!(Element::parse(text.as_bytes()), Err(MalformedXml), "{text}");
        }
        assert_eq!(Element::parse(b"\xff"), Err(MalformedXml));
    }
}
