//! IPv4 addresses. Not loopback ones, which tell nothing about anybody (see `loopback_ip`), not masks, not versions.

use std::net::Ipv4Addr;

use super::{Candidate, Edge, Entity, Group, Part, Partial, Same};

pub(super) const ENTITY: Entity = Entity {
    name: "ipv4",
    about: "IPv4 address, with its prefix length if it has one; not loopback, masks or versions",
    groups: &[Group::Network, Group::Personal],
    pattern: r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?:/[0-9]{1,2}|\.[0-9])?",
    left: Edge::WORD.or(Edge::DOT).or(Edge::HYPHEN),
    right: Edge::WORD.or(Edge::HYPHEN),
    longest: 18,
    check,
    context: VERSIONS,
    partial: Partial::Nothing,
    same: Same::Exactly,
    hits: &[
        "from «192.168.1.17».",
        "http://«10.0.0.12»:8080/",
        "route «10.0.0.0/8» via «172.16.0.1»",
        "src=«203.0.113.9» dst=«198.51.100.7»",
        "[«255.255.255.255»]",
    ],
    misses: &[
        "127.0.0.1",
        "0.0.0.0",
        "255.255.255.0",
        "256.1.1.1",
        "version 1.2.3.4",
        "v10.0.19.4",
        "1.2.3.4.5",
        "Firefox/12.0.1.2",
        "release 2.14.0.1 is out",
        "01.02.03.04",
        "§ 1.2.3",
        "openssl-1.0.2.1",
        "1.2.3.4-beta",
        "see Section 4.2.1.13",
        "requests==1.2.3.4",
    ],
    ..Entity::NUMBER
};

/// What versions are announced by.
const VERSIONS: &[&str] =
    &["version", "versions", "ver", "v", "release", "released", "build", "upgrade", "upgraded", "firmware", "section",
      "sections", "chapter", "clause", "assembly", "oid", "nginx"];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let mut parts = std::str::from_utf8(candidate.text).ok()?.split('/');
    let address: Ipv4Addr = parts.next()?.parse().ok()?;
    let prefix: u8 = parts.next().map_or(Ok(0), str::parse).ok()?;
    let first = address.octets().first().copied()?;
    let nobodys = address.is_loopback() || first == 0 || first == 255 && !address.is_broadcast();
    // Behind a prefix length a dot is a sentence's.
    let is_dotted = matches!(candidate.after, [b'.', digit, ..] if digit.is_ascii_digit());
    let goes_on = is_dotted && !candidate.text.contains(&b'/');
    // `Firefox/12.0.1.2`, but not `http://10.0.0.12`.
    let product = matches!(candidate.before, [.., letter, b'/'] if letter.is_ascii_alphabetic());
    let pinned = candidate.before.ends_with(b"==");
    candidate.whole_if(!nobodys && prefix <= 32 && !goes_on && !product && !pinned && !candidate.announced)
}
