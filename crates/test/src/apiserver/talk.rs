//! Plain HTTP to the server through `kubectl proxy`, which adds TLS and the token: one connection, one request at a time.
//!
//! Small enough to share nothing with what is judged.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Error, ErrorKind, Read, Write},
    net::TcpStream,
};

/// A connection, made anew where it was closed.
#[derive(Debug)]
pub struct Talk {
    place: String,
    open: Option<BufReader<TcpStream>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Texts of `Warning` headers.
    pub warnings: Vec<String>,
    /// The body; null where it is empty or no JSON.
    pub body: Value,
}

impl Reply {
    /// Whether it is a success.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The server's words, of a failure.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or("no message")
    }
}

impl Talk {
    /// To an address such as `127.0.0.1:8001`.
    pub fn to(place: &str) -> Talk {
        Talk { place: place.to_owned(), open: None }
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Panics
    /// Where nobody answers.
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        // A connection that the other side has closed in between is no failure.
        let first = self.attempt(method, path, headers, body);
        let reply = first.or_else(|_| {
            self.open = None;
            self.attempt(method, path, headers, body)
        });
        reply.unwrap_or_else(|e| panic!("{method} {path}: {e}"))
    }

    fn attempt(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Reply, Error> {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => BufReader::new(TcpStream::connect(&self.place)?),
        };
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n", self.place);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        let status = line(&mut stream)?.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| broken("no status"))?;
        let (mut length, mut chunked, mut close, mut warnings) = (None, false, false, Vec::new());
        loop {
            let header = line(&mut stream)?;
            let Some((name, value)) = header.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse::<usize>().ok(),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "connection" => close = value.eq_ignore_ascii_case("close"),
                // 299 - "the text"
                "warning" => warnings.extend(value.split_once('"').map(|(_, t)| t.trim_end_matches('"').to_owned())),
                _ => {}
            }
        }
        let body = if chunked { chunks(&mut stream)? } else { exactly(&mut stream, length.unwrap_or(0))? };
        if !close {
            self.open = Some(stream);
        }
        Ok(Reply { status, warnings, body: serde_json::from_slice(&body).unwrap_or_default() })
    }
}

fn broken(why: &str) -> Error {
    Error::new(ErrorKind::InvalidData, why.to_owned())
}

fn line(stream: &mut impl BufRead) -> Result<String, Error> {
    let mut text = String::new();
    if stream.read_line(&mut text)? == 0 {
        return Err(Error::from(ErrorKind::UnexpectedEof));
    }
    Ok(text.trim_end().to_owned())
}

fn exactly(stream: &mut impl Read, length: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn chunks(stream: &mut impl BufRead) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    loop {
        let length = usize::from_str_radix(&line(stream)?, 16).map_err(|_| broken("a chunk without a length"))?;
        all.extend(exactly(stream, length)?);
        line(stream)?;
        if length == 0 {
            return Ok(all);
        }
    }
}
