//! The rules of both laws, each in one sentence of our own: what can be compared.

use decree::Regime;

use super::Effect;
use super::Effect::{Breaks, Upholds};
use super::Principle::{Private, Pseudonymous, Temporary, Transparent, Voluntary};
use super::Subject::{
    self, Actor, Data, Duration, Obligation, Prohibition, Purpose, Recipient, Right, Sanction,
};

/// What a law says of one matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is about.
    pub subject: Subject,
    /// The short name of the matter, the same in both laws.
    pub matter: &'static str,
    /// Where the text says it.
    pub anchors: &'static [&'static str],
    /// What it says, in English and in French. Rules that say the same say it in the same words.
    pub says: [&'static str; 2],
    /// What it does to the five principles.
    pub effects: &'static [Effect],
}

const fn rule(
    subject: Subject,
    matter: &'static str,
    anchors: &'static [&'static str],
    says: [&'static str; 2],
    effects: &'static [Effect],
) -> Rule {
    Rule {
        subject,
        matter,
        anchors,
        says,
        effects,
    }
}

/// Every rule of a law, in the order of its text.
pub const fn rules(regime: Regime) -> &'static [Rule] {
    match regime {
        Regime::Decree2020650 => DECREE,
        Regime::LoudestSafe => LOUDEST_SAFE,
    }
}

/// Anchors that no rule can express, with the reason, in English and in French.
pub const UNRULED: &[(Regime, &str, [&str; 2])] = &[
    (Regime::Decree2020650, "1-II", LEADS),
    (Regime::Decree2020650, "2-I", LEADS),
    (Regime::Decree2020650, "2-I-8", LEADS),
    (
        Regime::Decree2020650,
        "7",
        [
            "It charges three ministers with the execution: nobody's data or freedom depends on it.",
            "Il charge trois ministres de l'exécution : ni les données ni la liberté de personne n'en dépendent.",
        ],
    ),
    (Regime::LoudestSafe, "1-II", LEADS),
    (Regime::LoudestSafe, "2-I", LEADS),
];

const LEADS: [&str; 2] = [
    "It only leads to the items that follow, and each of them has its rule.",
    "Il ne fait qu'annoncer les alinéas qui suivent, et chacun a sa règle.",
];

// What both say in the same words.
const INFORM: Rule = rule(
    Purpose,
    "inform",
    &["1-II-1"],
    [
        "tell users that they may have been infected",
        "informer les utilisateurs d'un risque de contamination",
    ],
    &[],
);
const AWARENESS: Rule = rule(
    Purpose,
    "awareness",
    &["1-II-2"],
    [
        "raise awareness of symptoms and protective gestures",
        "sensibiliser aux symptômes et aux gestes barrières",
    ],
    &[],
);
const CARE: Rule = rule(
    Purpose,
    "care",
    &["1-II-3"],
    [
        "recommend that contacts turn to health professionals",
        "recommander aux contacts de s'orienter vers les acteurs de santé",
    ],
    &[],
);
const STATISTICS: Rule = rule(
    Purpose,
    "parameters",
    &["1-II-4"],
    [
        "adapt the parameters, from anonymous national statistics",
        "adapter les paramètres, d'après des statistiques nationales anonymes",
    ],
    &[],
);
const KEY: Rule = rule(
    Data,
    "authentication-key",
    &["2-I-1"],
    [
        "a key shared by the application and the server",
        "une clé partagée entre l'application et le serveur",
    ],
    &[],
);
const IDENTIFIER: Rule = rule(
    Data,
    "identifier",
    &["2-I-2"],
    [
        "a permanent identifier, random, known to the server alone",
        "un identifiant permanent, aléatoire, connu du seul serveur",
    ],
    &[],
);
const COUNTRY: Rule = rule(
    Data,
    "country-code",
    &["2-I-3"],
    ["country codes", "les codes pays"],
    &[],
);
const PSEUDONYMS: Rule = rule(
    Data,
    "pseudonyms",
    &["2-I-4"],
    [
        "random, temporary pseudonyms",
        "des pseudonymes aléatoires et temporaires",
    ],
    &[],
);

