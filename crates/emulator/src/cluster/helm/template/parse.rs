//! From pieces to a tree.

use super::functions;
use super::lex::{Piece, Problem, Token, split};
use serde_json::Value;
use std::collections::BTreeMap;

/// Templates that were defined, by name.
pub(super) type Defined = BTreeMap<String, Vec<Node>>;

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Text(String),
    /// What a pipeline gives is printed; the line is for messages.
    Print(Pipeline, usize),
    /// Conditions with their bodies, in order; the last one may have none.
    If(Vec<(Option<Pipeline>, Vec<Node>)>, usize),
    With(Pipeline, Vec<Node>, Vec<Node>, usize),
    Range(Pipeline, Vec<Node>, Vec<Node>, usize),
    Template(String, Option<Pipeline>, usize),
}

/// Commands, each of which takes what the one before gave; variables that take the outcome.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipeline {
    pub variables: Vec<String>,
    /// Whether the variables are new.
    pub declares: bool,
    pub commands: Vec<Vec<Operand>>,
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Literal(Value),
    Function(String),
    Group(Pipeline, Vec<String>),
}

/// Reads a template; what it defines goes into `defined`.
pub(super) fn read(source: &str, defined: &mut Defined) -> Result<Vec<Node>, Problem> {
    let mut reader = Reader { pieces: split(source)?, at: 0, defined };
    let (nodes, end) = reader.nodes()?;
    match end {
        None => Ok(nodes),
        Some((word, line, _)) => Err((line, format!("unexpected {{{{{word}}}}}"))),
    }
}

struct Reader<'a> {
    pieces: Vec<Piece>,
    at: usize,
    defined: &'a mut Defined,
}

/// `end` or `else` with its line and the words behind it.
type End = Option<(String, usize, Vec<Token>)>;

impl Reader<'_> {
    fn nodes(&mut self) -> Result<(Vec<Node>, End), Problem> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.get(self.at).cloned() {
            self.at += 1;
            let (tokens, line) = match piece {
                Piece::Text(text) if text.is_empty() => continue,
                Piece::Text(text) => {
                    nodes.push(Node::Text(text));
                    continue;
                }
                Piece::Action(tokens, line) => (tokens, line),
            };
            let word = match tokens.first() {
                Some(Token::Word(word)) => word.clone(),
                _ => String::new(),
            };
            let rest = tokens.get(1..).unwrap_or_default();
            match word.as_str() {
                "end" | "else" => return Ok((nodes, Some((word, line, rest.to_vec())))),
                "if" => nodes.push(self.branches(rest, line)?),
                "with" | "range" => {
                    let over = pipeline(rest, line)?;
                    let (body, end) = self.nodes()?;
                    let other = match end {
                        Some((e, l, more)) if e == "else" && more.is_empty() => self.closed(l)?,
                        Some((e, ..)) if e == "end" => Vec::new(),
                        _ => return Err((line, format!("unexpected EOF in {word}"))),
                    };
                    nodes.push(if word == "with" {
                        Node::With(over, body, other, line)
                    } else {
                        Node::Range(over, body, other, line)
                    });
                }
                "define" | "block" => {
                    let Some(Token::Text(name)) = rest.first().cloned() else {
                        return Err((line, format!("missing name in {word}")));
                    };
                    let body = self.closed(line)?;
                    if word == "block" {
                        nodes.push(Node::Template(name.clone(), Some(pipeline(&rest[1..], line)?), line));
                        self.defined.entry(name).or_insert(body);
                    } else {
                        self.defined.insert(name, body);
                    }
                }
                "template" => {
                    let Some(Token::Text(name)) = rest.first().cloned() else {
                        return Err((line, "missing name in template".to_owned()));
                    };
                    let with = if rest.len() > 1 { Some(pipeline(&rest[1..], line)?) } else { None };
                    nodes.push(Node::Template(name, with, line));
                }
                "break" | "continue" => return Err((line, format!("the embedded helm does not have {{{{{word}}}}}"))),
                _ => nodes.push(Node::Print(pipeline(&tokens, line)?, line)),
            }
        }
        Ok((nodes, None))
    }

    /// The nodes up to `end`.
    fn closed(&mut self, line: usize) -> Result<Vec<Node>, Problem> {
        match self.nodes()? {
            (nodes, Some((end, ..))) if end == "end" => Ok(nodes),
            _ => Err((line, "unexpected EOF".to_owned())),
        }
    }

    fn branches(&mut self, rest: &[Token], line: usize) -> Result<Node, Problem> {
        let mut all = Vec::new();
        let mut condition = Some(pipeline(rest, line)?);
        loop {
            let (body, end) = self.nodes()?;
            all.push((condition, body));
            match end {
                Some((word, ..)) if word == "end" => return Ok(Node::If(all, line)),
                Some((_, l, more)) => {
                    condition = match more.split_first() {
                        None => None,
                        Some((Token::Word(word), more)) if word == "if" => Some(pipeline(more, l)?),
                        _ => return Err((l, "unexpected words after else".to_owned())),
                    };
                }
                None => return Err((line, "unexpected EOF in if".to_owned())),
            }
        }
    }
}

