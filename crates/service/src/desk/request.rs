//! A request and the codes that it stands for.
//!
//! The codes are an HMAC of the request under a key of the realm, so that the same request gives the
//! same codes and nothing of them needs to be stored: the desk keeps the request's mark, the intake
//! the codes' hashes. Neither leads back to a code.

use decree::Moment;
use rand_core::CryptoRng;
use wire::code::{Code, Kind};

use super::Holder;
use crate::codes;
use crate::keyring::{Pepper, hexadecimal};

/// What somebody asks for under an id of their own.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pepper: &'a Pepper,
    holder: Holder,
    id: &'a str,
}

/// An id for a request whose client gave none.
pub fn draw_id(rng: &mut impl CryptoRng) -> String {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    hexadecimal(&id)
}

impl<'a> Request<'a> {
    /// The request that this key names so.
    #[must_use]
    pub const fn new(pepper: &'a Pepper, holder: Holder, id: &'a str) -> Self {
        Self { pepper, holder, id }
    }

    /// What the desk remembers of it.
    #[must_use]
    pub fn mark(&self) -> [u8; 32] {
        self.hash(b"request", &[])
    }

    /// What an intake remembers of it. An id that is used again after its codes expired stands for
    /// other codes, and has another mark.
    #[must_use]
    pub fn batch_mark(&self, until: Moment) -> [u8; 32] {
        self.hash(b"batch", &[&until.unix().to_be_bytes()])
    }

    /// The codes that it stands for.
    pub fn codes(
        self,
        kind: Kind,
        count: u32,
        until: Moment,
    ) -> impl Iterator<Item = Code> + use<'a> {
        let until = until.unix().to_be_bytes();
        (0..count).map(move |index| {
            let (kind_name, index) = (kind.name().as_bytes(), index.to_be_bytes());
            let random = self.hash(b"code", &[kind_name, &until, &index]);
            codes::from_random(kind, random)
        })
    }

    fn hash(&self, usage: &[u8], rest: &[&[u8]]) -> [u8; 32] {
        let (kind, holder): (&[u8], _) = match &self.holder {
            Holder::Root(hash) => (super::ROOT.as_bytes(), hash),
            Holder::Key(hash) => (b"key", hash),
        };
        let parts = [&[usage, kind, holder, self.id.as_bytes()], rest].concat();
        self.pepper.hash(&parts)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ROOT: Holder = Holder::Root([0; 32]);

    fn codes(request: Request<'_>, kind: Kind, until: u64) -> Vec<String> {
        let codes = request.codes(kind, 3, Moment::from_unix(until));
        codes.map(|code| code.to_string()).collect()
    }

    #[test]
    fn a_request_stands_for_its_own_codes() {
        let (pepper, other) = (Pepper::new([1; 32]), Pepper::new([2; 32]));
        let request = Request::new(&pepper, ROOT, "id");
        let first = codes(request, Kind::Long, 7);
        assert_eq!(first, codes(request, Kind::Long, 7));
        let all: Vec<_> = [
            (request, 7),
            (request, 8),
            (Request::new(&pepper, ROOT, "id2"), 7),
            (Request::new(&pepper, Holder::Key([0; 32]), "id"), 7),
            // The operator's key was replaced.
            (Request::new(&pepper, Holder::Root([1; 32]), "id"), 7),
            (Request::new(&other, ROOT, "id"), 7),
        ]
        .into_iter()
        .flat_map(|(request, until)| {
            let long = codes(request, Kind::Long, until);
            long.into_iter().chain(codes(request, Kind::Short, until))
        })
        .collect();
        let distinct: BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn marks_are_of_one_key_one_id_and_one_life_of_the_codes() {
        let pepper = Pepper::new([1; 32]);
        let request = |holder, id| Request::new(&pepper, holder, id);
        let one = request(ROOT, "id");
        let until = Moment::from_unix;
        assert_eq!(one.mark(), request(ROOT, "id").mark());
        assert_ne!(one.mark(), request(Holder::Key([1; 32]), "id").mark());
        assert_ne!(one.mark(), request(Holder::Root([1; 32]), "id").mark());
        assert_ne!(one.mark(), request(ROOT, "ie").mark());
        assert_eq!(one.batch_mark(until(7)), one.batch_mark(until(7)));
        assert_ne!(one.batch_mark(until(7)), one.batch_mark(until(8)));
        assert_ne!(one.batch_mark(until(7)), one.mark());
    }
}
