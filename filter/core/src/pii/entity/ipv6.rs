//! IPv6 addresses, with their zone and prefix length. Not loopback (see `loopback_ip`), not times, not paths in code.

use std::net::Ipv6Addr;

use super::{Candidate, Edge, Entity, Group, Part, Partial, Same};

pub(super) const ENTITY: Entity = Entity {
    name: "ipv6",
    about: "IPv6 address, with its zone and prefix length if it has them; not loopback",
    groups: &[Group::Network, Group::Personal],
    pattern: r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4})+(?:\.[0-9]+)*(?:%[A-Za-z0-9]+)?(?:/[0-9]{1,3})?",
    left: Edge::WORD.or(Edge::DOT).or(Edge::HYPHEN).or(Edge::ADDRESS),
    right: Edge::WORD.or(Edge::COLON),
    longest: 64,
    shortest: 7,
    check,
    partial: Partial::Nothing,
    same: Same::AnyCase,
    hits: &[
        "http://[«2001:db8::1»]:8080/",
        "«2001:0db8:85a3:0000:0000:8a2e:0370:7334».",
        "«fe80::1ff:fe23:4567:890a%eth0»",
        "«fe80::1ff:fe23:4567:890a%eth0».100",
        "Mapped: «::ffff:192.168.1.1»",
        "via «2001:db8::/32», then «ff02::1»",
        "«2400:c401::5054:ff:fe1b:b031»",
    ],
    misses: &[
        "::1",
        "::",
        "at 12:34:56",
        "std::fmt::Display",
        "a::b",
        "1::2",
        "00:1a:2b:3c:4d:5e",
        "2001:db8::1::2",
        "12:34:56:78:9a:bc:de:f0",
        "SHA256:ab:cd:ef:01:23:45:67:89:ab:cd",
        "::ffff:256.0.0.1",
        "face::Bed",
    ],
    ..Entity::NUMBER
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let end = candidate.text.iter().position(|byte| matches!(byte, b'%' | b'/')).unwrap_or(candidate.text.len());
    // A dotted end that is no address makes the rest none. Behind a zone or a prefix length a dot is a sentence's.
    let is_dotted = matches!(candidate.after, [b'.', digit, ..] if digit.is_ascii_digit());
    if is_dotted && end == candidate.text.len() {
        return None;
    }
    let address = candidate.text.get(..end)?;
    let parsed: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
    let groups = || address.split(|byte| matches!(byte, b':' | b'.'));
    let digits: usize = groups().map(<[u8]>::len).sum();
    let decimal = address.iter().any(u8::is_ascii_digit);
    let long = groups().any(|group| group.len() > 2);
    candidate.whole_if(!parsed.is_loopback() && decimal && long && digits > 4)
}
