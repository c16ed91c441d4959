//! Equipment identities of mobile phones.

use super::{Candidate, Entity, Group, Part, checksum};

pub(super) const ENTITY: Entity = Entity {
    name: "imei",
    about: "IMEI: fifteen digits and the Luhn sum; bare digits only with context",
    groups: &[Group::Personal, Group::Network],
    pattern: r"[0-9]{2}[ -][0-9]{6}[ -][0-9]{6}[ -][0-9]",
    announced: r"[0-9]{15}",
    longest: 18,
    check,
    context: CONTEXT,
    hits: &["IMEI «490154203237518»", "imei: «35-209900-176148-1»."],
    misses: &[
        "IMEI 490154203237517",
        "order 490154203237518",
        "imei 4901542032375180",
        "35-209900-176148-2",
        "imei 000000000000000",
    ],
    ..Entity::NUMBER
};

const CONTEXT: &[&str] = &["imei", "imeis", "imei1", "imei2", "imei number", "device id"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let proof = candidate.is_even() && checksum::luhn(candidate.digits()) && candidate.digits().any(|digit| digit != 0);
    candidate.whole_if(proof && (!candidate.is_bare() || candidate.is_expected()))
}
