//! The stateless front: the heavy cryptography, so that objects only check, judge and write.

use std::collections::BTreeMap;

use decree::Moment;
use rand_core::CryptoRng;
use robert::auth::SenderError;
use robert::bundle;
use robert::keys::ClientPublic;
use robert::parameters::{self, COUNTRY, SERVICE_START};
use robert::stamp::{self, Price};
use robert::validate::{self, Located};
use robert::{Contact, Epoch, HeardHello, Hello, Id, Ntp, TupleKey};
use wire::api::{
    Authenticated, ClockReply, KeysReply, OpenedReport, PublishedKey, RISK_HIGH, RISK_NONE,
    RegisterReply, RegisterRequest, Setting, SettingValue, StatusReply,
};
use wire::code::{Code, Kind};
use wire::{MAX_HELLOS_PER_CONTACT, Refusal};

use crate::keyring::secrets::RegistrationKey;
use crate::keyring::{FrontKeys, Pepper};
use crate::parcel::Parcel;
use crate::place::Shards;
use crate::registry::{Register, Signed, Status};
use crate::vault::Keys;
use crate::{Realm, captcha, codes, intake, work};

/// A registration, as far as it can be looked at without work: its keys, and what says that a challenge was solved.
pub struct Applicant<'a> {
    /// The proof of work, which may still be wrong.
    pub claim: captcha::Claim<'a>,
    client: ClientPublic,
    key: &'a RegistrationKey,
}

/// Reads a registration. Nothing is derived and no key is agreed yet.
///
/// # Errors
/// [`Refusal::Malformed`] for a key that is not on P-256; [`Refusal::WrongCaptcha`].
pub fn read_registration<'a>(
    keys: &'a FrontKeys,
    realm: Realm,
    now: Moment,
    request: &RegisterRequest,
) -> Result<Applicant<'a>, Refusal> {
    const NOT_P256: &str =
        "clientPublicECDHKey: send a P-256 key as X.509 SubjectPublicKeyInfo in base64.";
    const NO_KEY: &str =
        "keyId: send the id of a registration key that is valid now, or none (see /api/keys).";
    let client = ClientPublic::from_base64(&request.client_public_key)
        .map_err(|_| Refusal::malformed(NOT_P256))?;
    let id = request.captcha_id;
    let purpose = captcha::Purpose::Register;
    let claim = captcha::read(&keys.captcha, realm, purpose, id, &request.captcha, now)?;
    let key = match request.key_id.as_deref() {
        Some(id) => keys.registration.find(id, now),
        None => Some(keys.registration.oldest(now)),
    };
    let key = key.ok_or_else(|| Refusal::malformed(NO_KEY))?;
    Ok(Applicant { claim, client, key })
}

impl Applicant<'_> {
    /// Agrees the keys, once the work is known to be right.
    #[must_use]
    pub fn agree(self) -> Register {
        let (auth_key, tuple_key) = self.key.secret.agree(&self.client);
        Register {
            challenge: self.claim.id.0,
            until: self.claim.until.unix(),
            level: DEAREST,
            auth_key: *auth_key.as_bytes(),
            tuple_key: *tuple_key.as_bytes(),
        }
    }
}

/// The most work that a registry of release 0.2.0 asks for: while the server is replaced it may be the one that is
/// asked.
const DEAREST: usize = 3;

/// What a phone that has just registered is told.
///
/// # Errors
/// [`Refusal::Unavailable`] without a day key.
pub fn answer_registration(
    keys: &FrontKeys,
    days: &Keys,
    rng: &mut impl CryptoRng,
    (realm, now): (Realm, Moment),
    id: Id,
    tuple_key: &[u8; 32],
) -> Result<RegisterReply, Refusal> {
    Ok(RegisterReply {
        tuples: make_bundle(keys, days, rng, now, id, tuple_key)?,
        config: settings(realm),
        time_start: Ntp::from(SERVICE_START).0,
        message: None,
    })
}

/// Finds who sent an authenticated request, behind its EBID.
///
/// # Errors
/// [`Refusal::UnknownIdentity`] without a key for its day; [`Refusal::Unauthenticated`].
pub fn find_sender(days: &Keys, request: Authenticated) -> Result<Signed, Refusal> {
    let Authenticated(request) = request;
    let id = request.sender(days).map_err(|error| match error {
        SenderError::NoDayKey => Refusal::UnknownIdentity,
        SenderError::WrongEpoch => Refusal::Unauthenticated,
    })?;
    Ok(Signed { id, request })
}

/// The same request in the name of an identity drawn at random, which cannot have sealed it.
pub fn decoy(rng: &mut impl CryptoRng, request: Authenticated) -> Signed {
    let mut id = [0; 5];
    rng.fill_bytes(&mut id);
    Signed {
        id: Id(id),
        request: request.0,
    }
}

