//! E-mail addresses. Told from the `@`: a local part may be any word, so looking for its beginning would look at all.

use super::{Back, Candidate, Edge, Entity, Group, LETTER, Partial, Same, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "email",
    about: "e-mail address: a local part, and a domain that ends in a top-level domain",
    groups: &[Group::Personal],
    pattern: r"@(?:[A-Za-z0-9\xC0](?:[A-Za-z0-9\xC0-]{0,61}[A-Za-z0-9\xC0])?\.){1,8}[A-Za-z]{2,24}",
    back: Some(Back { of: is_local, most: 64 }),
    left: Edge::ANY,
    right: Edge::WORD.or(Edge::HYPHEN),
    longest: 254,
    tail: Tail::None,
    check,
    context: &[],
    partial: Partial::Mailbox,
    same: Same::AnyCase,
    hits: &["write to «anna.schmidt@example.com» today", "«x@mail.example.co.uk».", "<«o'neil+a@example.org»>"],
    misses: &["user@localhost", "@example.com", "a@b", "foo@bar..com"],
};

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == LETTER || b"._%+-'&#!*/=?^`{|}~$".contains(&byte)
}

fn check(candidate: &Candidate<'_>) -> Option<std::ops::Range<usize>> {
    candidate.whole()
}
