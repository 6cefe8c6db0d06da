//! One-time codes, and the sessions of demo realms.

use decree::Moment;
use service::place::Seat;
use service::session::Session;
use wire::code::{Code, Kind, MAX_TYPED, PASSED_OVER};

use crate::{NOW, RING, choose, take};

/// What a person types as a code.
pub fn code(bytes: &[u8]) {
    let (mode, rest) = choose(bytes);
    match mode {
        0 => given(&Code::long(take(&mut &rest[..]))),
        1 => given(&Code::short(take(&mut &rest[..]))),
        _ => typed(&String::from_utf8_lossy(rest)),
    }
}

fn typed(text: &str) {
    let Ok(code) = Code::parse(text) else {
        return;
    };
    given(&code);
    // Every letter and digit of ASCII and of its full-width forms was read, in its order, but for case, and I, L, O in a
    // short code; what was passed over stands in the table.
    let wide = u32::from('Ａ') - u32::from('A');
    let narrow = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - wide).unwrap_or(c),
        other => other,
    };
    let bare: String = text
        .chars()
        .map(narrow)
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let is_listed = |c: char| PASSED_OVER.iter().any(|(a, b)| (*a..=*b).contains(&c));
    let mut others = text.chars().filter(|c| !narrow(*c).is_ascii_alphanumeric());
    assert!(
        others.all(is_listed) && text.chars().count() <= MAX_TYPED,
        "{text}"
    );
    let same = |(typed, read): (char, char)| {
        let typed = typed.to_ascii_uppercase();
        typed == read.to_ascii_uppercase() || matches!((typed, read), ('I' | 'L', '1') | ('O', '0'))
    };
    let read = code.canonical().replace('-', "");
    assert_eq!(bare.len(), read.len());
    assert!(bare.chars().zip(read.chars()).all(same), "{text}");
}

/// Every spelling of a code is that code, and a short one with a wrong character is none.
fn given(code: &Code) {
    let canonical = code.canonical();
    let shown = code.to_string();
    for spelling in [
        canonical.to_owned(),
        shown.clone(),
        shown.to_lowercase(),
        shown.to_uppercase(),
        shown.replace('-', "\u{a0}"),
        shown.replace('-', "\u{2011}"),
        format!("« {shown} ».\u{200b}"),
        shown.chars().flat_map(|c| [' ', c, '-']).collect(),
    ] {
        assert!(
            Code::parse(&spelling).is_ok_and(|parsed| parsed == *code),
            "{spelling}"
        );
    }
    match code.kind() {
        Kind::Long => {
            assert_eq!(canonical.len(), 36);
            assert!(
                canonical
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'))
            );
        }
        Kind::Short => {
            assert_eq!(canonical.len(), 10);
            for (at, right) in canonical.bytes().enumerate() {
                for wrong in b"0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
                    let mut bytes = canonical.as_bytes().to_vec();
                    bytes[at] = *wrong;
                    let parsed = Code::parse(&String::from_utf8_lossy(&bytes));
                    assert_eq!(parsed.is_ok(), *wrong == right);
                }
            }
        }
    }
}

/// A demo session as it stands in an address.
pub fn session(bytes: &[u8]) {
    let (mode, rest) = choose(bytes);
    let pepper = RING.sessions();
    if mode == 0 {
        let mut rest = rest;
        let [number] = take(&mut rest);
        let turn = u32::from_be_bytes(take(&mut rest));
        let session = Session::new(
            Seat { number, turn },
            take(&mut rest),
            Moment::from_unix(u64::from_be_bytes(take(&mut rest))),
        );
        let sealed = session.seal(&pepper);
        let opened = Session::open(&pepper, &sealed, NOW);
        assert_eq!(opened, (NOW < session.expires()).then_some(session));
        // One character changed opens nothing.
        let mut bent = sealed.into_bytes();
        let [at, to] = take(&mut rest);
        let at = usize::from(at) % bent.len();
        let same = bent[at] == to;
        bent[at] = to;
        assert!(same || Session::open(&pepper, &String::from_utf8_lossy(&bent), NOW).is_none());
    } else {
        let opened = Session::open(&pepper, &String::from_utf8_lossy(rest), NOW);
        assert!(opened.is_none(), "sealed by nobody");
    }
}
