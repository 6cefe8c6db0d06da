//! One TCP connection, watched: every byte that comes, and when.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http_tests::Reply;

/// A connection that is kept open from one request to the next.
pub struct Line {
    stream: TcpStream,
    host: String,
}

/// One request and its answer, as a watcher of the connection sees them.
pub struct Exchange {
    /// Bytes of the request.
    pub sent: usize,
    /// The answer.
    pub answer: Message,
    /// From the first byte sent to the first that came.
    pub first: Duration,
    /// From the first byte sent to the last that came.
    pub total: Duration,
}

/// A request or an answer as it stood on the wire.
pub struct Message {
    /// First line and headers, up to the empty line and with it.
    pub head: String,
    /// What follows, chunk sizes included.
    pub rest: Vec<u8>,
    /// When its first byte was read.
    pub began: Instant,
}

impl Line {
    /// Connects, and asks something first, so that no request measured later pays for the connection.
    pub fn open(address: &str) -> Self {
        let mut line = Self {
            stream: connect(address),
            host: address.to_owned(),
        };
        line.exchange("GET", "/api/v6/clock", None);
        line
    }

    /// Posts JSON and offers to take a compressed answer.
    pub fn post(&mut self, path: &str, body: &[u8]) -> Exchange {
        self.exchange("POST", path, Some(body))
    }

    fn exchange(&mut self, method: &str, path: &str, body: Option<&[u8]>) -> Exchange {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip, br\r\n",
            self.host
        );
        if let Some(body) = body {
            let length = body.len();
            request += &format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
        }
        request += "\r\n";
        let mut request = request.into_bytes();
        request.extend_from_slice(body.unwrap_or_default());

        // A busy machine can let so much time pass between two requests that the server has hung up: once more then.
        let answered = self.send(&request).or_else(|| {
            self.stream = connect(&self.host);
            self.send(&request)
        });
        answered.expect("an answer")
    }

    fn send(&mut self, request: &[u8]) -> Option<Exchange> {
        let begun = Instant::now();
        self.stream.write_all(request).ok()?;
        let answer = read(&mut self.stream).ok()??;
        Some(Exchange {
            sent: request.len(),
            first: answer.began - begun,
            total: begun.elapsed(),
            answer,
        })
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).unwrap();
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).unwrap();
    stream
}

/// Reads one message from a connection on which nothing else follows before it is answered; `None` at its end.
///
/// # Errors
/// When the connection breaks.
pub fn read(stream: &mut TcpStream) -> io::Result<Option<Message>> {
    let mut bytes = Vec::with_capacity(16_384);
    let mut part = [0; 16_384];
    let mut began = None;
    loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            let (head, rest) = bytes.split_at(end + 4);
            let head = std::str::from_utf8(head).expect("headers in ASCII");
            if is_whole(head, rest) {
                return Ok(Some(Message {
                    head: head.to_owned(),
                    rest: rest.to_vec(),
                    began: began.unwrap_or_else(Instant::now),
                }));
            }
        }
        let length = stream.read(&mut part)?;
        began.get_or_insert_with(Instant::now);
        if length == 0 {
            let broken = || io::Error::from(io::ErrorKind::UnexpectedEof);
            return if bytes.is_empty() {
                Ok(None)
            } else {
                Err(broken())
            };
        }
        bytes.extend_from_slice(&part[..length]);
    }
}

fn is_whole(head: &str, rest: &[u8]) -> bool {
    match value(head, "content-length") {
        Some(length) => rest.len() >= length.parse().expect("a length"),
        None if value(head, "transfer-encoding").is_some() => rest.ends_with(b"0\r\n\r\n"),
        None => true,
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}

fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    headers(head)
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn headers(head: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = head.lines().skip(1);
    lines.filter_map(|line| line.split_once(": "))
}

impl Message {
    /// Its bytes on the wire.
    pub fn length(&self) -> usize {
        self.head.len() + self.rest.len()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        value(&self.head, name)
    }

    /// First line and headers without the date, which is the moment's and not the person's.
    pub fn undated(&self) -> String {
        let lines = self.head.split_inclusive("\r\n");
        let is_date = |line: &&str| line.to_ascii_lowercase().starts_with("date:");
        lines.filter(|line| !is_date(line)).collect()
    }

    /// The body, put together again if it came in chunks.
    pub fn body(&self) -> Vec<u8> {
        if self.header("transfer-encoding").is_none() {
            return self.rest.clone();
        }
        let (mut body, mut rest) = (Vec::new(), &*self.rest);
        while let Some(end) = find(rest, b"\r\n") {
            let size = std::str::from_utf8(&rest[..end]).unwrap();
            let size = usize::from_str_radix(size, 16).expect("a chunk's size");
            body.extend_from_slice(&rest[end + 2..][..size]);
            rest = &rest[end + 2 + size + 2..];
            if size == 0 {
                break;
            }
        }
        body
    }

    /// As the phones' side of the tests takes an answer.
    pub fn reply(&self) -> Reply {
        let status = self.head.split(' ').nth(1);
        let lower = |(name, value): (&str, &str)| (name.to_ascii_lowercase(), value.to_owned());
        Reply {
            status: status.and_then(|code| code.parse().ok()).expect("a status"),
            headers: headers(&self.head).map(lower).collect(),
            body: self.body(),
        }
    }
}
