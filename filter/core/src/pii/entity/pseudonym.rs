//! Dragoman's own pseudonyms, to be put back: `PII_EMAIL_` and 24 hexadecimal digits. Not an entity that a policy names.
//! A model that writes Markdown may put a backslash before each `_`.

use super::{Edge, Entity, Partial, Same, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "pseudonym",
    about: "a pseudonym that stands for a value",
    groups: &[],
    pattern: r"PII\\?_(?:[A-Z0-9]+\\?_)+[0-9a-f]{24}",
    announced: "",
    back: None,
    left: Edge::LETTER.or(Edge::DIGIT),
    right: Edge::LETTER.or(Edge::DIGIT),
    longest: 96,
    shortest: 1,
    tail: Tail::None,
    check: |candidate| candidate.whole(),
    context: &[],
    partial: Partial::Nothing,
    same: Same::Exactly,
    hits: &["ask «PII_EMAIL_0123456789abcdef01234567».", r"**«PII\_US\_SSN\_0123456789abcdef01234567»**"],
    misses: &["PII_EMAIL_0123456789abcdef0123456", "API_KEY_0123456789abcdef01234567"],
};
