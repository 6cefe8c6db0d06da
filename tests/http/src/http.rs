//! One request, one reply.

use core::fmt;
use std::io::ErrorKind;

use minreq::{Error, Method, Request};
use serde_json::Value;

use crate::description;

/// Longest time that a reply may take, in seconds.
const PATIENCE: u64 = 60;

/// What the server answered. Two replies are equal when all but their `Date` is.
#[derive(Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Every header in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends a request, with a body when a content type is given; a reply that the description of the API does not
/// know is a failed test.
#[track_caller]
pub fn request(method: Method, url: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
    attempt(method, url, headers, body).unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// Sends a request to a server that may be killed meanwhile: an error unless the whole reply came.
#[track_caller]
pub(crate) fn attempt(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Result<Reply, Error> {
    let mut request = Request::new(method.clone(), url)
        .with_timeout(PATIENCE)
        .with_follow_redirects(false)
        .with_headers(headers.iter().copied());
    if let Some(body) = body {
        request = request.with_body(body);
    }
    let response = request.send()?;
    let lower = |(name, value): &(String, String)| (name.to_ascii_lowercase(), value.clone());
    let reply = Reply {
        status: response.status_code,
        headers: response.headers.iter().map(lower).collect(),
        body: response.into_bytes(),
    };
    // The client below takes the end of a connection for the end of a body, and makes up a status line where there is
    // none: every reply of the server has headers.
    let announced = reply.header("content-length");
    let is_whole = method == Method::Head
        || announced.is_none_or(|length| length.parse() == Ok(reply.body.len()));
    if is_whole && !reply.headers.is_empty() {
        description::check(&method, url, &reply);
        Ok(reply)
    } else {
        Err(Error::IoError(ErrorKind::UnexpectedEof.into()))
    }
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        let all = |reply: &Self| {
            let mut headers = reply.headers.clone();
            headers.retain(|(name, _)| name != "date");
            (reply.status, headers, reply.body.clone())
        };
        all(self) == all(other)
    }
}

impl Eq for Reply {}

impl Reply {
    /// The same reply, once its status code is seen to be this one.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body as JSON, which its content type must announce.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{self:?}"
        );
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A text field of the JSON body.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let json = self.json();
        let value = json.get(name).and_then(Value::as_str);
        value
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .to_owned()
    }

    /// What a refusal says: `{"message"}` and nothing else.
    #[track_caller]
    pub fn message(&self) -> String {
        assert_eq!(self.json().as_object().unwrap().len(), 1, "{self:?}");
        self.field("message")
    }

    /// The names of the JSON body's fields, in order.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.json().as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: String = String::from_utf8_lossy(&self.body)
            .chars()
            .take(300)
            .collect();
        write!(f, "{} {:?} {start}", self.status, self.headers)
    }
}
