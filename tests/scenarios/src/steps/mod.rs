//! What each sentence means.
//!
//! In a sentence, `{qui}` stands for a name, `{noms}` for several, `{durée}` for « 7 jours 30 minutes », and so on
//! ([`words`](crate::words)). What people do may be told as given or as done; what is claimed comes after « Alors ».

mod answers;
mod desk;
mod parameters;
mod people;
mod stored;
mod texts;

use cucumber::step::{Collection, Context, Step};
use futures::future::LocalBoxFuture;

use crate::scene::{Scene, play};
use crate::words::sentence;

macro_rules! sentences {
    ($($kind:ident $text:literal => $act:expr;)*) => {{
        let steps = Collection::new();
        $(let steps = {
            fn step(scene: &mut Scene, context: Context) -> LocalBoxFuture<'_, ()> {
                Box::pin(play(scene, context, $act))
            }
            $kind(steps, $text, step)
        };)*
        steps
    }};
}

/// Every sentence.
pub(crate) fn all() -> Collection<Scene> {
    sentences! {
        done "{noms} (?:a|ont) installé l'application" => people::install;
        done "{noms} (?:a|ont) l'application depuis {durée}" => people::installed;
        done "{nombre} personnes installent l'application en même temps" => people::crowd;
        done "{noms} passent {durée} ensemble(?: à {nombre} mètres?)?(?: il y a {durée}(?: à {heure})?)?" => people::meet;
        done "{noms} passent {durée} ensemble il y a {durée}, à un message par seconde" => people::meet_each_second;
        done "{noms} passent {durée} ensemble autour du prochain zéro du compteur de 16 bits" => people::meet_around_zero;
        done "l'horloge de {qui} avance de {durée}" => people::set_clock;
        done "{qui} coupe le Bluetooth" => people::switch_off;
        done "(?:l')?on est aujourd'hui" => people::come_to_today;
        done "{durée} passe(?:nt)?" => people::let_pass;
        done "{durée} passe(?:nt)? sans que personne n'interroge le serveur" => people::let_pass_in_silence;

        done "{qui} se déclare malade" => people::report;
        done "{qui} se déclare malade, ses symptômes ayant commencé il y a {durée}" => people::report_with_onset;
        done "{qui} se déclare malade, et que les sceaux des messages entendus sont altérés" => people::report_forged;
        done "{qui} se déclare malade, et que les codes pays entendus sont altérés" => people::report_foreign;
        done "{qui} envoie son signalement" => people::send_report;
        done "{qui} prépare son signalement, puis y renonce" => people::discard_report;
        done "le serveur distribue ce qui attend" => |story, _| story.deliver();
        done "{qui} reçoit un code (long|court)" => people::receive_code;
        done "{qui} utilise son code" => people::use_code;
        done "{qui} se déclare malade sous un code inventé" => people::report_under_an_invented_code;

        done "{qui} interroge le serveur" => people::ask;
        done "{qui} interroge le serveur, mais que la réponse se perd" => people::ask_in_vain;
        done "{qui} interroge le serveur en ajoutant partout la marque {texte}" => people::ask_with_mark;
        done "{noms} interrogent le serveur dans le même quart d'heure" => people::ask_together;
        done "{qui} efface son historique d'exposition" => people::delete_history;
        done "{qui} se désinscrit" => people::unregister;

        done "Mallory inscrit un logiciel de sa fabrication" => people::forge;
        done "Mallory interroge le serveur sous son pseudonyme n° {nombre}" => people::forger_asks;
        done "Mallory interroge le serveur sous son pseudonyme n° {nombre} avec la clé d'autrui" => people::forger_steals;
        done "Mallory interroge le serveur sous son pseudonyme n° {nombre} avec une horloge en avance de {durée}"
            => people::forger_is_fast;
        done "{qui} entend Mallory {durée} sous le code (de ce pays|d'un autre pays)" => people::hear_forger;
        done "la même demande est rejouée" => people::replay;

        claimed "{noms} (?:est|sont) à risque" => |story, words| answers::levels(story, words, 4);
        claimed "{noms} (?:n'est|ne sont) pas à risque" => |story, words| answers::levels(story, words, 0);
        claimed "le serveur accepte" => |story, _| answers::last(story, 200);
        claimed "le serveur refuse" => |story, _| answers::last(story, 400);
        claimed "le serveur refuse le code" => |story, _| answers::last(story, 401);
        claimed "le serveur ne sait plus de qui il s'agit" => |story, _| answers::last(story, 430);
        claimed "le serveur ne reconnaît plus {qui}" => answers::is_stranger;
        claimed "aucun jeton n'a jamais été émis" => answers::no_token;
        claimed "les réponses au statut ne disent rien d'autre que le niveau de risque" => answers::sole_information;
        claimed "{qui} a appris qu'elle était à risque, et {qui} non" => answers::learnt;
        claimed "les deux réponses ont la même longueur et les mêmes en-têtes" => answers::alike;
        claimed "aucune réponse ne contient d'identifiant" => answers::no_identifier;
        claimed "le bilan public se lit en JSON et en CSV, sous les noms que donne docs/STATISTICS.md" => answers::statistics;
        claimed "le bilan public va jusqu'à la veille" => answers::statistics_until_yesterday;
        claimed "la page {texte} dit {texte} et {texte}" => texts::page;
        claimed "DEVIATIONS.md dit {texte}, et pourquoi : {texte}" => texts::deviation;

        claimed "le signalement contient {nombre} messages?" => people::report_holds;
        claimed "le signalement tient en 4 Mio et contient un message sur cinq, de chaque pseudonyme entendu"
            => people::report_is_spread;
        claimed "le signalement ne nomme pas {qui}" => people::report_does_not_name;
        claimed "aucun pseudonyme de {qui} n'est dans le signalement" => people::report_does_not_name;
        claimed "le signalement ne porte que le code et les contacts" => people::report_fields;
        claimed "chaque message du signalement ne porte que:" => people::message_fields;
        claimed "l'inscription n'a porté que:" => people::registration_fields;
        claimed "le téléphone de {qui} garde {nombre} messages? entendus?" => people::heard;
        claimed "{durée} après le début, le téléphone de {qui} garde {nombre} messages? entendus?" => people::heard_later;
        claimed "tout ce que le téléphone de {qui} garde tient en 16 octets par message, sous un pseudonyme de {qui}"
            => people::heard_of;
        claimed "le téléphone de {qui} a un pseudonyme par quart d'heure jusqu'à la fin du 3e jour après ce jour"
            => people::bundle;
        claimed "les pseudonymes reçus sont tous différents" => people::pseudonyms_differ;
        claimed "{qui} émet sous {nombre} pseudonymes en {durée}" => people::emits;

        done "(?:l')?on relève ce que le serveur conserve" => stored::note;
        claimed "aucune ligne n'a changé" => stored::nothing_changed;
        claimed "aucune ligne n'a changé, hormis ce qu'écrit tout signalement" => stored::only_what_reports_write;
        claimed "aucune ligne n'a changé, hormis l'heure de la démonstration" => stored::only_the_hour;
        claimed "le serveur connaît {nombre} comptes?" => stored::accounts;
        claimed "le serveur attend {nombre} codes?" => stored::codes;
        claimed "le serveur conserve des périodes d'exposition" => stored::some_exposures;
        claimed "le serveur ne conserve aucune période d'exposition" => stored::no_exposures;
        claimed "le serveur conserve des périodes d'exposition de {nombre} personnes?" => stored::exposed_people;
        claimed "aucune période d'exposition telle qu'elle est stockée ne contient d'identifiant de compte"
            => stored::exposures_are_nameless;
        claimed "une période d'exposition ouverte ne porte que:" => stored::exposure_fields;
        claimed "aucun compte ne garde trace d'une exposition" => stored::verdicts_are_clear;
        claimed "le serveur a retenu (tous les messages|aucun message) du signalement" => stored::retained;
        claimed "rien n'attend d'être distribué" => stored::nothing_waits;
        claimed "ce qui attend n'a en commun ni numéro, ni moment, ni ordre, ni contenu" => stored::waiting_is_mixed;
        claimed "ce qui est arrivé n'a en commun ni numéro, ni contenu" => stored::arrived_is_mixed;
        claimed "les clés des {nombre} comptes sont toutes différentes" => stored::keys_differ;
        claimed "les identifiants des comptes sont tous différents" => stored::identifiers_differ;
        claimed "chaque identifiant ne peut avoir été tiré que par le registre qui le garde" => stored::identifiers_by_shard;
        claimed "aucun des identifiants relevés n'est plus écrit nulle part" => stored::noted_identifiers_are_gone;
        claimed "aucun pseudonyme de {qui} n'est écrit nulle part" => stored::no_pseudonym_of;
        claimed "le code de {qui} n'est écrit nulle part" => stored::no_code;
        claimed "{texte} n'est écrit nulle part" => stored::not_written;
        claimed "chaque colonne dit quel numéro de l'article 2 elle sert, ou quel besoin du protocole" => stored::columns;
        claimed "il ne reste que des lieux, des clés qui n'ont rien à ouvrir, des reçus et des nombres" => stored::nobody_is_left;
        claimed "la dernière interrogation connue est de ce quart d'heure" => stored::last_question;
        claimed "la clé du jour de la rencontre a été détruite au plus tard {nombre} jours après elle" => stored::key_destroyed;
        claimed "le compteur {texte} a augmenté de {nombre}" => stored::counter;

        done "un (?:bureau des codes|serveur national)(?: (pendant|après) l'état d'urgence)?" => desk::open;
        done "{bureau} donne à {qui} une clé (de laboratoire|de médecin|d'opérateur)" => desk::make_key;
        done "{bureau} révoque la clé de {qui}" => desk::revoke_key;
        done "{bureau} demande un code (long|court)" => desk::draw_code;
        done "{bureau} demande {nombre} codes (longs|courts)" => desk::draw_codes;
        done "{bureau} demande (la liste des clés|l'enregistrement des actes)" => desk::list;
        done "l'on relève ce que le bureau sait" => desk::note;
        done "quelqu'un signale avec le code de {qui}" => desk::report;
        done "le serveur est remis en marche {durée} plus tard" => desk::restart_later;
        done "le serveur est remis en marche {durée} (avant|après) la fin du sixième mois" => desk::restart_around_the_end;
        done "{noms} s'y inscrivent" => desk::register;
        claimed "ce serveur répond à {qui} et à {qui}, et connaît {nombre} comptes" => desk::answers;
        claimed "ce serveur a cessé : ni question, ni inscription, ni signalement" => desk::has_ended;
        claimed "il n'y reste aucun compte" => desk::nobody_is_left;
        claimed "le bureau remet un code, son genre et sa fin, et rien d'autre" => desk::code_alone;
        claimed "le bureau refuse" => desk::refused;
        claimed "le bureau ne sait rien de plus" => desk::nothing_learnt;
        claimed "l'enregistrement contient exactement:" => desk::acts;
        claimed "il ne reste rien de l'enregistrement" => desk::no_acts;

        claimed "les paramètres annoncés sont exactement:" => parameters::announced;
        claimed "le paramètre {texte} annoncé est celui qui est appliqué" => parameters::applied;
    }
}

fn done(steps: Collection<Scene>, text: &str, step: Step<Scene>) -> Collection<Scene> {
    let sentence = sentence(text);
    steps
        .given(None, sentence.clone(), step)
        .when(None, sentence, step)
}

fn claimed(steps: Collection<Scene>, text: &str, step: Step<Scene>) -> Collection<Scene> {
    steps.then(None, sentence(text), step)
}

/// The first column of a table, in order.
fn column(words: &crate::words::Words) -> Vec<&str> {
    let mut column: Vec<_> = words.rows().iter().map(|row| row[0].as_str()).collect();
    column.sort_unstable();
    column
}

/// The names of a JSON object's fields, in order.
fn fields(object: &serde_json::Value) -> Vec<&str> {
    let fields = object.as_object().expect("un objet JSON").keys();
    let mut names: Vec<_> = fields.map(String::as_str).collect();
    names.sort_unstable();
    names
}
