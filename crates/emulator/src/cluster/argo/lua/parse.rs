//! From words and signs to statements.

use super::lex::Token;

/// A statement.
#[derive(Debug)]
pub(super) enum Statement {
    /// `local a = b` or `a.b = c`: where to, and what.
    Set { target: Expression, value: Expression },
    /// Conditions with their blocks, tried in order.
    If(Vec<(Expression, Vec<Statement>)>),
    /// `for a, b in ipairs(list) do`
    For { names: Vec<String>, ordered: bool, of: Expression, body: Vec<Statement> },
    /// `return a`
    Return(Expression),
}

/// An expression.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    Nil,
    Bool(bool),
    Number(f64),
    Text(String),
    Name(String),
    Index(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Length(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// Fields with their keys; those without are counted.
    Table(Vec<(Option<Expression>, Expression)>),
    ToText(Box<Expression>),
}

/// Binary operators by how strongly they bind, the weakest first.
const LEVELS: &[&[&str]] = &[&["or"], &["and"], &["==", "~=", "<", ">", "<=", ">="], &[".."], &["+", "-"]];
/// How deep expressions and blocks may lie in each other.
const DEPTH: usize = 60;

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

type Read<T> = Result<T, String>;

/// Reads a script.
///
/// # Errors
/// What cannot be read.
pub(super) fn read(tokens: &[Token]) -> Read<Vec<Statement>> {
    let mut reader = Reader { tokens, at: 0, depth: 0 };
    let block = reader.block()?;
    match reader.tokens.get(reader.at) {
        None => Ok(block),
        Some(left) => Err(format!("unexpected {left:?}")),
    }
}

impl Reader<'_> {
    fn word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Name(n)) if n == word)
    }

    fn takes(&mut self, what: &str) -> bool {
        let is = match self.tokens.get(self.at) {
            Some(Token::Name(n)) => n == what,
            Some(Token::Sign(s)) => *s == what,
            _ => false,
        };
        self.at += usize::from(is);
        is
    }

    fn needs(&mut self, what: &str) -> Read<()> {
        if self.takes(what) {
            return Ok(());
        }
        match self.tokens.get(self.at) {
            None => Err("unexpected end of script".to_owned()),
            Some(other) => Err(format!("'{what}' expected near {other:?}")),
        }
    }

    fn name(&mut self) -> Read<String> {
        match self.tokens.get(self.at) {
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(name.clone())
            }
            None => Err("unexpected end of script".to_owned()),
            Some(other) => Err(format!("name expected near {other:?}")),
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("the script lies too deep in itself".to_owned());
        }
        let done = read(self);
        self.depth -= 1;
        done
    }

    fn block(&mut self) -> Read<Vec<Statement>> {
        self.deeper(|r| {
            let mut all = Vec::new();
            while r.at < r.tokens.len() && !["end", "else", "elseif"].iter().any(|w| r.word(w)) {
                let ends = r.word("return");
                all.push(r.statement()?);
                r.takes(";");
                if ends {
                    break;
                }
            }
            Ok(all)
        })
    }

    fn statement(&mut self) -> Read<Statement> {
        for word in ["while", "repeat", "function", "goto", "break", "do"] {
            if self.word(word) {
                return Err(format!("the embedded Lua does not have '{word}'"));
            }
        }
        if self.takes("return") {
            let ends = self.at >= self.tokens.len() || self.word("end");
            return Ok(Statement::Return(if ends { Expression::Nil } else { self.expression(0)? }));
        }
        if self.takes("if") {
            return self.condition();
        }
        if self.takes("for") {
            let mut names = vec![self.name()?];
            while self.takes(",") {
                names.push(self.name()?);
            }
            self.needs("in")?;
            let ordered = match self.name()?.as_str() {
                "ipairs" => true,
                "pairs" => false,
                other => return Err(format!("the embedded Lua goes through ipairs and pairs, not '{other}'")),
            };
            self.needs("(")?;
            let of = self.expression(0)?;
            self.needs(")")?;
            self.needs("do")?;
            let body = self.block()?;
            self.needs("end")?;
            return Ok(Statement::For { names, ordered, of, body });
        }
        let local = self.takes("local");
        let target = self.suffixed()?;
        if local && !self.takes("=") {
            return Ok(Statement::Set { target, value: Expression::Nil });
        }
        if !local {
            self.needs("=")?;
        }
        Ok(Statement::Set { target, value: self.expression(0)? })
    }

    fn condition(&mut self) -> Read<Statement> {
        let mut branches = Vec::new();
        loop {
            let condition = self.expression(0)?;
            self.needs("then")?;
            branches.push((condition, self.block()?));
            if self.takes("elseif") {
                continue;
            }
            if self.takes("else") {
                branches.push((Expression::Bool(true), self.block()?));
            }
            self.needs("end")?;
            return Ok(Statement::If(branches));
        }
    }

    fn expression(&mut self, level: usize) -> Read<Expression> {
        let Some(operators) = LEVELS.get(level) else { return self.deeper(Self::unary) };
        let mut left = self.expression(level + 1)?;
        while let Some(operator) = operators.iter().find(|o| self.takes(o)) {
            let right = self.expression(level + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Read<Expression> {
        if self.takes("not") {
            return Ok(Expression::Not(Box::new(self.deeper(Self::unary)?)));
        }
        if self.takes("#") {
            return Ok(Expression::Length(Box::new(self.deeper(Self::unary)?)));
        }
        if self.takes("-") {
            let value = self.deeper(Self::unary)?;
            return Ok(Expression::Binary("-", Box::new(Expression::Number(0.0)), Box::new(value)));
        }
        self.suffixed()
    }

    /// A value with the fields and indexes behind it.
    fn suffixed(&mut self) -> Read<Expression> {
        let mut value = self.primary()?;
        loop {
            if self.takes(".") {
                let name = self.name()?;
                value = Expression::Index(Box::new(value), Box::new(Expression::Text(name)));
            } else if self.takes("[") {
                let key = self.expression(0)?;
                self.needs("]")?;
                value = Expression::Index(Box::new(value), Box::new(key));
            } else if matches!(&value, Expression::Name(n) if n == "tostring") && self.takes("(") {
                value = Expression::ToText(Box::new(self.expression(0)?));
                self.needs(")")?;
            } else if self.takes("(") || self.takes(":") {
                // Called for what it is: a library that is not there.
                self.at = self.tokens.len();
                return Ok(value);
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Read<Expression> {
        let token = self.tokens.get(self.at).cloned().ok_or("unexpected end of script")?;
        self.at += 1;
        Ok(match token {
            Token::Text(text) => Expression::Text(text),
            Token::Number(number) => Expression::Number(number),
            Token::Name(name) => match name.as_str() {
                "nil" => Expression::Nil,
                "true" => Expression::Bool(true),
                "false" => Expression::Bool(false),
                _ => Expression::Name(name),
            },
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.needs(")")?;
                inner
            }
            Token::Sign("{") => self.table()?,
            Token::Sign(sign) => return Err(format!("unexpected symbol near '{sign}'")),
        })
    }

    fn table(&mut self) -> Read<Expression> {
        let mut fields = Vec::new();
        while !self.takes("}") {
            let named = matches!(self.tokens.get(self.at..self.at + 2), Some([Token::Name(_), Token::Sign("=")]));
            if named {
                let key = self.name()?;
                self.needs("=")?;
                fields.push((Some(Expression::Text(key)), self.expression(0)?));
            } else if self.takes("[") {
                let key = self.expression(0)?;
                self.needs("]")?;
                self.needs("=")?;
                fields.push((Some(key), self.expression(0)?));
            } else {
                fields.push((None, self.expression(0)?));
            }
            if !self.takes(",") && !self.takes(";") {
                self.needs("}")?;
                break;
            }
        }
        Ok(Expression::Table(fields))
    }
}
