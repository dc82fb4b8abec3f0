//! GraphQL documents: one operation's fields, with variables put in and fragments laid out.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// The name in the reply.
    pub alias: String,
    /// The name asked for.
    pub name: String,
    /// Arguments.
    pub args: Map<String, Value>,
    /// What is asked of it.
    pub fields: Vec<Field>,
    /// The type that a fragment demands.
    pub on: Option<String>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    /// A mutation, or a query.
    pub mutation: bool,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// Deeper than this no document of a client goes.
const DEEPEST: usize = 20;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Punct(char),
    Spread,
    Name(String),
    Text(String),
    Number(Value),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        if c.is_whitespace() || c == ',' || c == '\u{feff}' {
            i += 1;
        } else if c == '#' {
            while chars.get(i).is_some_and(|c| *c != '\n') {
                i += 1;
            }
        } else if chars[i..].starts_with(&['.', '.', '.']) {
            out.push(Token::Spread);
            i += 3;
        } else if "{}()[]:!$=@|&".contains(c) {
            out.push(Token::Punct(c));
            i += 1;
        } else if c == '"' {
            let (text, next) = string(&chars, i)?;
            out.push(Token::Text(text));
            i = next;
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = (i..chars.len()).find(|k| !(chars[*k].is_ascii_alphanumeric() || chars[*k] == '_')).unwrap_or(chars.len());
            out.push(Token::Name(chars[i..end].iter().collect()));
            i = end;
        } else if c.is_ascii_digit() || c == '-' {
            let end = (i + 1..chars.len()).find(|k| !"0123456789.eE+-".contains(chars[*k])).unwrap_or(chars.len());
            let text: String = chars[i..end].iter().collect();
            out.push(Token::Number(serde_json::from_str(&text).map_err(|_| format!("Expected a number, actual: {text:?}"))?));
            i = end;
        } else {
            return Err(format!("Parse error on {c:?} (error) at character {i}"));
        }
    }
    Ok(out)
}

/// The text of a string literal, and where it ends.
fn string(chars: &[char], start: usize) -> Result<(String, usize), String> {
    let block = chars[start..].starts_with(&['"', '"', '"']);
    let mut i = start + if block { 3 } else { 1 };
    let from = i;
    while i < chars.len() {
        if block && chars[i..].starts_with(&['"', '"', '"']) {
            return Ok((chars[from..i].iter().collect(), i + 3));
        }
        if !block && chars[i] == '"' {
            // Escapes are those of JSON.
            let raw: String = chars[start..=i].iter().collect();
            return serde_json::from_str(&raw).map(|t| (t, i + 1)).map_err(|_| format!("Bad string literal {raw}"));
        }
        i += if chars[i] == '\\' && !block { 2 } else { 1 };
    }
    Err("Unterminated string".to_owned())
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    given: &'a Value,
    variables: BTreeMap<String, Value>,
    fragments: BTreeMap<String, usize>,
    depth: usize,
}

/// The operation of that name, or the only one.
///
/// # Errors
/// What cannot be read, or a variable that is missing.
pub(super) fn operation(text: &str, given: &Value, name: Option<&str>) -> Result<Operation, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, given, variables: BTreeMap::new(), fragments: BTreeMap::new(), depth: 0 };
    let mut starts = Vec::new();
    while parser.at < parser.tokens.len() {
        let start = parser.at;
        match parser.peek_name() {
            Some("fragment") => {
                parser.at += 1;
                let name = parser.name()?;
                parser.fragments.insert(name, start);
            }
            Some(word @ ("query" | "mutation")) => starts.push((word.to_owned(), start)),
            None if parser.tokens.get(start) == Some(&Token::Punct('{')) => starts.push(("query".to_owned(), start)),
            _ => return Err(format!("Expected one of query, mutation, fragment, actual: {:?}", parser.tokens.get(start))),
        }
        parser.skip_definition()?;
    }
    let named = |start: usize| match parser.tokens.get(start + 1) {
        Some(Token::Name(n)) => Some(n.as_str()),
        _ => None,
    };
    let found = starts.iter().find(|(_, start)| name.is_none() || named(*start) == name);
    let (kind, start) = found.cloned().ok_or("No operation with that name".to_owned())?;
    if name.is_none() && starts.len() > 1 {
        return Err("An operation name is required".to_owned());
    }
    parser.at = start;
    if parser.peek_name().is_some() {
        parser.at += 1;
        if parser.peek_name().is_some() {
            parser.at += 1;
        }
        parser.definitions()?;
    }
    let fields = parser.selection()?;
    Ok(Operation { mutation: kind == "mutation", fields })
}

