//! JSON Web Tokens.

use super::{Candidate, Edge, Entity, Part, Tail};

pub(super) const ENTITY: Entity = Entity {
    name: "jwt",
    about: "JSON Web Token: a header and a payload that begin like base64 of a JSON object",
    pattern: r"eyJ[A-Za-z0-9_-]+\.(?:eyJ[A-Za-z0-9_-]|\.|[A-Za-z0-9_-]+\.[A-Za-z0-9_-])",
    left: Edge::TOKEN.or(Edge::DOT),
    right: Edge::ANY,
    longest: 1024,
    tail: Tail::Run(is_token),
    check,
    hits: &[
        "Bearer «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U»",
        "id_token=«eyJraWQiOiIxIiwiYWxnIjoiUlMyNTYifQ.eyJpc3MiOiJodHRwczovL2V4YW1wbGUuY29tIn0.AbC-_»&x=1",
        "«eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.»",
        "JWE «eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKo.48V1_ALb6US04U3b.5eym»",
    ],
    misses: &[
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJ.eyJ.x",
        "hey.eyJ",
        "eyJhbGciOiJIUzI1NiJ9. Then",
        "xeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0",
        "the eyJ prefix of eyJust.eyJokes",
    ],
    ..Entity::SECRET
};

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// The shortest header, `{"alg":"none"}`, has more characters than this.
const HEADER: usize = 14;

fn check(candidate: &Candidate<'_>) -> Option<Part> {
    let header = candidate.text.split(|byte| *byte == b'.').next()?;
    candidate.whole_if(header.len() > HEADER)
}
