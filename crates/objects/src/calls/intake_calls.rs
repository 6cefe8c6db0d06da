//! Letters to an intake.

use std::collections::BTreeSet;

use service::desk::HolderMark;

use super::*;

class! {
    /// Intakes.
    Intake at Place, ends by Some(End::NUMBER);
    1 => AddCodes -> ();
    2 => Report -> intake::Received;
    3 => DeliverAll -> bool;
    4 => Figures -> Vec<(u32, IntakeFigures)>;
    5 => Tick -> ();
    6 => State -> String;
    7 => Safes -> Vec<SafeName>;
    8 => End -> ();
    9 => Wake -> ();
    10 => CheckNumbers -> ();
    11 => Reserve -> intake::Received;
    12 => GiveBack -> ();
    13 => Try -> tried::Known;
    14 => AddCodesOf -> ();
    15 => VoidCodes -> u64;
    16 => ReserveFormer -> intake::Received;
}

/// Stores codes that are about to be handed out.
#[derive(Clone, Serialize, Deserialize)]
pub struct AddCodes {
    /// The issuer's request that they are for.
    pub mark: Option<[u8; 32]>,
    /// Long or short.
    pub kind: Kind,
    /// Their hashes.
    pub codes: Vec<intake::StoredCode>,
}
/// Stores codes that are about to be handed out, and whose they are.
#[derive(Serialize, Deserialize)]
pub struct AddCodesOf(pub AddCodes, pub HolderMark);
/// Makes void the codes beside which one of these marks stands: how many.
#[derive(Serialize, Deserialize)]
pub struct VoidCodes(pub BTreeSet<HolderMark>);
/// Keeps a code for the report that shows it, while its contacts are read.
#[derive(Serialize, Deserialize)]
pub struct Reserve(pub intake::Shown);
/// The same, of a report that release 0.2.0 may have answered: it shows that release's marks.
#[derive(Serialize, Deserialize)]
pub struct ReserveFormer(pub intake::Shown);
/// The report that shows this code with this body is not to be taken.
#[derive(Serialize, Deserialize)]
pub struct GiveBack(pub intake::Marks);
/// Uses a code up and stores the contacts that came with it.
#[derive(Serialize, Deserialize)]
pub struct Report(pub intake::Report);
/// Delivers some of what waits in a demo realm, due or not, and says whether more waits.
#[derive(Serialize, Deserialize)]
pub struct DeliverAll;
/// What the intake counted on these days, both included, each under its number.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Figures {
    /// The first day.
    pub from: u32,
    /// The last day.
    pub to: u32,
}
/// Does what is due, in a demo realm whose clock moves.
#[derive(Serialize, Deserialize)]
pub struct Tick;
/// Shows every row, as JSON.
#[derive(Serialize, Deserialize)]
pub struct State;
/// Every safe that may hold a key of the intake's own.
#[derive(Serialize, Deserialize)]
pub struct Safes;
/// Removes the whole intake of a demo realm.
#[derive(Serialize, Deserialize)]
pub struct End;
/// Arms the alarm for what is due.
#[derive(Serialize, Deserialize)]
pub struct Wake;
/// Compares the configured numbers of shards with those that the intake was made with.
#[derive(Serialize, Deserialize)]
pub struct CheckNumbers;
/// What is known of a challenge that somebody shows a solution of. If nothing is, the derivation may be made, this one
/// time.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Try(pub tried::Shown);
