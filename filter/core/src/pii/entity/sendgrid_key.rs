//! Keys of SendGrid.

use super::{Candidate, Entity, Part, entropy};

pub(super) const ENTITY: Entity = Entity {
    name: "sendgrid_key",
    about: "SendGrid key: `SG.`, 22 characters, a point, 43 characters",
    pattern: r"SG\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
    longest: 80,
    check,
    hits: &[
        concat!("«SG.", "x7Kd92LmQpR4sTvW8yZa1B.q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob»"),
        concat!("SENDGRID=«SG.", "x7Kd92LmQpR4sTvW8yZa1B.q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0O_»."),
    ],
    misses: &[
        "SG.x7Kd92.q7Xz",
        "SG.com.sg",
        "MSG.x7Kd92LmQpR4sTvW8yZa1B.q7Xz01LmP4vT9sKe82BnYd3Rf5Hg6Jk7Lp8Mw9Nx0Ob",
        "SG.xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "the SG. prefix",
    ],
    ..Entity::SECRET
};

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let mut parts = candidate.text.split(|byte| *byte == b'.').skip(1);
    let (id, key) = (parts.next()?, parts.next()?);
    candidate.whole_if(id.len() == 22 && key.len() == 43 && entropy::is_random(key, 43, 3.8))
}
