//! E-mail addresses. Told from the `@`: a local part may be any word, so looking for its beginning would look at all.
//!
//! Until an `@` comes, the word that a text ends with must be held. A word of prose is short; base64 is one word, and would
//! be held for 64 characters wherever it is cut. So a local part may not change between small letters, capitals and digits
//! as often as base64 does. A name written in capitals and small letters changes often, and so does an alias of small
//! letters and digits (or of capitals and digits) that a mail service made up, but neither mixes all three so. What is
//! held on average of base64, and then of all the kinds of text that `bench redact` measures, in bytes: two capitals
//! behind small letters or digits, 14 and 7.9, which left `Jean` of `JeanLucMcDonald1` in clear; eight of them, 28.6 and
//! 10.8; those and seven, six or five changes where all three are mixed, 17, 15 and 13.5, and 8.1, 7.7 and 7.4. With six,
//! `MikeJonesAndSonsLtd4You` is a name still; what is cut off before more is the beginning of a random token.

use super::{Back, Candidate, Edge, Entity, Group, Part, Partial, Same, is_letter};

pub(super) const ENTITY: Entity = Entity {
    name: "email",
    about: "e-mail address: a local part that is no random token, and a domain that ends in a top-level domain",
    groups: &[Group::Personal],
    pattern: r"@[A-Za-z0-9\xC0-\xDF-]+(?:\.[A-Za-z0-9\xC0-\xDF-]+)+",
    // Enough for any name; base64, which has more, is not held as if it were one.
    back: Some(Back { of: is_local, most: 64, capitals: 8, changes: 6 }),
    left: Edge::ANY,
    right: Edge::LETTER.or(Edge::DIGIT).or(Edge::HYPHEN),
    longest: 254,
    check,
    partial: Partial::Mailbox,
    same: Same::AnyCase,
    hits: &[
        "write to «anna.schmidt@example.com» today",
        "«x@mail.example.co.uk».",
        "<«o'neil+a@example.org»>",
        "mailto:«jürgen@müller.example»",
        "?email=«bob_99@example.io»&page=2",
        "«JeanLucMcDonaldOBrien@example.com», «x7Kf2Qp9Ld@example.com», aBc«DeFgHiJkLmNoPqRsTu@example.com»",
        "'«kim@example.net»', «a@d1acufc.xn--p1ai»",
        "_«anna@example.com»_ and «_anna@example.com»",
        "/unsubscribe?m=«anna%40example.com»&l=2",
        "«MikeJonesAndSonsLtd4You@example.com», «AnneMarieVonDerLeyen1958@example.com», «reply+AANZ6X5CW4T7Y2Q3@example.com»",
        "«5f3a2b1c9d8e7f6a5b4c3d2e1f0a9b8c@example.org», 8sUiM2qTkZw9Lr«Yb0NcE4vXh@example.org»",
    ],
    misses: &[
        "user@localhost",
        "@example.com",
        "logo@2x.png",
        "icon@3x.webp",
        "a@b",
        "foo@bar..com",
        "git@github.com:org/repo.git",
        "react@18.2.0",
        "getty@tty1.service",
        "me@-example.com",
        "@Component.class",
    ],
    ..Entity::NUMBER
};

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || is_letter(byte) || b"._%+-'".contains(&byte)
}

/// Endings of files and units, which stand behind an `@` too (`logo@2x.png`) and are no top-level domains.
const FILES: &[&[u8]] = &[
    b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"avif", b"ico", b"bmp", b"tiff", b"heic", b"pdf", b"css",
    b"scss", b"js", b"mjs", b"tsx", b"jsx", b"json", b"html", b"yaml", b"yml", b"toml", b"tgz", b"service", b"socket",
    b"timer", b"target", b"mount", b"class",
];

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let at = candidate.text.iter().position(|byte| *byte == b'@')?;
    let (local, domain) = (candidate.text.get(..at)?, candidate.text.get(at + 1..)?);
    // Quotes and dots around it are the sentence's, and so are underscores on both sides.
    let emphasised = candidate.after.first() == Some(&b'_');
    let begins = |byte: &u8| byte.is_ascii_alphanumeric() || is_letter(*byte) || *byte == b'_' && !emphasised;
    let start = local.iter().position(begins)?;
    let local = local.get(start..)?;
    let top = domain.rsplit(|byte| *byte == b'.').next()?.to_ascii_lowercase();
    let top_level = top.len() > 1 && top.iter().all(|byte| byte.is_ascii_lowercase() || is_letter(*byte));
    let labels = domain.split(|byte| *byte == b'.').all(is_label);
    let proof = labels
        && (top_level || top.starts_with(b"xn--"))
        && !FILES.contains(&top.as_slice())
        // What version control logs in as is nobody's address.
        && !local.eq_ignore_ascii_case(b"git");
    proof.then_some(start..candidate.text.len())
}

fn is_label(label: &[u8]) -> bool {
    label.len() <= 63 && !label.starts_with(b"-") && !label.ends_with(b"-")
}
