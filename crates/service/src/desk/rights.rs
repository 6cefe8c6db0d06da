//! What a key may do: pure decisions.

use wire::Refusal;
use wire::code::Kind;
use wire::issuer::Role;

/// A key that made too many.
pub(super) const TOO_MANY_KEYS: Refusal =
    Refusal::forbidden("A key makes at most 1,000 keys in force. Revoke some.");
/// A key that came from too many others.
pub(super) const TOO_FAR_FROM_ROOT: Refusal =
    Refusal::forbidden("There are too many keys between this one and the first operator's.");

/// Whether a key of this role and quota may ever hand out these codes at once.
pub(super) fn check_codes(role: Role, quota: u32, kind: Kind, count: u32) -> Result<(), Refusal> {
    match (role, kind) {
        (Role::Lab, Kind::Short) => Err(FOR_DOCTORS),
        (Role::Doctor, Kind::Long) => Err(FOR_LABS),
        (Role::Doctor, Kind::Short) if count > 1 => Err(ONE_AT_A_TIME),
        // Tomorrow would not help: so this is not 429.
        _ if count > quota => Err(OVER_QUOTA),
        _ => Ok(()),
    }
}

/// Whether a key of this role and quota may make another of that quota. An operator holds every
/// right, so any role may be given; only the quota could be more than it holds.
pub(super) fn check_key(role: Role, quota: u32, given: u32) -> Result<(), Refusal> {
    check_operator(role)?;
    if given > quota {
        return Err(HIGHER_QUOTA);
    }
    Ok(())
}

/// Whether a key of this role may see and revoke keys, and read the record.
pub(super) fn check_operator(role: Role) -> Result<(), Refusal> {
    match role {
        Role::Operator => Ok(()),
        Role::Lab | Role::Doctor => Err(FOR_OPERATORS),
    }
}

const FOR_DOCTORS: Refusal = Refusal::forbidden("A laboratory's key hands out long codes only.");
const FOR_LABS: Refusal = Refusal::forbidden("A doctor's key hands out short codes only.");
const ONE_AT_A_TIME: Refusal = Refusal::forbidden("A doctor's key hands out one code at a time.");
const OVER_QUOTA: Refusal =
    Refusal::forbidden("count: this is more than the key's quota of a day.");
const HIGHER_QUOTA: Refusal = Refusal::forbidden("quota: a key gives at most its own quota.");
const FOR_OPERATORS: Refusal = Refusal::forbidden("This takes an operator's key.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_hand_out_what() {
        for (role, kind, count, allowed) in [
            (Role::Lab, Kind::Long, 1, true),
            (Role::Lab, Kind::Long, 10, true),
            (Role::Lab, Kind::Short, 1, false),
            (Role::Doctor, Kind::Short, 1, true),
            (Role::Doctor, Kind::Short, 2, false),
            (Role::Doctor, Kind::Long, 1, false),
            (Role::Operator, Kind::Long, 10, true),
            (Role::Operator, Kind::Short, 10, true),
            (Role::Operator, Kind::Long, 11, false),
        ] {
            let checked = check_codes(role, 10, kind, count);
            assert_eq!(checked.is_ok(), allowed, "{role:?} {kind:?} {count}");
        }
    }

    #[test]
    fn only_an_operator_makes_keys_and_none_above_its_quota() {
        assert_eq!(check_key(Role::Operator, 10, 10), Ok(()));
        assert!(check_key(Role::Operator, 10, 11).is_err());
        for role in [Role::Lab, Role::Doctor] {
            assert_eq!(check_key(role, 10, 1), Err(FOR_OPERATORS));
        }
    }
}
