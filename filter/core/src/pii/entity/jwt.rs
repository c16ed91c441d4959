//! JSON Web Tokens.

use super::{Candidate, Edge, Entity, Group, Partial, Same, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "jwt",
    about: "JSON Web Token: two parts that begin like base64 of a JSON object",
    groups: &[Group::Secrets],
    pattern: r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{2}",
    back: None,
    left: Edge::TOKEN.or(Edge::DOT),
    right: Edge::ANY,
    longest: 512,
    tail: Tail::Run(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)),
    check,
    context: &[],
    partial: Partial::Nothing,
    same: Same::Exactly,
    hits: &["Bearer «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U»"],
    misses: &["eyJhbGciOiJIUzI1NiJ9", "eyJ.eyJ.x"],
};

fn check(candidate: &Candidate<'_>) -> Option<std::ops::Range<usize>> {
    candidate.whole()
}
