//! Builds the entities' automata natively and leaves them to be embedded: one for what begins with a digit, one for
//! capitals, one for everything else. Together they are far smaller than one would be, since each tells fewer kinds of
//! characters apart, and a text's first character says which one to take.

// The lists that both sides share; they lean on nothing of the crate.
#[path = "src/pii/automaton.rs"]
#[expect(dead_code, unreachable_pub, reason = "the crate uses the rest, and publishes it")]
mod automaton;
#[path = "src/pii/entity/mod.rs"]
#[expect(dead_code, unreachable_pub, unused_imports, reason = "the crate uses the rest, and publishes it")]
mod entity;

use std::error::Error;
use std::path::Path;

/// What each automaton's matches begin with. `pii::builtin` takes the same order.
const FIRST: [fn(u8) -> bool; 3] = [
    |byte| byte.is_ascii_digit(),
    |byte| byte.is_ascii_uppercase(),
    |byte| !byte.is_ascii_digit() && !byte.is_ascii_uppercase(),
];

/// So much while they are built, before equal states are one; a pattern that explodes fails the build.
const LIMIT: usize = 8 << 20;

#[expect(clippy::disallowed_methods, reason = "a build script is told where to write by its environment")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/pii/entity");
    println!("cargo::rerun-if-changed=src/pii/automaton.rs");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = std::env::var("OUT_DIR")?;
    for (group, begins) in FIRST.iter().enumerate() {
        // A pattern that cannot begin so keeps its number and matches nothing.
        let mut patterns = Vec::new();
        for (_, spelling) in entity::spellings() {
            let pattern = entity::in_bytes(spelling.pattern);
            patterns.push(if can_begin(&pattern, *begins)? { pattern } else { NOTHING.to_owned() });
        }
        let (head, rows) = automaton::to_bytes(&automaton::build_small(
            &patterns.iter().map(String::as_str).collect::<Vec<_>>(),
            LIMIT,
        )?);
        std::fs::write(Path::new(&folder).join(format!("{group}.head")), head)?;
        std::fs::write(Path::new(&folder).join(format!("{group}.rows")), rows)?;
    }
    Ok(())
}

/// A class of no characters.
const NOTHING: &str = r"[^\x00-\xFF]";

fn can_begin(pattern: &str, begins: fn(u8) -> bool) -> Result<bool, String> {
    let alone = automaton::build(&[pattern], LIMIT)?;
    Ok((0..=255).filter(|byte| begins(*byte)).any(|byte| alone.note(alone.step(alone.start(), byte)) != 0))
}
