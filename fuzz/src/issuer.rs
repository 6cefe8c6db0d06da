//! The issuers' door: what is ordered there, and the keys that open it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use service::desk::{self, Holder, Request, picture};
use service::keyring::{Pepper, PerRoot};
use wire::code::{Code, Kind};
use wire::issuer::{
    BatchOrder, CodeOrder, KeyOrder, MAX_BATCH, MAX_ID, MAX_QUOTA, PictureOrder, Role,
};
use wire::json;

use crate::{Counting, NOW, choose, says_nothing_of_its_input, take};

static PEPPER: Pepper = Pepper::new([6; 32]);
const ORIGIN: &str = "https://limpide.example";

/// A body is each of the four orders, or refused; a key is one that was made here, or nothing.
pub fn issuer(bytes: &[u8]) {
    let (mode, rest) = choose(bytes);
    match mode {
        0 => made(rest),
        1 => typed(&String::from_utf8_lossy(rest)),
        _ => ordered(bytes),
    }
}

fn ordered(body: &[u8]) {
    if let Some(CodeOrder { kind, id }) = read::<CodeOrder>(body) {
        stands_for_codes(kind, id);
    }
    if let Some(order) = read::<BatchOrder>(body) {
        assert!((1..=MAX_BATCH).contains(&order.count));
        stands_for_codes(order.kind, order.id);
    }
    if let Some(KeyOrder { role, quota }) = read::<KeyOrder>(body) {
        assert!((1..=MAX_QUOTA).contains(&quota));
        assert_eq!(Role::from_name(role.name()), Some(role));
    }
    match json::read::<PictureOrder>(body) {
        Ok(PictureOrder { code, format }) => {
            assert!(Code::parse(code.canonical()).is_ok_and(|again| again == code));
            assert!(picture::draw(ORIGIN, &code, format).is_ok_and(|drawn| !drawn.is_empty()));
        }
        Err(refusal) => says_nothing_of_its_input(&refusal),
    }
}

/// What is read is read again when it is written.
fn read<T: DeserializeOwned + Serialize + PartialEq>(body: &[u8]) -> Option<T> {
    match json::read::<T>(body) {
        Ok(order) => {
            let written = serde_json::to_vec(&order).unwrap_or_default();
            assert!(json::read::<T>(&written).is_ok_and(|again| again == order));
            Some(order)
        }
        Err(refusal) => {
            says_nothing_of_its_input(&refusal);
            None
        }
    }
}

/// Whatever a client names its request.
fn stands_for_codes(kind: Kind, id: Option<String>) {
    let Some(id) = id else {
        return;
    };
    assert!((1..=MAX_ID).contains(&id.chars().count()));
    let peppers = PerRoot::new(([1; 4], PEPPER.clone()), []);
    let peppers = peppers.unwrap_or_else(|| unreachable!("one root"));
    let request = Request::new(&peppers, Holder::Root([7; 32]), &id).under([1; 4]);
    let codes = request.unwrap_or_else(|| unreachable!("it is listed"));
    let codes = codes.codes(kind, 2, NOW);
    let codes: Vec<_> = codes.collect();
    assert!(codes[0] != codes[1]);
    for code in &codes {
        assert!(code.kind() == kind && !code.is_decoy());
        assert!(Code::parse(&code.to_string()).is_ok_and(|again| again == *code));
    }
}

fn made(mut bytes: &[u8]) {
    let seed = u64::from_be_bytes(take(&mut bytes));
    let (text, stored) = desk::key::draw(&PEPPER, &mut Counting(seed));
    assert_eq!(desk::key::recognise(&PEPPER, &text), Some(stored));
    let elsewhere = Pepper::new([7; 32]);
    assert_eq!(desk::key::recognise(&elsewhere, &text), None);
    // One character changed makes another key, which was never made; the case of a digit changes nothing.
    let mut bent = text.clone().into_bytes();
    let [at, to] = take(&mut bytes);
    let at = usize::from(at) % bent.len();
    let same = bent[at] == to.to_ascii_lowercase();
    bent[at] = to;
    let known = desk::key::recognise(&PEPPER, &String::from_utf8_lossy(&bent));
    assert_eq!(known, same.then_some(stored));
}

fn typed(text: &str) {
    let known = desk::key::recognise(&PEPPER, text);
    assert_eq!(known, None, "made by nobody");
}
