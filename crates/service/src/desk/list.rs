//! What the desk shows: a part at a time, and where the next part begins.

use decree::Moment;
use store::{Fault, Sql};
use wire::Refusal;
use wire::issuer::{Act, Acts, BEFORE, Keys, ListedKey, MAX_LISTED, Role};

use super::book::{acts, find};
use super::{Holder, rights};
use crate::keyring::{from_hexadecimal, hexadecimal};
use crate::{Failure, Place, schema};

/// Every key that was made, with what was handed out today: those before this one.
///
/// # Errors
/// [`Refusal::UnknownIssuer`], [`Refusal::Forbidden`], [`Refusal::Malformed`], a [`Failure`].
pub fn list_keys(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    holder: Holder,
    before: Option<&str>,
) -> Result<Keys, Failure> {
    rights::check_operator(find(sql, place, holder)?.role)?;
    let before = match before {
        None => AFTER_EVERY_ID.to_owned(),
        Some(text) => hexadecimal(&from_hexadecimal::<8>(text).ok_or(NOT_A_MARK)?),
    };
    let mut keys = Vec::new();
    if schema::check(sql, place)? {
        let rows = sql.query(
            "SELECT id, role, quota, revoked, maker, COALESCE(used, 0) FROM issuer \
             LEFT JOIN spent ON spent.issuer = issuer.id AND spent.day = ?1 \
             WHERE id < ?2 ORDER BY id DESC LIMIT ?3",
            &[
                now.day().number().into(),
                before.as_str().into(),
                (MAX_LISTED + 1).into(),
            ],
        )?;
        for row in rows {
            keys.push(ListedKey {
                id: row.text(0)?.to_owned(),
                role: Role::from_name(row.text(1)?).ok_or(Fault::Shape)?,
                quota: row.small(2)?,
                revoked: row.maybe_integer(3)?.is_some(),
                used_today: row.small(5)?,
                maker: row.text(4)?.to_owned(),
            });
        }
    }
    let next = cut(&mut keys, |key| key.id.clone());
    Ok(Keys { keys, next })
}

/// What administrators did, the newest first: what was done before this. Every operator reads all of
/// it: so they watch one another.
///
/// # Errors
/// As [`list_keys`].
pub fn list_acts(
    sql: &dyn Sql,
    place: &Place,
    holder: Holder,
    before: Option<&str>,
) -> Result<Acts, Failure> {
    rights::check_operator(find(sql, place, holder)?.role)?;
    let (moment, id) = match before {
        None => (AFTER_EVERY_ACT, [0; 16]),
        Some(text) => read_mark(text).ok_or(NOT_A_MARK)?,
    };
    let mut marked = Vec::new();
    if schema::check(sql, place)? {
        // Of one second there may be many: their ids number them.
        let select = format!(
            "SELECT body, moment, id FROM {} WHERE (moment, id) < (?1, ?2) \
             ORDER BY moment DESC, id DESC LIMIT ?3",
            acts(sql)?
        );
        let values = [moment.into(), id.into(), (MAX_LISTED + 1).into()];
        for row in sql.query(&select, &values)? {
            let act: Act = serde_json::from_slice(row.blob(0)?).map_err(|_| Fault::Shape)?;
            marked.push((act, write_mark(row.integer(1)?, row.array(2)?)));
        }
    }
    let next = cut(&mut marked, |(_, mark)| mark.clone());
    let acts = marked.into_iter().map(|(act, _)| act).collect();
    Ok(Acts { acts, next })
}

/// Keys' ids are written in hexadecimal.
const AFTER_EVERY_ID: &str = "g";
/// Every moment is before this one, in Unix seconds.
const AFTER_EVERY_ACT: u64 = 1 << 40;
const NOT_A_MARK: Refusal = Refusal::malformed(BEFORE);

/// Cuts a list to one part, and says before what the next one is, if there is one.
fn cut<T>(list: &mut Vec<T>, mark: impl Fn(&T) -> String) -> Option<String> {
    let most = usize::try_from(MAX_LISTED).unwrap_or(usize::MAX);
    let more = list.len() > most;
    list.truncate(most);
    list.last().filter(|_| more).map(mark)
}

/// Names an act among those of its second.
fn write_mark(moment: u64, id: [u8; 16]) -> String {
    format!("{moment}-{}", hexadecimal(&id))
}

fn read_mark(text: &str) -> Option<(u64, [u8; 16])> {
    let (moment, id) = text.split_once('-')?;
    let is_moment = moment.len() <= 12 && moment.bytes().all(|digit| digit.is_ascii_digit());
    let moment = is_moment.then(|| moment.parse().ok())??;
    Some((moment, from_hexadecimal(id)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_nothing_else_is() {
        let mark = write_mark(1_591_790_700, [0xab; 16]);
        assert_eq!(read_mark(&mark), Some((1_591_790_700, [0xab; 16])));
        let hex = "ab".repeat(16);
        for text in [
            "",
            "-",
            "7",
            &hex,
            &format!("-{hex}"),
            &format!("+7-{hex}"),
            &format!("7-{hex}0"),
            &format!("7-{}", &hex[1..]),
            &format!("1000000000000-{hex}"),
            &format!("٧-{hex}"),
        ] {
            assert_eq!(read_mark(text), None, "{text}");
        }
    }
}