/// What a phone that asked for its status is told: at risk or not, and nothing more (Article 2
/// I 6°). Every answer of the same moment has the same length.
///
/// # Errors
/// [`Refusal::Unavailable`] without a day key.
pub fn answer_status(
    keys: &FrontKeys,
    days: &Keys,
    rng: &mut impl CryptoRng,
    (realm, now): (Realm, Moment),
    id: Id,
    status: &Status,
) -> Result<StatusReply, Refusal> {
    Ok(StatusReply {
        risk_level: if status.at_risk { RISK_HIGH } else { RISK_NONE },
        tuples: make_bundle(keys, days, rng, now, id, &status.tuple_key)?,
        config: settings(realm),
    })
}

/// What a report shows: its code, and what is known of its body. Of its contacts nothing is read yet, but those of a decoy
/// of a demo realm that shows [no stamp](wire::code::DECOY), which say where it goes. All that came is hashed, once, whatever
/// the code: a decoy takes as long as a report.
///
/// # Errors
/// [`Refusal::Malformed`] when the token is not a code, or such a decoy's contacts are not contacts; [`Refusal::TooLarge`].
pub fn show_code(
    keys: &FrontKeys,
    (realm, price): (Realm, Price),
    rng: &mut impl CryptoRng,
    now: Moment,
    request: &OpenedReport<'_>,
) -> Result<intake::Shown, Refusal> {
    let code = request.code()?;
    // In the national realm it is a code as any other, which nobody was given.
    let is_free = code.is_decoy() && realm != Realm::National;
    let contacts = if is_free {
        request.contacts()?
    } else {
        Vec::new()
    };
    let [before, contacts_as_sent, after] = request.parts();
    let hash = stamp::hash_contacts(contacts_as_sent);
    // No value is written without a byte: these were not found.
    let stamp = match contacts_as_sent {
        [] => None,
        _ => find_stamp(&code, price, now, &hash),
    };
    let mut drawn = [0; 32];
    rng.fill_bytes(&mut drawn);
    // The decoys of all who met nobody are the same bytes. Each is another one: were it known from the
    // one before, it would write less than a report.
    let is_nothing = is_free && contacts.is_empty();
    let marks = |pepper: &Pepper| {
        let body = if is_nothing {
            pepper.hash(&[&drawn])
        } else {
            // Every byte of the body, of which each is hashed once: the contacts are up to megabytes.
            let code = code.canonical().as_bytes();
            pepper.hash(&[BODY, code, before, &hash, after])
        };
        let code = if is_free {
            pepper.hash(&[b"decoy", &body])
        } else {
            codes::hash(pepper, &code)
        };
        intake::Marks { code, body }
    };
    let token = match (code.kind(), &stamp) {
        _ if is_free => intake::Token::Decoy,
        (Kind::Short, _) => intake::Token::Short,
        (Kind::Long, None) => intake::Token::Long,
        (Kind::Long, Some(stamp)) => intake::Token::Stamp { until: stamp.until },
    };
    let marks = under_each_root(keys, marks);
    // A decoy's code is everybody's: it goes to any intake, and to the same one again whatever root is the newest.
    let alone = match contacts.first() {
        Some(contact) => &contact.ebid.0[..],
        None => &drawn,
    };
    let [route, ..] = match token {
        intake::Token::Decoy => keys.routing.hash(&[b"decoy", alone]),
        _ => codes::hash(&keys.routing, &code),
    };
    Ok(intake::Shown {
        token,
        marks,
        work: None,
        route,
        zeros: stamp.map_or(0, |stamp| stamp.zeros),
    })
}

/// What precedes the parts of a body whose mark is made: of release 0.2.0's marks the first part is a code.
const BODY: &[u8] = b"body, form 02";

/// The marks of a report as release 0.2.0 made them, over the whole body, which is hashed once more for them.
///
/// # Errors
/// [`Refusal::Malformed`] when the token is not a code.
pub fn former_marks(
    keys: &FrontKeys,
    body: &[u8],
    request: &OpenedReport<'_>,
) -> Result<intake::AllMarks, Refusal> {
    let code = request.code()?;
    Ok(under_each_root(keys, |pepper| intake::Marks {
        code: codes::hash(pepper, &code),
        body: pepper.hash(&[code.canonical().as_bytes(), body]),
    }))
}

fn under_each_root(keys: &FrontKeys, marks: impl Fn(&Pepper) -> intake::Marks) -> intake::AllMarks {
    intake::AllMarks {
        newest: marks(keys.peppers.newest()),
        older: keys.peppers.older().map(marks).collect(),
    }
}

