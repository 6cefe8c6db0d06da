//! The names of what a life is made of: closed lists, listed in `docs/LIFE.md`.

use serde::{Serialize, Serializer};

/// What an entry is to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// They are free to.
    May,
    /// They are obliged to.
    Must,
    /// They are forbidden to.
    MustNot,
    /// It is kept about them.
    Stored,
    /// It is kept no more.
    Forgotten,
    /// They are told.
    Informed,
    /// They incur it.
    Sanction,
    /// It cannot be done, or not lawfully.
    Impossible,
}

impl Kind {
    /// All eight, in the order of the description.
    pub const ALL: [Self; 8] = [
        Self::May,
        Self::Must,
        Self::MustNot,
        Self::Stored,
        Self::Forgotten,
        Self::Informed,
        Self::Sanction,
        Self::Impossible,
    ];

    /// As it is written in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::May => "may",
            Self::Must => "must",
            Self::MustNot => "must-not",
            Self::Stored => "stored",
            Self::Forgotten => "forgotten",
            Self::Informed => "informed",
            Self::Sanction => "sanction",
            Self::Impossible => "impossible",
        }
    }

    /// In English and in French.
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            Self::May => ["may", "peut"],
            Self::Must => ["must", "doit"],
            Self::MustNot => ["must not", "ne doit pas"],
            Self::Stored => ["stored", "conservé"],
            Self::Forgotten => ["forgotten", "oublié"],
            Self::Informed => ["is told", "est informé"],
            Self::Sanction => ["incurs", "encourt"],
            Self::Impossible => ["impossible", "impossible"],
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Install the application.
    Install,
    /// Uninstall it.
    Uninstall,
    /// The authentication key and the permanent identifier, in the application and on the server.
    KeysAndIdentifier,
    /// Turn on or off what records contacts.
    ChooseToRecord,
    /// The pseudonyms of those who were near, on the telephone.
    HistoryOnPhone,
    /// Say in the application that one is positive.
    NotifyResult,
    /// The same, without a code, which only a result brings.
    NotifyWithoutResult,
    /// The contacts that were transmitted, on the server.
    ContactsOnServer,
    /// The onset of symptoms and the one-time code.
    OnsetAndCode,
    /// That one was near a user who is positive.
    WasNearPositiveUser,
    /// Turn to health professionals.
    ConsultDoctor,
    /// Say in the application that one was told of a contact.
    SignalContact,
    /// Leave one's home.
    LeaveHome,
    /// One left it all the same.
    LeftHome,
    /// Have the application in a public place.
    HaveApplication,
    /// One was there without it.
    NoApplicationInPublic,
    /// Be identified by the application.
    BeIdentified,
    /// Send a portrait with its place.
    SendPortrait,
    /// One sent none in time.
    PortraitNotSent,
    /// The portrait.
    Portrait,
    /// Where it was taken.
    PortraitPlace,
    /// Answer the warning with a portrait.
    AnswerWarning,
    /// That officers may come to see whether one is at home.
    OfficersMayCome,
    /// Have access to one's own data.
    AccessOwnData,
    /// What a violation incurs if the third one brings prison.
    IfThirdSuffices,
    /// What it incurs if only the twelfth one does.
    IfTwelveAreNeeded,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::Install,
        Self::Uninstall,
        Self::KeysAndIdentifier,
        Self::ChooseToRecord,
        Self::HistoryOnPhone,
        Self::NotifyResult,
        Self::NotifyWithoutResult,
        Self::ContactsOnServer,
        Self::OnsetAndCode,
        Self::WasNearPositiveUser,
        Self::ConsultDoctor,
        Self::SignalContact,
        Self::LeaveHome,
        Self::LeftHome,
        Self::HaveApplication,
        Self::NoApplicationInPublic,
        Self::BeIdentified,
        Self::SendPortrait,
        Self::PortraitNotSent,
        Self::Portrait,
        Self::PortraitPlace,
        Self::AnswerWarning,
        Self::OfficersMayCome,
        Self::AccessOwnData,
        Self::IfThirdSuffices,
        Self::IfTwelveAreNeeded,
    ];

    /// As it is written in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Uninstall => "uninstall",
            Self::KeysAndIdentifier => "keys-and-identifier",
            Self::ChooseToRecord => "choose-to-record",
            Self::HistoryOnPhone => "history-on-phone",
            Self::NotifyResult => "notify-result",
            Self::NotifyWithoutResult => "notify-without-result",
            Self::ContactsOnServer => "contacts-on-server",
            Self::OnsetAndCode => "onset-and-code",
            Self::WasNearPositiveUser => "was-near-positive-user",
            Self::ConsultDoctor => "consult-doctor",
            Self::SignalContact => "signal-contact",
            Self::LeaveHome => "leave-home",
            Self::LeftHome => "left-home",
            Self::HaveApplication => "have-application",
            Self::NoApplicationInPublic => "no-application-in-public",
            Self::BeIdentified => "be-identified",
            Self::SendPortrait => "send-portrait",
            Self::PortraitNotSent => "portrait-not-sent",
            Self::Portrait => "portrait",
            Self::PortraitPlace => "portrait-place",
            Self::AnswerWarning => "answer-warning",
            Self::OfficersMayCome => "officers-may-come",
            Self::AccessOwnData => "access-own-data",
            Self::IfThirdSuffices => "if-third-suffices",
            Self::IfTwelveAreNeeded => "if-twelve-are-needed",
        }
    }

    /// The readings on which it rests, by their numbers in `docs/LIFE.md`.
    pub const fn readings(self) -> &'static [u8] {
        match self {
            Self::Install
            | Self::ChooseToRecord
            | Self::NotifyWithoutResult
            | Self::OnsetAndCode
            | Self::WasNearPositiveUser
            | Self::ConsultDoctor
            | Self::SignalContact
            | Self::BeIdentified
            | Self::PortraitPlace
            | Self::AnswerWarning
            | Self::AccessOwnData => &[],
            Self::Uninstall | Self::NotifyResult => &[14],
            Self::KeysAndIdentifier => &[3, 12, 13],
            Self::HistoryOnPhone => &[2, 13],
            Self::ContactsOnServer => &[2, 3, 4],
            Self::LeaveHome => &[1, 5, 14],
            Self::LeftHome => &[1, 5, 6, 7, 8],
            Self::HaveApplication => &[10, 11],
            Self::NoApplicationInPublic => &[1, 6, 7, 10, 11, 12],
            Self::SendPortrait | Self::OfficersMayCome => &[9],
            Self::PortraitNotSent => &[1, 6, 9],
            Self::Portrait => &[3],
            Self::IfThirdSuffices | Self::IfTwelveAreNeeded => &[6],
        }
    }

    /// In English and in French: goes on after [`Kind::words`].
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Install => ["install the application", "installer l'application"],
            Self::Uninstall => ["uninstall the application", "désinstaller l'application"],
            Self::KeysAndIdentifier => [
                "the key and the identifier, in the application and on the server",
                "la clé et l'identifiant, dans l'application et sur le serveur",
            ],
            Self::ChooseToRecord => ["record contacts or not", "enregistrer ses contacts ou non"],
            Self::HistoryOnPhone => [
                "the contact, on the telephone",
                "le contact, sur le téléphone",
            ],
            Self::NotifyResult => [
                "notify the result in the application",
                "notifier le résultat dans l'application",
            ],
            Self::NotifyWithoutResult => [
                "notify without a positive result",
                "notifier sans résultat positif",
            ],
            Self::ContactsOnServer => [
                "the contacts transmitted, on the server",
                "les contacts transmis, sur le serveur",
            ],
            Self::OnsetAndCode => [
                "the onset of symptoms and the code, once used",
                "la date des symptômes et le code, aussitôt utilisés",
            ],
            Self::WasNearPositiveUser => [
                "to have been near a user who is positive",
                "d'avoir été à proximité d'un utilisateur positif",
            ],
            Self::ConsultDoctor => [
                "turn to health professionals",
                "s'orienter vers les acteurs de santé",
            ],
            Self::SignalContact => [
                "signal the contact in the application",
                "signaler le contact dans l'application",
            ],
            Self::LeaveHome => ["leave home", "quitter son domicile"],
            Self::LeftHome => ["for having left home", "pour avoir quitté son domicile"],
            Self::HaveApplication => [
                "have the application in a public place",
                "disposer de l'application dans un espace public",
            ],
            Self::NoApplicationInPublic => [
                "for being in a public place without the application",
                "pour être dans un espace public sans l'application",
            ],
            Self::BeIdentified => [
                "to collect what identifies the person",
                "de collecter ce qui identifie la personne",
            ],
            Self::SendPortrait => [
                "send a portrait with its place",
                "envoyer un autoportrait géolocalisé",
            ],
            Self::PortraitNotSent => [
                "for a portrait not sent in time",
                "pour un autoportrait qui n'est pas venu à temps",
            ],
            Self::Portrait => ["the portrait", "l'autoportrait"],
            Self::PortraitPlace => ["the portrait's place", "le lieu de l'autoportrait"],
            Self::AnswerWarning => [
                "answer the warning with a portrait",
                "répondre à la mise en demeure par un autoportrait",
            ],
            Self::OfficersMayCome => [
                "that officers may come to the home",
                "que des officiers peuvent venir au domicile",
            ],
            Self::AccessOwnData => [
                "to have access to one's own data",
                "d'accéder à ses propres données",
            ],
            Self::IfThirdSuffices => [
                "if the third violation suffices",
                "si la troisième violation suffit",
            ],
            Self::IfTwelveAreNeeded => [
                "if it takes four times three violations",
                "s'il faut quatre fois trois violations",
            ],
        }
    }
}

impl Serialize for What {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
