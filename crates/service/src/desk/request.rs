//! A request and the codes that it stands for.
//!
//! The codes are an HMAC of the request under a key of the realm, so that the same request gives the
//! same codes and nothing of them needs to be stored: the desk keeps the request's mark, the intake
//! the codes' hashes. Neither leads back to a code.

use std::collections::BTreeSet;

use decree::{Day, Moment};
use rand_core::CryptoRng;
use wire::code::{Code, Kind};

use super::Holder;
use crate::codes;
use crate::keyring::{KeyId, Pepper, Peppers, PerRoot, hexadecimal};

/// What somebody asks for under an id of their own.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    peppers: &'a Peppers,
    holder: Holder,
    id: &'a str,
}

/// The marks of a request under each root, the newest first: what was asked for before the newest
/// root was listed is known under an older one, and stands for the codes of then.
pub type RequestMarks = PerRoot<[u8; 32]>;

/// An id for a request whose client gave none.
pub fn draw_id(rng: &mut impl CryptoRng) -> String {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    hexadecimal(&id)
}

impl<'a> Request<'a> {
    /// The request that this key names so.
    #[must_use]
    pub const fn new(peppers: &'a Peppers, holder: Holder, id: &'a str) -> Self {
        Self {
            peppers,
            holder,
            id,
        }
    }

    /// What the desk remembers of it.
    #[must_use]
    pub fn marks(&self) -> RequestMarks {
        self.peppers
            .map(|pepper| self.hash(pepper, b"request", &[]))
    }

    /// The request as the desk granted it, under the root of this id; nothing when that root is not
    /// listed any more.
    #[must_use]
    pub fn under(self, root: KeyId) -> Option<Granted<'a>> {
        let pepper = self.peppers.of(root)?;
        let request = self;
        Some(Granted { request, pepper })
    }

    fn hash(&self, pepper: &Pepper, usage: &[u8], rest: &[&[u8]]) -> [u8; 32] {
        let (kind, holder): (&[u8], _) = match &self.holder {
            Holder::Root(hash) => (super::ROOT.as_bytes(), hash),
            Holder::Key(hash) => (b"key", hash),
        };
        let parts = [&[usage, kind, holder, self.id.as_bytes()], rest].concat();
        pepper.hash(&parts)
    }
}

/// A request, and the root under which it was first made.
#[derive(Clone, Copy)]
pub struct Granted<'a> {
    request: Request<'a>,
    pepper: &'a Pepper,
}

impl<'a> Granted<'a> {
    /// What an intake remembers of it. An id that is used again after its codes expired stands for
    /// other codes, and has another mark.
    #[must_use]
    pub fn batch_mark(&self, until: Moment) -> [u8; 32] {
        self.hash(b"batch", &[&until.unix().to_be_bytes()])
    }

    /// What an intake remembers of whose its codes are.
    #[must_use]
    pub fn holder_mark(&self, until: Moment) -> HolderMark {
        mark_of_day(self.pepper, self.request.holder, until.day())
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
        self.request.hash(self.pepper, usage, rest)
    }
}

/// What stands beside an unused code, under one root: as good as random, the same for all codes of one key that expire on
/// the same UTC day, and gone with the code. By it codes of a stolen key are made void.
pub type HolderMark = [u8; 16];

/// The marks of every code of these keys that can be good at `now`, under every listed root.
#[must_use]
pub fn holder_marks(peppers: &Peppers, holders: &[Holder], now: Moment) -> BTreeSet<HolderMark> {
    let mut marks = BTreeSet::new();
    for (_, pepper) in peppers.iter() {
        for holder in holders {
            for ahead in 0..=codes::MOST_DAYS {
                marks.insert(mark_of_day(pepper, *holder, now.day().plus_days(ahead)));
            }
        }
    }
    marks
}

fn mark_of_day(pepper: &Pepper, holder: Holder, day: Day) -> HolderMark {
    let day = day.number().to_be_bytes();
    let hash = match &holder {
        // Whoever held it: a stolen key is replaced before its codes are made void.
        Holder::Root(_) => pepper.hash(&[b"holder", super::ROOT.as_bytes(), &day]),
        Holder::Key(hash) => pepper.hash(&[b"holder", b"key", hash, &day]),
    };
    let [mark, _] = halves(hash);
    mark
}

fn halves(hash: [u8; 32]) -> [[u8; 16]; 2] {
    let number = |half: &[u8]| {
        half.iter()
            .fold(0, |all: u128, byte| all << 8 | u128::from(*byte))
    };
    let (one, other) = hash.split_at(16);
    [number(one).to_be_bytes(), number(other).to_be_bytes()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ROOT: Holder = Holder::Root([0; 32]);

    fn codes(request: Request<'_>, kind: Kind, until: u64) -> Vec<String> {
        let newest = request.peppers.newest_id();
        codes_under(request, newest, kind, until)
    }

    fn codes_under(request: Request<'_>, root: KeyId, kind: Kind, until: u64) -> Vec<String> {
        let granted = request.under(root).unwrap();
        let codes = granted.codes(kind, 3, Moment::from_unix(until));
        codes.map(|code| code.to_string()).collect()
    }

    fn of(root: u8) -> (KeyId, Pepper) {
        ([root; 4], Pepper::new([root; 32]))
    }

    fn one(root: u8) -> Peppers {
        Peppers::new(of(root), []).unwrap()
    }

    /// After a change of roots the same request is known by its older mark, and gives the same codes.
    #[test]
    fn a_request_is_the_same_under_its_root() {
        let (before, after) = (one(1), Peppers::new(of(2), [of(1)]).unwrap());
        let (was, is) = (
            Request::new(&before, ROOT, "id"),
            Request::new(&after, ROOT, "id"),
        );
        let (old, new) = ([1; 4], [2; 4]);
        assert_eq!(is.marks().of(old), was.marks().of(old));
        assert_ne!(is.marks().newest(), was.marks().newest());
        let first = codes(was, Kind::Long, 7);
        assert_eq!(codes_under(is, old, Kind::Long, 7), first);
        assert_ne!(codes_under(is, new, Kind::Long, 7), first);
        assert!(was.under(new).is_none());
    }

    #[test]
    fn a_request_stands_for_its_own_codes() {
        let (pepper, other) = (one(1), one(2));
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
        let peppers = one(1);
        let mark = |holder, id| *Request::new(&peppers, holder, id).marks().newest();
        let first = mark(ROOT, "id");
        let until = Moment::from_unix;
        assert_eq!(first, mark(ROOT, "id"));
        assert_ne!(first, mark(Holder::Key([1; 32]), "id"));
        assert_ne!(first, mark(Holder::Root([1; 32]), "id"));
        assert_ne!(first, mark(ROOT, "ie"));
        let granted = Request::new(&peppers, ROOT, "id").under([1; 4]).unwrap();
        assert_eq!(granted.batch_mark(until(7)), granted.batch_mark(until(7)));
        assert_ne!(granted.batch_mark(until(7)), granted.batch_mark(until(8)));
        assert_ne!(granted.batch_mark(until(7)), first);
    }
}