/// What a report with a short code shows as the proof of work for that code, if it shows any; it may still be wrong.
#[must_use]
pub fn read_work<'a>(
    keys: &'a FrontKeys,
    realm: Realm,
    now: Moment,
    request: &OpenedReport<'_>,
) -> Option<captcha::Claim<'a>> {
    let code = request.code().ok()?;
    let solution = request.captcha.as_deref()?;
    let id = request.captcha_id?;
    if code.is_decoy() || code.kind() != Kind::Short {
        return None;
    }
    // It may have been asked for under an older root.
    keys.peppers.iter().find_map(|(_, pepper)| {
        let purpose = captcha::Purpose::Code(codes::work_hash(pepper, &code));
        captcha::read(&keys.captcha, realm, purpose, id, solution, now).ok()
    })
}

/// A stamp that is good now.
struct Stamp {
    /// With how many zero bits it begins.
    zeros: u32,
    /// From when it is good no more, in Unix seconds.
    until: u64,
}

/// What a token is as a stamp for these contacts, should it be one. A code that was handed out looks like one once in
/// millions, so a code is looked up first.
fn find_stamp(code: &Code, price: Price, now: Moment, contacts: &[u8; 32]) -> Option<Stamp> {
    let stamps = stamp::good_days(now).map(|day| Stamp {
        zeros: stamp::zeros(day, contacts, code.canonical()),
        until: stamp::good_until(day).unix(),
    });
    let best = stamps.max_by_key(|stamp| stamp.zeros);
    best.filter(|stamp| stamp.zeros >= price.least())
}

/// The contacts of a report, up to the intake's part of it: each is located and sealed alone, for the registry of its
/// number.
///
/// Contacts of another country, of a forgotten day or of nobody are accepted and dropped: nobody's
/// contact goes in the place of each, so that the work and the rows are as many. So it is for all of
/// a decoy's, also for one that could be located: a decoy needs no code, and must warn nobody.
///
/// # Errors
/// [`Refusal::Unavailable`] without a day key.
pub fn seal_contacts(
    scope: &ReportScope<'_>,
    rng: &mut impl CryptoRng,
    token: intake::Token,
    contacts: &[Contact],
) -> Result<Vec<(u16, Vec<u8>)>, Refusal> {
    let ReportScope {
        keys, days, now, ..
    } = *scope;
    let is_decoy = token.is_decoy();
    let epoch = Epoch::at(now).ok_or(Refusal::Unavailable)?;
    let mut sealed = Vec::with_capacity(contacts.len());
    let located = validate::locate_all(days, &keys.federation, COUNTRY, contacts, now);
    for (contact, located) in contacts.iter().zip(located) {
        // Drawn whether it is needed or not.
        let nobody = nobody(rng, epoch, contact.hellos.len());
        let located = located.ok().filter(|_| !is_decoy).unwrap_or(nobody);
        let [first, ..] = located.id.0;
        let registry = scope.shards.registry_of(first);
        let parcel = Parcel::seal(days, registry, rng, &located).ok_or(Refusal::Unavailable)?;
        sealed.push((registry, parcel.to_bytes()));
    }
    Ok(sealed)
}

/// What contacts are sealed with.
#[derive(Clone, Copy)]
pub struct ReportScope<'a> {
    /// The realm's secrets.
    pub keys: &'a FrontKeys,
    /// The day keys in force.
    pub days: &'a Keys,
    /// How many registries the realm has.
    pub shards: Shards,
    /// Its time.
    pub now: Moment,
}

/// A contact of an identity drawn at random, with so many HELLOs: nothing of what was reported is
/// in it.
fn nobody(rng: &mut impl CryptoRng, epoch: Epoch, hellos: usize) -> Located {
    let (mut id, mut spoken) = ([0; 5], [0; 16]);
    rng.fill_bytes(&mut id);
    rng.fill_bytes(&mut spoken);
    let spoken = Hello::from_bytes(spoken);
    let hello = HeardHello::new(&spoken, Ntp::from(epoch.start()), 0);
    Located {
        id: Id(id),
        epoch,
        ecc: spoken.ecc,
        ebid: spoken.ebid,
        hellos: vec![hello; hellos],
    }
}

/// The proof of work that a short code needs after too many wrong ones, for this code alone.
///
/// # Errors
/// [`Refusal::WorkNeeded`], always; or what kept the challenge from being made.
pub fn ask_for_work(
    keys: &FrontKeys,
    realm: Realm,
    rng: &mut impl CryptoRng,
    now: Moment,
    request: &OpenedReport<'_>,
) -> Refusal {
    let asked = request.code().and_then(|code| {
        let purpose = captcha::Purpose::Code(codes::work_hash(keys.peppers.newest(), &code));
        let (id, work) = (captcha::draw_id(rng), work::asked(realm));
        captcha::draw(&keys.captcha, realm, purpose, id, work, rng, now)
    });
    match asked {
        Ok(challenge) => Refusal::work_needed(challenge),
        Err(refusal) => refusal,
    }
}