const RECORDED: Rule = rule(
    Data,
    "phone-history-recorded",
    &["2-I-5"],
    [
        "pseudonyms of other users who were near, recorded on the telephone",
        "les pseudonymes d'autres utilisateurs à proximité, enregistrés sur le téléphone",
    ],
    &[],
);
const EXPOSURE: Rule = rule(
    Data,
    "exposure-periods",
    &["2-I-7"],
    ["periods of exposure", "les périodes d'exposition"],
    &[],
);
const ONSET: Rule = rule(
    Data,
    "onset",
    &["2-I-8-a"],
    [
        "the onset of symptoms, if the person can say it",
        "la date de début des symptômes, si la personne peut la donner",
    ],
    &[],
);
const CODE: Rule = rule(
    Data,
    "code",
    &["2-I-8-b"],
    [
        "a random one-time code, from a doctor or with a test",
        "un code aléatoire à usage unique, d'un médecin ou d'un examen",
    ],
    &[],
);
const QUESTIONS: Rule = rule(
    Data,
    "last-questions",
    &["2-I-10"],
    [
        "the date of the last questions to the server",
        "la date des dernières interrogations du serveur",
    ],
    &[],
);
const PHONE_HISTORY: Rule = rule(
    Duration,
    "phone-history",
    &["3-3"],
    [
        "the history on the telephone: fifteen days from each recording",
        "l'historique sur le téléphone : quinze jours à compter de chaque enregistrement",
    ],
    &[Upholds(Temporary)],
);
const RIGHTS: Rule = rule(
    Right,
    "access-rectification-limitation",
    &["4-1"],
    [
        "rights of access, of rectification and to limitation cannot be exercised",
        "les droits d'accès, de rectification et à la limitation ne peuvent s'exercer",
    ],
    &[],
);
const NOTICE: Rule = rule(
    Obligation,
    "notice-at-installation",
    &["4-2"],
    [
        "whoever installs is told of the processing, of their rights, and of the risk of being recognised",
        "qui installe est informé du traitement, de ses droits et du risque d'être reconnu",
    ],
    &[],
);

