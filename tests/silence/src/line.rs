//! One TCP connection, watched: every byte that comes, and when.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http_tests::message::{Message, read};

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
