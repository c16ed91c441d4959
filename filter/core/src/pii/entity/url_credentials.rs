//! Users and passwords in addresses: `https://user:password@host`.

use super::{Candidate, Edge, Entity, Group, Part};

pub(super) const ENTITY: Entity = Entity {
    name: "url_credentials",
    about: "user and password in a URL; the rest of the URL stays",
    groups: &[Group::Secrets],
    pattern: r#"://[^\s/?#@:"<>]*:[^\s/?#@"<>]+(?:@[^\s/?#@"<>.]+)?@"#,
    left: Edge::ANY,
    right: Edge::ANY,
    longest: 200,
    check,
    hits: &[
        "postgres://«admin:s3cret»@db.example.com/app",
        "https://«user:p%40ss»@example.com",
        "redis://«:hunter2»@cache:6379",
        "git clone https://«x-token:abc123»@github.com/o/r.git",
    ],
    misses: &[
        "https://example.com:8080/@user",
        "https://user@example.com",
        "postgres://admin:${DB_PASSWORD}@db",
        "https://example.com/a:b@c",
        "http://host:80/path",
        "://a:b@",
        "https://YOUR_USERNAME:YOUR_PASSWORD@example.com",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let value = candidate.text.strip_prefix(b"://")?.strip_suffix(b"@")?;
    let password = value.splitn(2, |byte| *byte == b':').nth(1)?;
    // A variable or a placeholder is none.
    let refers = password.starts_with(b"$")
        || password.starts_with(b"{")
        || password.starts_with(b"%(")
        || password.eq_ignore_ascii_case(b"password")
        || password.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case(b"your_"))
        || password.iter().all(|byte| matches!(byte, b'*' | b'x'));
    let scheme = candidate.before.last().is_some_and(u8::is_ascii_alphanumeric);
    (scheme && !refers).then_some(3..candidate.text.len() - 1)
}