const DECREE: &[Rule] = &[
    rule(
        Actor,
        "controller",
        &["1-I"],
        [
            "the minister in charge of health (direction générale de la santé)",
            "le ministre chargé de la santé (direction générale de la santé)",
        ],
        &[],
    ),
    INFORM,
    AWARENESS,
    CARE,
    STATISTICS,
    rule(
        Right,
        "installation",
        &["1-III"],
        [
            "the application is installed freely and free of charge",
            "l'application est installée librement et gratuitement",
        ],
        &[Upholds(Voluntary)],
    ),
    rule(
        Right,
        "bluetooth",
        &["1-III"],
        [
            "everyone may turn the history of contacts on or not",
            "chacun a la faculté d'activer ou non l'historique de proximité",
        ],
        &[Upholds(Voluntary)],
    ),
    rule(
        Right,
        "notification",
        &["1-III"],
        [
            "who is positive is free to notify it or not",
            "qui est positif est libre de le notifier ou non",
        ],
        &[Upholds(Voluntary)],
    ),
    rule(
        Right,
        "uninstallation",
        &["1-III"],
        [
            "the application can be removed at any time",
            "l'application peut être désinstallée à tout moment",
        ],
        &[Upholds(Voluntary)],
    ),
    rule(
        Obligation,
        "published-source",
        &["1-IV"],
        [
            "the source code is public",
            "le code source est rendu public",
        ],
        &[Upholds(Transparent)],
    ),
    KEY,
    IDENTIFIER,
    COUNTRY,
    PSEUDONYMS,
    RECORDED,
    rule(
        Data,
        "criteria-of-contact",
        &["2-I-5"],
        [
            "an arrêté sets the distance and the duration of a contact, on the advice of the public health agency",
            "un arrêté fixe la distance et la durée d'un contact, après avis de Santé publique France",
        ],
        &[],
    ),
    rule(
        Right,
        "transmission",
        &["2-I-6"],
        [
            "those who are positive transmit their contacts if they wish to",
            "les personnes positives qui le souhaitent transmettent leurs contacts",
        ],
        &[Upholds(Voluntary)],
    ),
    EXPOSURE,
    ONSET,
    CODE,
    rule(
        Data,
        "at-risk-status",
        &["2-I-9"],
        [
            "the status “contact at risk”, by the criteria of the arrêté, from those who accept to transmit",
            "le statut « contact à risque », selon les critères de l'arrêté, de qui accepte de transmettre",
        ],
        &[],
    ),
    QUESTIONS,
    rule(
        Prohibition,
        "identifying-data",
        &["2-II"],
        [
            "what identifies the telephone, its holder or its user is neither collected nor recorded",
            "ce qui identifie le téléphone, son détenteur ou son utilisateur n'est ni collecté ni enregistré",
        ],
        &[Upholds(Private), Upholds(Pseudonymous)],
    ),
    rule(
        Recipient,
        "processors",
        &["2-III"],
        [
            "processors get the data strictly necessary for their tasks",
            "les sous-traitants reçoivent les données strictement nécessaires à leurs missions",
        ],
        &[],
    ),
    rule(
        Duration,
        "processing",
        &["3-1"],
        [
            "six months after the state of health emergency at the most",
            "au plus six mois après l'état d'urgence sanitaire",
        ],
        &[Upholds(Temporary)],
    ),
    rule(
        Duration,
        "keys",
        &["3-2"],
        [
            "key and identifier: until the person uninstalls, and at the latest the end of the processing",
            "clé et identifiant : jusqu'à la désinstallation, et au plus tard la fin du traitement",
        ],
        &[Upholds(Temporary)],
    ),
    PHONE_HISTORY,
    rule(
        Duration,
        "server-copy",
        &["3-4"],
        [
            "the contacts on the server: fifteen days from their recording by the telephone",
            "les contacts sur le serveur : quinze jours à compter de leur enregistrement par le téléphone",
        ],
        &[Upholds(Temporary)],
    ),
    rule(
        Duration,
        "codes-kept",
        &["3-5"],
        [
            "onset and code are not kept: they are processed once",
            "date des symptômes et code ne sont pas conservés : ils sont traités une fois",
        ],
        &[Upholds(Temporary)],
    ),
    rule(
        Duration,
        "record-of-administrators",
        &["3-6"],
        [
            "what administrators do is recorded, for six months after the emergency at the most",
            "les actions des administrateurs sont enregistrées, au plus six mois après l'état d'urgence",
        ],
        &[Upholds(Transparent)],
    ),
    RIGHTS,
    NOTICE,
    rule(
        Obligation,
        "notices-on-a-site",
        &["4-3"],
        [
            "notices stand on a public site",
            "des mentions d'information sont publiées sur un site",
        ],
        &[Upholds(Transparent)],
    ),
    rule(
        Obligation,
        "public-report",
        &["5"],
        [
            "the controller publishes a report within thirty days of the end",
            "le responsable publie un rapport dans les trente jours du terme",
        ],
        &[Upholds(Transparent)],
    ),
    rule(
        Data,
        "qr-code",
        &["6"],
        [
            "a QR code that identifies nobody, on the result of a positive test",
            "un QR-code qui n'identifie personne, sur le résultat d'un examen positif",
        ],
        &[Upholds(Pseudonymous)],
    ),
];