/// One contact per pseudonym, whatever the list repeats, and in an order that tells nothing of the
/// list's.
#[must_use]
pub fn merge(contacts: &[Contact]) -> Vec<Contact> {
    let mut merged = BTreeMap::<_, Vec<_>>::new();
    for Contact { ebid, ecc, hellos } in contacts {
        merged
            .entry((*ebid, *ecc))
            .or_default()
            .extend_from_slice(hellos);
    }
    let mut parts = Vec::with_capacity(merged.len());
    for ((ebid, ecc), hellos) in merged {
        for hellos in hellos.chunks(MAX_HELLOS_PER_CONTACT) {
            parts.push(Contact {
                ebid,
                ecc,
                hellos: hellos.to_vec(),
            });
        }
    }
    parts
}

/// The realm's clock.
///
/// # Errors
/// [`Refusal::Unavailable`] before the service start.
pub fn read_clock(now: Moment) -> Result<ClockReply, Refusal> {
    Ok(ClockReply {
        service_start_date: SERVICE_START.day().to_string(),
        time: write_time(now),
        epoch: Epoch::at(now).ok_or(Refusal::Unavailable)?.number(),
    })
}

/// A moment as ISO 8601 writes it, in UTC.
#[must_use]
pub fn write_time(moment: Moment) -> String {
    let seconds = moment.since(moment.day().start()).as_secs();
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!(
        "{}T{hours:02}:{minutes:02}:{:02}Z",
        moment.day(),
        seconds % 60
    )
}

/// What a client must know of the server.
#[must_use]
pub fn publish_keys(keys: &FrontKeys, now: Moment) -> KeysReply {
    let published = |(key, until): (&RegistrationKey, Option<Moment>)| PublishedKey {
        id: key.id.clone(),
        key: key.secret.public().to_base64(),
        until: until.map(Moment::unix),
    };
    let oldest = keys.registration.oldest(now);
    KeysReply {
        registration: oldest.secret.public().to_base64(),
        registrations: keys.registration.valid(now).map(published).collect(),
    }
}

/// Today's remaining pseudonyms and those of the three days after, encrypted for one phone.
fn make_bundle(
    keys: &FrontKeys,
    days: &Keys,
    rng: &mut impl CryptoRng,
    now: Moment,
    id: Id,
    tuple_key: &[u8; 32],
) -> Result<String, Refusal> {
    let epoch = Epoch::at(now).ok_or(Refusal::Unavailable)?;
    let epochs = bundle::epochs_from(epoch, parameters::BUNDLE_DAYS);
    let tuples = bundle::tuples(days, &keys.federation, COUNTRY, id, epochs);
    if tuples.is_empty() {
        return Err(Refusal::Unavailable);
    }
    Ok(bundle::seal(&TupleKey::from_bytes(tuple_key), rng, &tuples))
}

/// The parameters in force, as they are announced: `robert::parameters` and the decree are their
/// only sources.
fn settings(realm: Realm) -> Vec<Setting> {
    let integer = |value: u64| SettingValue::Integer(value.try_into().unwrap_or(i64::MAX));
    let seconds = |value: core::time::Duration| integer(value.as_secs());
    [
        (
            "app.service.start",
            SettingValue::Text(SERVICE_START.day().to_string()),
        ),
        (
            "app.epoch.seconds",
            integer(parameters::EPOCH_SECONDS.into()),
        ),
        ("app.country.code", integer(COUNTRY.0.into())),
        ("app.bundle.days", integer(parameters::BUNDLE_DAYS.into())),
        (
            "app.status.gap.epochs",
            integer(parameters::STATUS_GAP_EPOCHS.into()),
        ),
        (
            "app.request.tolerance.seconds",
            seconds(parameters::REQUEST_TOLERANCE),
        ),
        (
            "app.hello.tolerance.seconds",
            seconds(parameters::HELLO_TOLERANCE),
        ),
        (
            "app.history.days",
            integer(decree::article_3::DAYS_KEPT.into()),
        ),
        (
            "app.symptoms.hours",
            integer(decree::article_2::BEFORE_ONSET.as_secs() / 3_600),
        ),
        ("app.risk.r0", SettingValue::Real(parameters::R0)),
        (
            "app.risk.threshold",
            SettingValue::Real(parameters::RISK_THRESHOLD),
        ),
        ("app.risk.days", integer(parameters::RISK_DAYS.into())),
        (
            "app.contagious.epochs",
            integer(parameters::CONTAGIOUS_EPOCHS.into()),
        ),
        (
            "app.captcha.algorithms",
            SettingValue::Text(work::accepted_names(realm)),
        ),
    ]
    .into_iter()
    .map(|(name, value)| Setting {
        name: name.to_owned(),
        value,
    })
    .collect()
}
