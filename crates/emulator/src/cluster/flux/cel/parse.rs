//! CEL's grammar, as far as health checks need it.

use serde_json::Value;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Literal(Value),
    Name(String),
    List(Vec<Expression>),
    Field(Box<Expression>, String),
    Index(Box<Expression>, Box<Expression>),
    /// A function, or a method with what it is called on.
    Call(Option<Box<Expression>>, String, Vec<Expression>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
}

/// Operators by how strongly they bind, the weakest first.
const LEVELS: [&[&str]; 5] = [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];

/// Reads an expression.
///
/// # Errors
/// What stands where something else should.
pub(super) fn read(text: &str) -> Result<Expression, String> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    let expression = reader.choice()?;
    match reader.tokens.get(reader.at) {
        None => Ok(expression),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Text(String),
    Number(Value),
    Word(String),
    Sign(&'static str),
}

const SIGNS: [&str; 21] =
    ["||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ".", ",", "?", ":", "+", "-", "*", "%"];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut all, mut i) = (Vec::new(), 0);
    while i < chars.len() {
        let c = chars[i];
        if c.is_whitespace() {
            i += 1;
        } else if c == '"' || c == '\'' {
            let mut word = String::new();
            i += 1;
            loop {
                match chars.get(i) {
                    None => return Err("a string does not end".to_owned()),
                    Some(end) if *end == c => break,
                    Some('\\') => {
                        i += 1;
                        word.extend(chars.get(i).map(|c| if *c == 'n' { '\n' } else { *c }));
                    }
                    Some(other) => word.push(*other),
                }
                i += 1;
            }
            i += 1;
            all.push(Token::Text(word));
        } else if c.is_ascii_digit() {
            let start = i;
            while chars.get(i).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
                i += 1;
            }
            let number: String = chars[start..i].iter().collect();
            all.push(Token::Number(serde_json::from_str(&number).map_err(|_| format!("{number} is no number"))?));
        } else if c.is_alphabetic() || c == '_' {
            let start = i;
            while chars.get(i).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
                i += 1;
            }
            all.push(Token::Word(chars[start..i].iter().collect()));
        } else {
            let rest: String = chars[i..(i + 2).min(chars.len())].iter().collect();
            let sign = if c == '/' { Some("/") } else { SIGNS.iter().copied().find(|s| rest.starts_with(s)) };
            let sign = sign.ok_or_else(|| format!("unexpected '{c}'"))?;
            i += sign.len();
            all.push(Token::Sign(sign));
        }
    }
    Ok(all)
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn sign(&mut self, wanted: &str) -> bool {
        let found = match self.tokens.get(self.at) {
            Some(Token::Sign(sign)) => *sign == wanted,
            Some(Token::Word(word)) => word == wanted && wanted == "in",
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.sign(wanted) { Ok(()) } else { Err(format!("expected '{wanted}'")) }
    }

    fn choice(&mut self) -> Result<Expression, String> {
        let first = self.binary(0)?;
        if !self.sign("?") {
            return Ok(first);
        }
        let yes = self.choice()?;
        self.expect(":")?;
        Ok(Expression::Choice(first.into(), yes.into(), self.choice()?.into()))
    }

    fn binary(&mut self, level: usize) -> Result<Expression, String> {
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(sign) = signs.iter().find(|s| self.sign(s)) {
            left = Expression::Binary(sign, left.into(), self.binary(level + 1)?.into());
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, String> {
        if self.sign("!") {
            return Ok(Expression::Not(self.unary()?.into()));
        }
        if self.sign("-") {
            return Ok(Expression::Negative(self.unary()?.into()));
        }
        let mut value = self.primary()?;
        loop {
            if self.sign(".") {
                let name = self.word()?;
                value = if self.sign("(") {
                    Expression::Call(Some(value.into()), name, self.list(")")?)
                } else {
                    Expression::Field(value.into(), name)
                };
            } else if self.sign("[") {
                let index = self.choice()?;
                self.expect("]")?;
                value = Expression::Index(value.into(), index.into());
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Result<Expression, String> {
        if self.sign("(") {
            let inner = self.choice()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.sign("[") {
            return Ok(Expression::List(self.list("]")?));
        }
        let token = self.tokens.get(self.at).cloned().ok_or("the expression ends too early")?;
        self.at += 1;
        Ok(match token {
            Token::Text(text) => Expression::Literal(text.into()),
            Token::Number(number) => Expression::Literal(number),
            Token::Word(word) => match word.as_str() {
                "true" => Expression::Literal(true.into()),
                "false" => Expression::Literal(false.into()),
                "null" => Expression::Literal(Value::Null),
                _ if self.sign("(") => Expression::Call(None, word, self.list(")")?),
                _ => Expression::Name(word),
            },
            Token::Sign(sign) => return Err(format!("unexpected '{sign}'")),
        })
    }

    fn word(&mut self) -> Result<String, String> {
        let word = match self.tokens.get(self.at) {
            Some(Token::Word(word)) => word.clone(),
            _ => return Err("expected a name".to_owned()),
        };
        self.at += 1;
        Ok(word)
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expression>, String> {
        let mut all = Vec::new();
        while !self.sign(end) {
            if !all.is_empty() {
                self.expect(",")?;
            }
            all.push(self.choice()?);
        }
        Ok(all)
    }
}
