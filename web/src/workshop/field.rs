//! The names of messages and fields, and the sentence of each: what it is, who reads it, what can be deduced.

use leptos_i18n::td_string;
use workshop::anatomy::{ByteKind, Fear, Field, FieldName, Ground, Value};
use workshop::message::{Message, MessageKind};

use super::words::{self, say};
use crate::texts::i18n::Locale;

/// The name of a message, with whose it is.
pub(super) fn message(l: Locale, message: &Message) -> String {
    let name = words::name(message.person);
    match message.kind {
        MessageKind::Hello => say!(l, pass.k_hello, name = name),
        MessageKind::CaptchaRequest => say!(l, pass.k_captcha_request, name = name),
        MessageKind::CaptchaReply => say!(l, pass.k_captcha_reply),
        MessageKind::RegisterRequest => say!(l, pass.k_register_request, name = name),
        MessageKind::RegisterReply => say!(l, pass.k_register_reply, name = name),
        MessageKind::StatusRequest => say!(l, pass.k_status_request, name = name),
        MessageKind::StatusReply => say!(l, pass.k_status_reply, name = name),
        MessageKind::ReportRequest => say!(l, pass.k_report_request, name = name),
        MessageKind::ReportReply | MessageKind::DecoyReply => say!(l, pass.k_report_reply),
        MessageKind::DecoyRequest => say!(l, pass.k_decoy, name = name),
        MessageKind::UnregisterRequest => say!(l, pass.k_unregister_request, name = name),
        MessageKind::UnregisterReply => say!(l, pass.k_unregister_reply, name = name),
        MessageKind::EraseRequest => say!(l, pass.k_erase_request, name = name),
        MessageKind::EraseReply => say!(l, pass.k_erase_reply, name = name),
    }
}

/// The letter of a kind of bytes and its class in the style sheet, the same everywhere on the page.
pub(super) const fn key(kind: ByteKind) -> (&'static str, &'static str) {
    match kind {
        ByteKind::Country => ("A", "k-pays"),
        ByteKind::Pseudonym => ("B", "k-pseudo"),
        ByteKind::Time => ("C", "k-heure"),
        ByteKind::Mac => ("D", "k-sceau"),
        ByteKind::Key => ("E", "k-cle"),
        ByteKind::Epoch => ("F", "k-periode"),
        ByteKind::Code => ("G", "k-code"),
        ByteKind::Signal => ("H", "k-signal"),
    }
}

/// The name of a field, and its sentence.
pub(super) fn name(l: Locale, name: FieldName) -> (&'static str, &'static str) {
    match name {
        FieldName::Punctuation => (
            td_string!(l, field.punctuation),
            td_string!(l, field.punctuation_text),
        ),
        FieldName::CountryCode => (
            td_string!(l, field.country),
            td_string!(l, field.country_text),
        ),
        FieldName::Pseudonym => (
            td_string!(l, field.pseudonym),
            td_string!(l, field.pseudonym_text),
        ),
        FieldName::Time => (td_string!(l, field.time), td_string!(l, field.time_text)),
        FieldName::Received => (
            td_string!(l, field.received),
            td_string!(l, field.received_text),
        ),
        FieldName::Mac => (td_string!(l, field.mac), td_string!(l, field.mac_text)),
        FieldName::Epoch => (td_string!(l, field.epoch), td_string!(l, field.epoch_text)),
        FieldName::Signal => (
            td_string!(l, field.signal),
            td_string!(l, field.signal_text),
        ),
        FieldName::Code => (td_string!(l, field.code), td_string!(l, field.code_text)),
        FieldName::DecoyCode => (
            td_string!(l, field.decoy_code),
            td_string!(l, field.decoy_code_text),
        ),
        FieldName::Random => (
            td_string!(l, field.random),
            td_string!(l, field.random_text),
        ),
        FieldName::PublicKey => (
            td_string!(l, field.public_key),
            td_string!(l, field.public_key_text),
        ),
        FieldName::ChallengeId => (
            td_string!(l, field.challenge_id),
            td_string!(l, field.challenge_id_text),
        ),
        FieldName::Challenge => (
            td_string!(l, field.challenge),
            td_string!(l, field.challenge_text),
        ),
        FieldName::Proof => (td_string!(l, field.proof), td_string!(l, field.proof_text)),
        FieldName::ChallengeType => (
            td_string!(l, field.challenge_type),
            td_string!(l, field.challenge_type_text),
        ),
        FieldName::Locale => (
            td_string!(l, field.locale),
            td_string!(l, field.locale_text),
        ),
        FieldName::Bundle => (
            td_string!(l, field.bundle),
            td_string!(l, field.bundle_text),
        ),
        FieldName::Setting => (
            td_string!(l, field.setting),
            td_string!(l, field.setting_text),
        ),
        FieldName::ServiceStart => (
            td_string!(l, field.service_start),
            td_string!(l, field.service_start_text),
        ),
        FieldName::RiskLevel => (td_string!(l, field.risk), td_string!(l, field.risk_text)),
        FieldName::Success => (
            td_string!(l, field.success),
            td_string!(l, field.success_text),
        ),
        FieldName::Sentence => (
            td_string!(l, field.sentence),
            td_string!(l, field.sentence_text),
        ),
        FieldName::Other => (
            td_string!(l, field.unknown),
            td_string!(l, field.unknown_text),
        ),
    }
}

/// What a field says, in words; empty when only its key could tell.
pub(super) fn value(l: Locale, field: &Field) -> String {
    match &field.value {
        Value::Opaque => say!(l, value.opaque),
        Value::Number(number) => number.to_string(),
        Value::Moment(at) => words::date_and_hour(l, *at),
        Value::Epoch(n, at) => say!(l, value.epoch, n = n, when = words::date_and_hour(l, *at)),
        Value::Decibels(n) => say!(l, value.dbm, n = n.to_string().replace('-', "−")),
        Value::Text(text) => shorten(text),
        Value::Truth(true) => say!(l, value.yes),
        Value::Truth(false) => say!(l, value.no),
    }
}

/// « art. 2, I, 4° », « protocole »
pub(super) fn ground(l: Locale, ground: Ground) -> String {
    match ground {
        Ground::Item(item) => words::article(l, item),
        Ground::Protocol => say!(l, insp.protocol),
    }
}

/// What a reader feared, in words.
pub(super) fn fear(l: Locale, fear: Fear) -> &'static str {
    match fear {
        Fear::Name => td_string!(l, fear.name),
        Fear::PhoneNumber => td_string!(l, fear.phone),
        Fear::Place => td_string!(l, fear.place),
        Fear::Account => td_string!(l, fear.account),
        Fear::PeopleMet => td_string!(l, fear.met),
        Fear::OnsetDate => td_string!(l, fear.onset),
        Fear::ExposureDate => td_string!(l, fear.exposure),
        Fear::WhoIsPositive => td_string!(l, fear.positive),
        Fear::Score => td_string!(l, fear.score),
        Fear::SecretKey => td_string!(l, fear.secret),
    }
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
