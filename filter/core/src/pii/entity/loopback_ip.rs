//! Loopback addresses. Apart from other addresses, since they tell nothing about anybody: in no group, so that only a policy that names them finds them.

use std::net::IpAddr;

use super::{Candidate, Edge, Entity, Part, Partial, Same};

pub(super) const ENTITY: Entity = Entity {
    name: "loopback_ip",
    about: "loopback address: 127.0.0.0/8 or ::1",
    pattern: r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?:/[0-9]{1,2}|\.[0-9])?|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4})+",
    left: Edge::WORD.or(Edge::DOT).or(Edge::HYPHEN).or(Edge::ADDRESS),
    right: Edge::WORD,
    longest: 17,
    shortest: 3,
    partial: Partial::Nothing,
    same: Same::Exactly,
    check,
    hits: &["http://«127.0.0.1»:8080", "[«::1»]:443", "on «127.0.1.1»."],
    misses: &["127.0.0.256", "127.0.0", "127.0.0.1.5", "::12", "fe80::1", "v127.0.0.1"],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    // Their patterns are those of other addresses, so that they add nothing to the automaton.
    let is_dotted = matches!(candidate.after, [b'.', digit, ..] if digit.is_ascii_digit());
    let goes_on = is_dotted && !candidate.text.iter().any(|byte| matches!(byte, b'/' | b':'));
    // `::1:2` is another address.
    let goes_on = goes_on || candidate.text.starts_with(b":") && candidate.after.starts_with(b":");
    // Reading it costs more than this, which is true of all of them.
    let likely = candidate.text.starts_with(b"127.") || candidate.text.ends_with(b"1");
    if !likely || goes_on {
        return None;
    }
    let address: IpAddr = std::str::from_utf8(candidate.text).ok()?.parse().ok()?;
    candidate.whole_if(address.is_loopback())
}
