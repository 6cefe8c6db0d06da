//! Requests that no client library would send, written to the socket itself.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::Value;

use crate::{Realm, seconds};

/// A connection on which a request is being written.
pub struct Raw {
    stream: TcpStream,
}

impl Raw {
    /// Begins a POST of JSON to this path below the realm's door, with these headers besides.
    pub fn post(address: &str, realm: &Realm, path: &str, headers: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(seconds(60))).unwrap();
        stream.set_write_timeout(Some(seconds(60))).unwrap();
        let mut raw = Self { stream };
        let door = realm.door();
        raw.write(&format!(
            "POST {door}{path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n{headers}\r\n"
        ));
        raw
    }

    /// Goes on with this.
    #[track_caller]
    pub fn write(&mut self, text: &str) {
        self.try_write(text).unwrap();
    }

    /// The same to a server that may have answered, and hung up.
    ///
    /// # Errors
    /// When it has.
    pub fn try_write(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes())
    }

    /// Says that nothing more will come, and listens.
    ///
    /// # Errors
    /// When the server has hung up.
    pub fn end(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Hangs up, in the middle of whatever was said.
    pub fn hang_up(self) {
        self.stream.shutdown(Shutdown::Both).unwrap();
    }

    /// Whether something has come back by now, or the server has hung up.
    pub fn is_answered(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        !peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// The status code and the JSON that come back; none of either when the server hung up without a word.
    pub fn answer(mut self) -> (u16, Value) {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && self.stream.read(&mut byte).is_ok_and(|n| n == 1) {
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.stream.read_exact(&mut body).unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        (status.unwrap_or_default(), body)
    }
}
