//! What a reader fears to find in a message, and is not there.

use decree::article_2::Item;

use super::{ByteKind, Field, FieldName, Ground};
use crate::message::MessageKind;

/// What a reader fears to find in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fear {
    /// A first or last name.
    Name,
    /// A telephone number, or anything that identifies the telephone.
    PhoneNumber,
    /// A place.
    Place,
    /// The permanent identifier of the account.
    Account,
    /// Who was met.
    PeopleMet,
    /// The date on which symptoms began.
    OnsetDate,
    /// When an exposure took place.
    ExposureDate,
    /// Who tested positive.
    WhoIsPositive,
    /// How high a risk was found to be.
    Score,
    /// The secret key shared with the server.
    SecretKey,
}

impl Fear {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::PhoneNumber,
        Self::Place,
        Self::Account,
        Self::PeopleMet,
        Self::OnsetDate,
        Self::ExposureDate,
        Self::WhoIsPositive,
        Self::Score,
        Self::SecretKey,
    ];

    /// The item of Article 2 that allows such a datum somewhere; `None` if no item does, and no message may ever hold
    /// it (Article 2, II).
    pub const fn item(self) -> Option<Item> {
        match self {
            Self::Name | Self::PhoneNumber | Self::Place | Self::WhoIsPositive => None,
            Self::Account => Some(Item::Identifier),
            Self::PeopleMet => Some(Item::ContactsAtRisk),
            Self::OnsetDate => Some(Item::Declaration),
            Self::ExposureDate | Self::Score => Some(Item::ExposurePeriods),
            Self::SecretKey => Some(Item::AuthenticationKey),
        }
    }

    /// Whether this field holds it.
    fn is_in(self, field: &Field) -> bool {
        let Some(item) = self.item() else {
            return false;
        };
        let told = field.ground == Ground::Item(item);
        match self {
            // A code is not a date, a seal or a public key is not the secret that made it.
            Self::OnsetDate => told && field.name != FieldName::Code,
            Self::SecretKey => {
                told && field.kind == Some(ByteKind::Key) && field.name != FieldName::PublicKey
            }
            _ => told,
        }
    }
}

/// What is feared of such a message, most feared first, and stands in none of its fields.
pub(super) fn absent(kind: MessageKind, fields: &[Field]) -> Vec<Fear> {
    feared(kind)
        .iter()
        .copied()
        .filter(|fear| !fields.iter().any(|field| fear.is_in(field)))
        .collect()
}

const fn feared(kind: MessageKind) -> &'static [Fear] {
    match kind {
        MessageKind::Hello => &[
            Fear::Name,
            Fear::PhoneNumber,
            Fear::Account,
            Fear::Place,
            Fear::SecretKey,
        ],
        MessageKind::CaptchaRequest
        | MessageKind::CaptchaReply
        | MessageKind::RegisterRequest
        | MessageKind::RegisterReply => &[
            Fear::Name,
            Fear::PhoneNumber,
            Fear::Place,
            Fear::Account,
            Fear::SecretKey,
        ],
        MessageKind::ReportRequest | MessageKind::DecoyRequest => &[
            Fear::Name,
            Fear::Account,
            Fear::PhoneNumber,
            Fear::Place,
            Fear::OnsetDate,
            Fear::PeopleMet,
        ],
        MessageKind::StatusReply => &[
            Fear::WhoIsPositive,
            Fear::ExposureDate,
            Fear::Place,
            Fear::Score,
            Fear::PeopleMet,
            Fear::Name,
        ],
        MessageKind::StatusRequest
        | MessageKind::ReportReply
        | MessageKind::DecoyReply
        | MessageKind::UnregisterRequest
        | MessageKind::UnregisterReply
        | MessageKind::EraseRequest
        | MessageKind::EraseReply => &[
            Fear::Name,
            Fear::PhoneNumber,
            Fear::Place,
            Fear::Account,
            Fear::PeopleMet,
        ],
    }
}
