//! One request or answer, read from the socket itself: every byte that comes, and when.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::Instant;

use crate::Reply;

/// A request or an answer as it stood on the wire.
pub struct Message {
    /// First line and headers, up to the empty line and with it.
    pub head: String,
    /// What follows, chunk sizes included.
    pub rest: Vec<u8>,
    /// When its first byte was read.
    pub began: Instant,
}

/// Reads one message from a connection on which nothing else follows before it is answered; `None` at its end.
///
/// # Errors
/// When the connection breaks.
pub fn read(stream: &mut TcpStream) -> io::Result<Option<Message>> {
    read_until(stream, is_whole)
}

/// Reads the answer to a HEAD, which ends with its headers whatever length they tell.
///
/// # Errors
/// When the connection breaks.
pub fn read_head(stream: &mut TcpStream) -> io::Result<Option<Message>> {
    read_until(stream, |_, _| true)
}

fn read_until(
    stream: &mut TcpStream,
    is_whole: fn(&str, &[u8]) -> bool,
) -> io::Result<Option<Message>> {
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