impl Parser<'_> {
    fn peek_name(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Name(name)) => Some(name),
            _ => None,
        }
    }

    fn is(&self, c: char) -> bool {
        self.tokens.get(self.at) == Some(&Token::Punct(c))
    }

    fn eat(&mut self, c: char) -> bool {
        let is = self.is(c);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        if self.eat(c) { Ok(()) } else { Err(format!("Expected {c:?}, actual: {:?}", self.tokens.get(self.at))) }
    }

    fn name(&mut self) -> Result<String, String> {
        let name = self
            .peek_name()
            .map(str::to_owned)
            .ok_or_else(|| format!("Expected a name, actual: {:?}", self.tokens.get(self.at)))?;
        self.at += 1;
        Ok(name)
    }

    /// Goes past the next whole `{ … }` at this level.
    fn skip_definition(&mut self) -> Result<(), String> {
        let (mut braces, mut parens) = (0_usize, 0_usize);
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Punct('(') => parens += 1,
                Token::Punct(')') => parens = parens.saturating_sub(1),
                Token::Punct('{') => braces += 1,
                Token::Punct('}') => {
                    braces = braces.saturating_sub(1);
                    if braces == 0 && parens == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Err("Unexpected end of document".to_owned())
    }

    /// `($name: Type! = default, …)`, with the values that were given.
    fn definitions(&mut self) -> Result<(), String> {
        if !self.eat('(') {
            return Ok(());
        }
        while !self.eat(')') {
            self.expect('$')?;
            let name = self.name()?;
            self.expect(':')?;
            let mut required = false;
            while !(self.is('$') || self.is(')') || self.is('=')) {
                required = self.is('!');
                if self.tokens.get(self.at).is_none() {
                    return Err("Unexpected end of document".to_owned());
                }
                self.at += 1;
            }
            let default = if self.eat('=') { Some(self.value()?) } else { None };
            let given = self.given.get(&name).filter(|v| !v.is_null()).cloned().or(default);
            if required && given.is_none() {
                return Err(format!("Variable ${name} was provided invalid value (Expected value to not be null)"));
            }
            self.variables.insert(name, given.unwrap_or(Value::Null));
        }
        Ok(())
    }

    fn selection(&mut self) -> Result<Vec<Field>, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("Query is too deep".to_owned());
        }
        self.expect('{')?;
        let mut fields = Vec::new();
        while !self.eat('}') {
            if self.tokens.get(self.at) == Some(&Token::Spread) {
                self.at += 1;
                fields.extend(self.spread()?);
                continue;
            }
            let mut name = self.name()?;
            let alias = name.clone();
            if self.eat(':') {
                name = self.name()?;
            }
            let args = if self.eat('(') { self.pairs(')')? } else { Map::new() };
            let inner = if self.is('{') { self.selection()? } else { Vec::new() };
            fields.push(Field { alias, name, args, fields: inner, on: None });
        }
        self.depth -= 1;
        Ok(fields)
    }

    /// The fields of a fragment, each with the type that it is for.
    fn spread(&mut self) -> Result<Vec<Field>, String> {
        let mut on = None;
        let fields = match self.peek_name() {
            Some("on") => {
                self.at += 1;
                on = Some(self.name()?);
                self.selection()?
            }
            Some(_) => {
                let name = self.name()?;
                let back = self.at;
                let start = *self.fragments.get(&name).ok_or_else(|| format!("Fragment {name} was used, but not defined"))?;
                // `fragment Name on Type`
                self.at = start + 3;
                on = Some(self.name()?);
                let fields = self.selection()?;
                self.at = back;
                fields
            }
            None => self.selection()?,
        };
        Ok(fields.into_iter().map(|f| Field { on: f.on.clone().or_else(|| on.clone()), ..f }).collect())
    }

    fn pairs(&mut self, end: char) -> Result<Map<String, Value>, String> {
        let mut map = Map::new();
        while !self.eat(end) {
            let name = self.name()?;
            self.expect(':')?;
            let value = self.value()?;
            map.insert(name, value);
        }
        Ok(map)
    }

    fn value(&mut self) -> Result<Value, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("Unexpected end of document")?;
        self.at += 1;
        match token {
            Token::Text(text) => Ok(text.into()),
            Token::Number(number) => Ok(number),
            Token::Name(name) => Ok(match name.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                "null" => Value::Null,
                word => word.into(),
            }),
            Token::Punct('$') => {
                let name = self.name()?;
                self.variables.get(&name).cloned().ok_or_else(|| format!("Variable ${name} is used but not declared"))
            }
            Token::Punct(open @ ('[' | '{')) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("Value is too deep".to_owned());
                }
                let value = if open == '{' {
                    self.pairs('}')?.into()
                } else {
                    let mut items = Vec::new();
                    while !self.eat(']') {
                        items.push(self.value()?);
                    }
                    items.into()
                };
                self.depth -= 1;
                Ok(value)
            }
            other => Err(format!("Expected a value, actual: {other:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_aliases_and_fragments_are_laid_out() {
        let text = "query Q($o: String!, $n: String = \"x\") { a: repository(owner: $o, name: $n) { ...F ... on Repository { id } } } \
                    fragment F on Repository { name }";
        let read = operation(text, &json!({ "o": "acme" }), None).unwrap();
        let field = &read.fields[0];
        assert_eq!((field.alias.as_str(), field.name.as_str()), ("a", "repository"));
        assert_eq!(Value::from(field.args.clone()), json!({ "owner": "acme", "name": "x" }));
        assert_eq!(field.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["name", "id"]);
        assert!(operation(text, &json!({}), None).is_err());
        for cut in 0..text.len() {
            let _ = operation(&text[..cut], &json!({ "o": "acme" }), None);
        }
    }
}