fn pipeline(tokens: &[Token], line: usize) -> Result<Pipeline, Problem> {
    let mut at = 0;
    let pipeline = words(tokens, &mut at, line)?;
    if at < tokens.len() {
        return Err((line, "unexpected right paren".to_owned()));
    }
    Ok(pipeline)
}

fn words(tokens: &[Token], at: &mut usize, line: usize) -> Result<Pipeline, Problem> {
    let mut all = Pipeline { variables: Vec::new(), declares: false, commands: Vec::new() };
    let sign = tokens.iter().skip(*at).take(4).position(|t| matches!(t, Token::Sign(":=" | "=")));
    if let Some(sign) = sign.map(|s| s + *at) {
        for token in &tokens[*at..sign] {
            match token {
                Token::Variable(name, fields) if fields.is_empty() => all.variables.push(name.clone()),
                Token::Sign(",") => {}
                _ => return Err((line, "unexpected words before :=".to_owned())),
            }
        }
        all.declares = tokens[sign] == Token::Sign(":=");
        *at = sign + 1;
    }
    let mut command = Vec::new();
    while let Some(token) = tokens.get(*at) {
        match token {
            Token::Close(_) => break,
            Token::Sign("|") => {
                if command.is_empty() {
                    return Err((line, "missing value for command".to_owned()));
                }
                all.commands.push(std::mem::take(&mut command));
            }
            Token::Sign("(") => {
                *at += 1;
                let inner = words(tokens, at, line)?;
                let Some(Token::Close(fields)) = tokens.get(*at) else { return Err((line, "unclosed left paren".to_owned())) };
                command.push(Operand::Group(inner, fields.clone()));
            }
            Token::Sign(sign) => return Err((line, format!("unexpected \"{sign}\" in operand"))),
            Token::Field(names) => command.push(Operand::Field(names.clone())),
            Token::Variable(name, fields) => command.push(Operand::Variable(name.clone(), fields.clone())),
            Token::Text(text) => command.push(Operand::Literal(text.as_str().into())),
            Token::Number(number) => command
                .push(Operand::Literal(functions::number(number).ok_or((line, format!("bad number syntax: \"{number}\"")))?)),
            Token::Word(word) => command.push(match word.as_str() {
                "true" => Operand::Literal(true.into()),
                "false" => Operand::Literal(false.into()),
                "nil" => Operand::Literal(Value::Null),
                name if functions::known(name) => Operand::Function(name.to_owned()),
                name => return Err((line, format!("function \"{name}\" not defined"))),
            }),
        }
        *at += 1;
    }
    if command.is_empty() {
        return Err((line, "missing value for command".to_owned()));
    }
    all.commands.push(command);
    Ok(all)
}
