//! A message that really passed: its bytes, between whom, and by which route.

use std::sync::Arc;

use decree::Moment;

use crate::Person;
use crate::story::Chapter;

/// A message of the visitor's own demo realm or radio.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Number in the story, from 0.
    pub id: u32,
    /// Chapter in which it passed.
    pub chapter: Chapter,
    /// Whose phone sent it (over the air, to the server) or received it (from the server).
    pub person: Person,
    /// Who heard it first, for a message over the air.
    pub heard_by: Option<Person>,
    /// Which way it went.
    pub way: Way,
    /// What it is.
    pub kind: MessageKind,
    /// Realm time when it passed.
    pub at: Moment,
    /// The bytes as they passed: a HELLO, or the body of an HTTP request or reply (which can be empty).
    pub bytes: Arc<[u8]>,
    /// Route and status, for a message to or from the server.
    pub http: Option<Http>,
    /// For a reply with a bundle: the pseudonyms that the phone reads in it with its key, in order.
    pub bundle: Arc<[Pseudonym]>,
    /// How many messages of this sort passed in the same step; only the first is kept for HELLOs.
    pub count: u32,
}

impl Message {
    /// A message of no bytes yet; the story gives it its number and chapter.
    pub fn new(person: Person, way: Way, kind: MessageKind, at: Moment) -> Self {
        Self {
            id: 0,
            chapter: Chapter::Install,
            person,
            heard_by: None,
            way,
            kind,
            at,
            bytes: Arc::from([]),
            http: None,
            bundle: Arc::from([]),
            count: 1,
        }
    }
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From a phone to the server.
    ToServer,
    /// From the server to a phone.
    FromServer,
    /// From phone to phone: the server takes no part.
    OverTheAir,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// 16 bytes, every ten seconds, to whoever is near.
    Hello,
    /// Asks for a challenge that proves some work.
    CaptchaRequest,
    /// The challenge.
    CaptchaReply,
    /// The proof of work and a public key.
    RegisterRequest,
    /// The first bundle of pseudonyms, sealed, and the public parameters.
    RegisterReply,
    /// « Have I been exposed? »
    StatusRequest,
    /// One figure, and a fresh bundle.
    StatusReply,
    /// The one-time code and the pseudonyms heard.
    ReportRequest,
    /// Accepted or refused.
    ReportReply,
    /// As large as this phone's report would be, drawn at random, and of nobody.
    DecoyRequest,
    /// Accepted, whatever it holds.
    DecoyReply,
    /// « Forget me. »
    UnregisterRequest,
    /// Done or refused.
    UnregisterReply,
    /// « Forget my exposures. »
    EraseRequest,
    /// Done or refused.
    EraseReply,
}

/// How an HTTP message travelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// `POST`, `GET` or `DELETE`.
    pub method: &'static str,
    /// Path on this origin.
    pub path: Arc<str>,
    /// Status of the reply; `None` on a request.
    pub status: Option<u16>,
}

/// A pseudonym of a phone's own, and the quarter of an hour for which it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pseudonym {
    /// Number of the epoch.
    pub epoch: u32,
    /// When the epoch begins.
    pub starts: Moment,
    /// The pseudonym (EBID).
    pub ebid: [u8; 8],
    /// The country code, encrypted for it (ECC).
    pub ecc: u8,
}
