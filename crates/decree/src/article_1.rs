//! Article 1: what the processing is for, and what each person is free to decide.
//!
//! ---
#![doc = include_str!("../text/fr/article-1.md")]

/// What the data may be used for (II): nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// II 1°: tell users that they may have been infected, because they were near another user who was diagnosed.
    Inform,
    /// II 2°: raise awareness of the symptoms, of the protective gestures and of what to do.
    RaiseAwareness,
    /// II 3°: recommend that contacts at risk turn to health professionals.
    RecommendCare,
    /// II 4°: adapt the parameters that find contacts at risk, from anonymous national statistics.
    AdaptParameters,
}

impl Purpose {
    /// The four purposes, in the order of the text.
    pub const ALL: [Self; 4] = [
        Self::Inform,
        Self::RaiseAwareness,
        Self::RecommendCare,
        Self::AdaptParameters,
    ];

    /// Where the text names it: `1-II-1` … `1-II-4`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Inform => "1-II-1",
            Self::RaiseAwareness => "1-II-2",
            Self::RecommendCare => "1-II-3",
            Self::AdaptParameters => "1-II-4",
        }
    }
}

/// What a person decides alone, each time (III): every one of them can be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// « L'application StopCovid est installée librement et gratuitement par les utilisateurs. »
    Install,
    /// « Ceux-ci ont la faculté d'activer ou non la fonctionnalité de l'application permettant de constituer
    /// l'historique de proximité »
    RecordHistory,
    /// « les utilisateurs de l'application sont libres de notifier ou non ce résultat dans l'application »
    NotifyResult,
    /// « et de transmettre au serveur l'historique de proximité »
    TransmitHistory,
    /// « L'application peut être désinstallée à tout moment. »
    Uninstall,
}

impl Choice {
    /// The five choices, in the order of the text.
    pub const ALL: [Self; 5] = [
        Self::Install,
        Self::RecordHistory,
        Self::NotifyResult,
        Self::TransmitHistory,
        Self::Uninstall,
    ];
}
