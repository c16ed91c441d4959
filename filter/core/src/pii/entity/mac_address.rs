//! Hardware addresses of network interfaces.

use super::{Candidate, Edge, Entity, Group, Part, Partial};

pub(super) const ENTITY: Entity = Entity {
    name: "mac_address",
    about: "MAC address: six pairs with colons or hyphens, or three groups with points; not all zeros or ones",
    groups: &[Group::Network, Group::Personal],
    pattern: r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
    left: Edge::WORD.or(Edge::HYPHEN).or(Edge::DOT).or(Edge::ADDRESS),
    right: Edge::WORD.or(Edge::COLON).or(Edge::HYPHEN),
    longest: 17,
    check,
    partial: Partial::Nothing,
    hits: &[
        "MAC: «01:23:45:67:89:AB»",
        "«00-1A-2B-3C-4D-5E».",
        "at «aabb.ccdd.eeff» now",
        "ether «3c:22:fb:0a:1b:2c» brd",
    ],
    misses: &[
        "00:00:00:00:00:00",
        "FF:FF:FF:FF:FF:FF",
        "01:23:45:67:89",
        "01:23:45-67:89:AB",
        "01:23:45:67:89:AB:CD:EF",
        "2024-01-15",
        "12:34:56",
        "ZZ:ZZ:ZZ:ZZ:ZZ:ZZ",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let all = |digit: u8| candidate.alphanumerics().all(|own| own == digit);
    candidate.whole_if(candidate.is_even() && !all(b'0') && !all(b'F'))
}