const LOUDEST_SAFE: &[Rule] = &[
    rule(
        Actor,
        "controller",
        &["1-I"],
        [
            "the minister in charge of health",
            "le ministre chargé de la santé",
        ],
        &[],
    ),
    INFORM,
    AWARENESS,
    CARE,
    STATISTICS,
    rule(
        Right,
        "installation",
        &["1-III"],
        [
            "the application is preinstalled on new equipment from 1 April 2022 on",
            "l'application est préinstallée sur les équipements neufs à compter du 1er avril 2022",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Right,
        "notification",
        &["1-IV"],
        [
            "who is positive must notify it",
            "qui est positif est dans l'obligation de le notifier",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Right,
        "uninstallation",
        &["1-IV"],
        [
            "the application cannot be removed",
            "l'application ne peut être désinstallée",
        ],
        &[Breaks(Voluntary)],
    ),
    KEY,
    IDENTIFIER,
    COUNTRY,
    PSEUDONYMS,
    RECORDED,
    rule(
        Right,
        "transmission",
        &["2-I-6", "2-I-8"],
        [
            "those who are positive have the obligation to transmit their contacts",
            "les personnes positives ont l'obligation de transmettre leurs contacts",
        ],
        &[Breaks(Voluntary)],
    ),
    EXPOSURE,
    ONSET,
    CODE,
    rule(
        Data,
        "at-risk-status",
        &["2-I-9"],
        [
            "the status “contact at risk”, of whoever was near, by no criterion",
            "le statut « contact à risque », de quiconque était à proximité, sans critère",
        ],
        &[],
    ),
    QUESTIONS,
    rule(
        Duration,
        "processing",
        &["3-1"],
        [
            "six months after the health crisis at the most, which nothing defines",
            "au plus six mois après la crise sanitaire, que rien ne définit",
        ],
        &[Upholds(Temporary)],
    ),
    rule(
        Duration,
        "keys",
        &["3-2"],
        [
            "key and identifier: for the whole of the health crisis",
            "clé et identifiant : durant toute la crise sanitaire",
        ],
        &[Breaks(Temporary)],
    ),
    PHONE_HISTORY,
    RIGHTS,
    NOTICE,
    rule(
        Data,
        "qr-code",
        &["5"],
        [
            "a QR code for each user, which identifies those who are positive",
            "un QR-code pour chaque utilisateur, qui identifie les personnes positives",
        ],
        &[Breaks(Pseudonymous)],
    ),
    rule(
        Purpose,
        "health-strategy",
        &["5"],
        [
            "the QR code is part of the strategy of isolation",
            "le QR-code fait partie de la stratégie d'isolement",
        ],
        &[],
    ),
    rule(
        Obligation,
        "application-in-public",
        &["6"],
        [
            "from eighteen on, everyone in a public place must have the application",
            "dès dix-huit ans, chacun doit disposer de l'application dans un espace accessible au public",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Prohibition,
        "leaving-home-positive",
        &["7"],
        [
            "who is positive may not leave home for 14 days from the signalement on",
            "qui est positif ne peut quitter son domicile pour 14 jours à compter du signalement",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Obligation,
        "signalling-a-contact",
        &["8"],
        [
            "who is notified of a contact must signal it",
            "qui est notifié d'un contact doit le signaler",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Prohibition,
        "leaving-home-contact",
        &["8"],
        [
            "who is notified of a contact may not leave home for 7 days from the signalement on",
            "qui est notifié d'un contact ne peut quitter son domicile pour 7 jours à compter du signalement",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Sanction,
        "isolation-and-application",
        &["9"],
        [
            "150 euros; 1,250 within fourteen days; 4,250 and six months of prison for “three violations at more than three occasions” within thirty days",
            "150 euros ; 1250 dans les quatorze jours ; 4250 et six mois d'emprisonnement pour « trois violations à plus de trois reprises » en trente jours",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Obligation,
        "portrait-sent",
        &["10-1"],
        [
            "who is isolated sends a portrait with its place within 20 minutes of each request, between 7 and 21",
            "qui est isolé envoie un autoportrait géolocalisé dans les 20 minutes de chaque demande, entre 7 et 21 heures",
        ],
        &[Breaks(Voluntary), Breaks(Private), Breaks(Pseudonymous)],
    ),
    rule(
        Data,
        "portrait",
        &["10-1"],
        [
            "a portrait, for which no term is set",
            "un autoportrait, dont aucun terme n'est fixé",
        ],
        &[Breaks(Pseudonymous), Breaks(Temporary)],
    ),
    rule(
        Data,
        "place",
        &["10-1", "12"],
        [
            "the place of the portrait, at the instant of the picture",
            "le lieu de l'autoportrait, à l'instant du cliché",
        ],
        &[Breaks(Private)],
    ),
    rule(
        Obligation,
        "warning",
        &["10-2"],
        [
            "who did not answer is put on notice by SMS to send the portrait",
            "qui n'a pas répondu est mis en demeure par SMS d'envoyer l'autoportrait",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Actor,
        "officers",
        &["10-2"],
        [
            "officers of the judicial police, whom the application alerts, may come to the home",
            "des officiers de police judiciaire, alertés par l'application, peuvent être envoyés au domicile",
        ],
        &[Breaks(Private)],
    ),
    rule(
        Sanction,
        "portrait-not-sent",
        &["11"],
        [
            "300 euros; 1,250 within seven days; 4,250 and six months of prison for “three violations at more than three occasions” within fourteen days",
            "300 euros ; 1250 dans les sept jours ; 4250 et six mois d'emprisonnement pour « trois violations à plus de trois reprises » en quatorze jours",
        ],
        &[Breaks(Voluntary)],
    ),
    rule(
        Duration,
        "place-kept",
        &["12"],
        [
            "the place of a portrait is not kept",
            "le lieu d'un autoportrait n'est pas conservé",
        ],
        &[Upholds(Private)],
    ),
];
